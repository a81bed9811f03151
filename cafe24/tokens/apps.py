"""The apps that malls consented to, as the keeper uses them."""

from cafe24.boottime import boottime
from cafe24.malls import MallId, trusted_api_url
from cafe24.tokens.document import AppDocument, MallDocument
from cafe24.tokens.store import TokenStore

REMEMBERED_S = 60.0


class Apps:
    """Reads apps from Vault, each at most once a minute, since all malls share a few."""

    def __init__(self, store: TokenStore, api_url_template: str) -> None:
        self._store = store
        self._template = api_url_template
        self._known: dict[str, tuple[float, AppDocument]] = {}

    def of(self, document: MallDocument) -> AppDocument:
        """Return the mall's app.

        Raises:
            SettingsError: its tokens may not be sent to the configured address.
            NeedsPerson: Vault has no such app.
        """
        known = self._known.get(document.client_id)
        if known is None or boottime() - known[0] > REMEMBERED_S:
            known = self.remember(self._store.app(document.client_id))
        trusted_api_url(self._template, MallId(document.mall_id), known[1].api_hosts)
        return known[1]

    def remember(self, app: AppDocument) -> tuple[float, AppDocument]:
        """Use this app until it is read again."""
        self._known[app.client_id] = boottime(), app
        return self._known[app.client_id]

    def forget(self, client_id: str) -> None:
        """Read this app again when it is needed next."""
        self._known.pop(client_id, None)
