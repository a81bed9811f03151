"""What must hold after every case, asked of the mall and of Vault, not of the keeper."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from cafe24.secret import Secret
from cafe24.tokens.document import MallDocument
from cafe24.vault.kv import Version
from tests.faults.killing import GRANTER_SURVIVES, Event
from tests.faults.shop import Shop


@dataclass
class Findings:
    """How a mall stands, and what is broken."""

    loss: str = ""
    """`inside` the exposure or `outside` it; empty: a live token is held."""
    is_ambiguous: bool = False
    broken: list[str] = field(default_factory=list)


def examine(
    shop: Shop, events: list[Event], whom: str, *, answer_is_lost: bool, pair_is_gone: bool
) -> Findings:
    """Compare what the mall knows with what Vault and this host hold."""
    found = Findings()
    document = shop.stored().document
    found.is_ambiguous = document.status == "ambiguous" or document.intent is not None
    held, live = shop.held(), shop.live()
    if not (held & live or pair_is_gone):
        found.loss = loss_of(events, whom, answer_is_lost=answer_is_lost)
    if found.loss == "outside":
        found.broken.append("a pair was lost outside the exposure")
    if document.status == "reauthorize" and held & live:
        found.broken.append("reauthorize while a good pair is held")
    found.broken += [f"told a defect: {one['error']}" for one in events if one["event"] == "defect"]
    return found


def history_flaws(shop: Shop, *, since: int = 0, holder_died: bool = False) -> list[str]:
    """Check the refreshes that reached the mall, from one on, against Vault's versions.

    A holder that died may have taken a refusal with it: then what Vault says counts.
    """
    posts, versions = shop.posts()[since:], shop.versions()
    documents = [MallDocument.parsed(version.data, "history") for version in versions]
    intents: dict[str, set[str]] = {}
    for document in documents:
        if document.intent is not None:
            intents.setdefault(document.intent.parent, set()).add(document.intent.owner)
    flaws = _more_calls_than_intents(shop, posts, intents)
    return flaws + _calls_with_the_dead(posts, versions, documents, holder_died)


def loss_of(events: list[Event], whom: str, *, answer_is_lost: bool) -> str:
    """Return where a pair was lost: `inside` if its answer never came whole, or its holder
    died after the request left and before a durable copy; else `outside`."""
    names = [one.get("name", one["event"]) for one in events]
    holder_died = "killed" in names and whom not in GRANTER_SURVIVES
    is_excused = answer_is_lost or (holder_died and "leaves" in names)
    return "inside" if is_excused and "durable" not in names else "outside"


def _more_calls_than_intents(
    shop: Shop, posts: list[Event], intents: dict[str, set[str]]
) -> list[str]:
    presented = Counter(shop.keys.fingerprint(Secret(post["presented"])) for post in posts)
    return [
        f"{count} calls for {len(intents.get(parent, ()))} intents"
        for parent, count in presented.items()
        if count > len(intents.get(parent, ()))
    ]


def _calls_with_the_dead(
    posts: list[Event], versions: list[Version], documents: list[MallDocument], forgotten: bool
) -> list[str]:
    """Find calls with a token after its refusal, or after its successor was in Vault."""
    flaws, refused = [], set()
    for post in posts:
        token, at = post["presented"], datetime.fromisoformat(post["at"])
        if token in refused and not (forgotten and _is_unmarked(token, at, versions, documents)):
            flaws.append("a call with a token that was refused before")
        if post["outcome"] == "invalid_grant":
            refused.add(token)
        if _was_replaced(token, at, versions, documents):
            flaws.append("a call with a token whose successor was in Vault")
    return flaws


def _is_unmarked(
    token: str, at: datetime, versions: list[Version], documents: list[MallDocument]
) -> bool:
    """Tell whether Vault had not been told yet, at that time, that a token is dead."""
    return not any(
        document.status == "reauthorize" and document.refresh_token.reveal() == token
        for version, document in zip(versions, documents, strict=True)
        if version.written_at < at
    )


def _was_replaced(
    token: str, at: datetime, versions: list[Version], documents: list[MallDocument]
) -> bool:
    """Tell whether Vault had gone on from a token when it was presented."""
    past = [
        document.refresh_token.reveal()
        for version, document in zip(versions, documents, strict=True)
        if version.written_at < at
    ]
    return token in past and past[-1] != token
