"""The apps that malls consented to, as the keeper uses them."""

from dataclasses import dataclass, field

from cafe24.boottime import boottime
from cafe24.malls import MallId, trusted_api_url
from cafe24.tokens.document import AppDocument, MallDocument
from cafe24.tokens.refusal import app_refused
from cafe24.tokens.store import TokenStore

REMEMBERED_S = 60.0

BELIEVED_AFTER = 3
"""Malls in a row that are refused before it is held to be the app, whatever mall asks."""

PAUSE_S = 60.0
"""How long no mall of an app that is held to be refused asks Cafe24; then one tries."""

LOOK_S = 1.0
"""How often meanwhile Vault is asked for another secret of the app."""


class Apps:
    """Reads apps from Vault, each at most once a minute, since all malls share a few."""

    def __init__(self, store: TokenStore, api_url_template: str) -> None:
        self._store = store
        self._template = api_url_template
        self._known: dict[str, tuple[float, AppDocument]] = {}
        self._refused: dict[str, _Refusals] = {}

    def of(self, document: MallDocument) -> AppDocument:
        """Return the mall's app.

        Raises:
            SettingsError: its tokens may not be sent to the configured address.
            NeedsPerson: Vault has no such app.
        """
        return self._trusted(document, REMEMBERED_S)

    def to_ask_with(self, document: MallDocument) -> AppDocument:
        """Return the mall's app, to ask Cafe24 for tokens with.

        With a wrong secret a fleet would else ask, and write, once for each mall.

        Raises:
            AppRefused: Cafe24 just refused it for other malls, and it is the same still.
            SettingsError, NeedsPerson: as `of`.
        """
        refused = self._refused.get(document.client_id)
        if refused is None or len(refused.malls) < BELIEVED_AFTER:
            return self._trusted(document, REMEMBERED_S if refused is None else 0)
        app = self._trusted(document, LOOK_S)
        if app == refused.app and not refused.is_tried_again(boottime()):
            raise app_refused(document.client_id, refused.text)
        return app

    def remember(self, app: AppDocument) -> AppDocument:
        """Use this app until it is read again."""
        self._known[app.client_id] = boottime(), app
        return app

    def taken(self, client_id: str) -> None:
        """Note that Cafe24 took the app's secret."""
        self._refused.pop(client_id, None)

    def refused(self, app: AppDocument, mall: MallId, text: str) -> None:
        """Note that Cafe24 refused the app when this mall asked."""
        before = self._refused.get(app.client_id)
        malls = before.malls if before is not None and before.app == app else set()
        self._refused[app.client_id] = _Refusals(app, text, boottime(), {*malls, mall})

    def _trusted(self, document: MallDocument, newer_than_s: float) -> AppDocument:
        read_at, known = self._known.get(document.client_id, (0.0, None))
        if known is None or boottime() - read_at >= newer_than_s:
            known = self.remember(self._store.app(document.client_id))
        trusted_api_url(self._template, MallId(document.mall_id), known.api_hosts)
        return known


@dataclass(slots=True)
class _Refusals:
    """What Cafe24 said to an app, its secrets being what they were.

    Attributes:
        at: when it was said last, or when the next one to ask was let through.
    """

    app: AppDocument
    text: str
    at: float
    malls: set[MallId] = field(default_factory=set)

    def is_tried_again(self, now: float) -> bool:
        """Tell whether the pause is over; whoever is told so asks, and the others wait on."""
        is_over = now - self.at > PAUSE_S
        if is_over:
            self.at = now
        return is_over
