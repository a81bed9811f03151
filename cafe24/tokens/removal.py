"""What the API tells of a pair: the mall's owner removed the app, so no token of it works.

Source: the Admin API answers 403 "This app is deleted" then, and nothing but a new
consent helps. No call of the token endpoint is spent on finding out.
"""

from cafe24.errors import Conflict
from cafe24.malls import MallId
from cafe24.tokens.pair import Grant
from cafe24.tokens.publication import Publication
from cafe24.tokens.store import Stored, TokenStore


def note_uninstalled(store: TokenStore, mall: MallId, grant: Grant) -> None:
    """Write down that the mall must consent again, if this grant is still its pair.

    Reversible as every `reauthorize`: the pair is kept. A pair that moved on, or that
    somebody is refreshing now, decides for itself.
    """
    stored = store.mall(mall)
    document = stored.document
    if document.grant != grant or document.intent is not None or document.status == "reauthorize":
        return
    gone = document.marked("reauthorize")
    try:
        written = store.write_mall(gone, cas=stored.version)
    except Conflict:
        return
    Publication(store, store.keys()).mend(
        Stored(gone, written.number, written.written_at, written.written_at)
    )
