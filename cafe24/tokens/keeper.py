"""The token keeper: makes sure that a mall's pair is what a caller needs.

The protocol is docs/keeper.md. Its order is `Keeper._ensured`, and for the part that
spends a token `Granter.grant`.
"""

import logging
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from cafe24.boottime import boottime
from cafe24.errors import Conflict, MallBusy, VaultRefused
from cafe24.malls import MallId, trusted_api_url
from cafe24.tokens.apps import Apps
from cafe24.tokens.document import MallDocument
from cafe24.tokens.drain import Drain, Drained
from cafe24.tokens.endpoint import TokenEndpoint
from cafe24.tokens.grant import Granter, Kept
from cafe24.tokens.handwork import refuse_handwork
from cafe24.tokens.need import NO_OVERRIDE, Need, Override
from cafe24.tokens.outcome import Refresh, Witness
from cafe24.tokens.pair import AccessToken
from cafe24.tokens.publication import Publication
from cafe24.tokens.removal import note_uninstalled
from cafe24.tokens.safekeeping import Safekeeping
from cafe24.tokens.shield import Shield
from cafe24.tokens.spill import SpillFolder
from cafe24.tokens.standing import Known, Standing
from cafe24.tokens.store import Stored, TokenStore
from cafe24.tokens.timing import USUAL_TIMING, Timing
from cafe24.vault.kv import KeyMetadata

SIGN_IN_MARGIN_S = 300.0

_log = logging.getLogger(__name__)


class Keeper:
    """Keeps pairs alive: one refresh per mall at a time, by anyone, anywhere.

    Safe for many threads; no mall waits for another. `witness` is told of every
    grant, `known` is asked for what the ledger knows before one, and `is_stopping`
    tells whether this process was asked to end: then no request leaves any more.
    """

    def __init__(  # noqa: PLR0913 - what a keeper is made of, each named at the call
        self,
        store: TokenStore,
        endpoint: TokenEndpoint,
        *,
        environment: str,
        spills: SpillFolder,
        timing: Timing = USUAL_TIMING,
        witness: Witness = lambda _record: None,
        known: Known = lambda _mall: {},
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.store = store
        self._endpoint = endpoint
        self._lease_s = timing.checked(endpoint.answer_s).lease.total_seconds()
        self._is_stopping = is_stopping
        keys = store.keys()
        self._apps = Apps(store, endpoint.template)
        self._publication = Publication(store, keys)
        self._standing = Standing(environment, timing.settle, known)
        self._drain = Drain(store, keys, spills)
        self._granter = Granter(
            store,
            endpoint,
            keys,
            self._apps,
            spills,
            Safekeeping(store, keys, patience_s=self._lease_s),
            self._publication,
            timing,
            environment,
            witness,
        )
        self._flights: defaultdict[MallId, threading.Lock] = defaultdict(threading.Lock)

    def refresh(
        self,
        mall: MallId,
        need: Need | None = None,
        override: Override = NO_OVERRIDE,
        *,
        asked: float | None = None,
    ) -> Refresh:
        """Make sure the mall's pair meets the need, with one grant at most.

        Readers' copy and metadata are brought up to it, also when nothing was
        granted. `asked` is when the caller began, by `boottime`, if before now: a
        grant that somebody else began since then serves a forced refresh too.

        Raises:
            UsageError: Vault has no such mall.
            Reauthorize: the refresh token is dead; a person must consent.
            TokenAmbiguous: the grant got no clear answer; it settles later.
            PairSpilled: a new pair is sealed on this host, because Vault went away.
            AppRefused: client_id or client_secret is wrong; nothing was spent.
            StoreRolledBack: Vault holds an older pair than was granted.
            SettingsError: the spill folder cannot be used; nothing was spent.
            RateLimited, Cafe24Away, MallBusy, VaultAway: nothing was spent.
            VaultRefused: denied or damaged; nothing was spent or overwritten.
        """
        held = self._alone(mall, need or Need(), override, asked)
        if not held.is_new:
            self._plausible(held.stored, override)
        unpublished = self._publication.mend(held.stored, is_new=held.is_new)
        pair = held.document
        return Refresh(
            mall_id=mall,
            outcome="refreshed" if held.is_new else "fresh",
            grant=pair.grant,
            access_expires_at=pair.access_expires_at,
            refresh_expires_at=pair.refresh_expires_at,
            unfinished=(*held.remarks, *unpublished),
            came_home=any(one.came_home for one in held.drained),
            is_published=not unpublished,
            client_id=pair.client_id,
        )

    def current(self, mall: MallId) -> AccessToken:
        """Return an access token with at least 5 minutes left. Raises as `refresh`."""
        return self._published(self._alone(mall, Need()))

    def renewed(self, mall: MallId, rejected: AccessToken) -> AccessToken:
        """Return a newer access token than one that met a 401. Raises as `refresh`."""
        return self._published(self._alone(mall, Need(rejected=rejected.grant)))

    def uninstalled(self, mall: MallId, refused: AccessToken) -> None:
        """Take note that the API says to this token that the app was removed."""
        note_uninstalled(self.store, mall, refused.grant)

    def api_address(self, mall: MallId) -> str:
        """Return where this mall's API is, if its tokens may be sent there.

        Raises:
            SettingsError: the host is neither Cafe24, nor loopback, nor listed.
        """
        app = self._apps.of(self.store.mall(mall).document)
        return trusted_api_url(self._endpoint.template, mall, app.api_hosts)

    def close(self) -> None:
        """Give back what was opened; a token that an AppRole gave us is revoked.

        Waits for grants in flight, because theirs is the sign-in that saves them.
        """
        for flight in list(self._flights.values()):
            with flight:
                pass
        self._endpoint.close()
        self.store.vault.session.sign_out()

    def _alone(
        self,
        mall: MallId,
        need: Need,
        override: Override = NO_OVERRIDE,
        asked: float | None = None,
    ) -> "_Held":
        asked = boottime() if asked is None else asked
        with self._flights[mall]:
            return self._ensured(mall, need, override, asked)

    def _ensured(self, mall: MallId, need: Need, override: Override, asked: float) -> "_Held":
        """The protocol, in its order."""
        drained = self._drained(mall)
        for stored in self._readings(mall):
            self._standing.refuse_stranger(stored.document, override)
            if stored.intent_has_run_out:
                self._leave_open(stored)
                continue
            if self._standing.is_ours(stored.document) and need.is_met_by(
                stored, partial(self.store.vault.session.asked_before, asked=asked)
            ):
                return _Held(stored, drained)
            if stored.intent_is_live:
                if need.can_wait_with(stored):
                    return _Held(stored, drained)
                continue
            spendable = self._standing.checked(stored, need, override)
            kept = self._granted(self._plausible(spendable, override))
            if kept is not None:
                return _Held(kept.stored, drained, kept)
        raise MallBusy(f"Another keeper is refreshing {mall}.", "Run again in a minute.")

    def _plausible(self, stored: Stored, override: Override) -> Stored:
        """Return the document, unless its own history contradicts it."""
        if not override.accept_store:
            refuse_handwork(stored, self._described(stored))
        return stored

    def _described(self, stored: Stored) -> KeyMetadata | None:
        """Return what the monitor sees; not being allowed to look costs no grant.

        The description that follows every refresh is denied too then, and that is said.
        """
        try:
            return self.store.mall_metadata(MallId(stored.document.mall_id))
        except VaultRefused:
            return None

    def _granted(self, stored: Stored) -> Kept | None:
        """Have the token spent where nothing interrupts it, with a sign-in that lasts."""
        self.store.vault.session.outlive(self._lease_s + SIGN_IN_MARGIN_S)
        shield = Shield(lambda: self._granter.grant(stored, shield.is_stopping), self._is_stopping)
        return shield.run()

    def _readings(self, mall: MallId) -> Iterator[Stored]:
        """Read the document again and again, for as long as anybody's lease can last."""
        give_up_at = boottime() + 2 * self._lease_s
        pause_s = 0.05
        yield self.store.mall(mall)
        while boottime() < give_up_at:
            time.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
            pause_s = min(pause_s * 1.6, 2.0)
            yield self.store.mall(mall)

    def _drained(self, mall: MallId) -> list[Drained]:
        """Bring home what this host still holds; a bad spill stops nothing."""
        drained = self._drain.spills()
        for other in drained:
            if other.mall_id != mall:
                _log.warning("%s: %s", other.mall_id, other.said)
        return [one for one in drained if one.mall_id == mall]

    def _leave_open(self, stored: Stored) -> None:
        """Write down that a lease ran out: from here the settling time counts."""
        try:
            self.store.write_mall(stored.document.left_open(), cas=stored.version)
        except Conflict:
            return

    def _published(self, held: "_Held") -> AccessToken:
        """Return the access token; a new one is given to the other readers first."""
        if held.is_new:
            self._publication.mend(held.stored, is_new=True)
        return held.document.access()


@dataclass(frozen=True, slots=True)
class _Held:
    """The pair that a caller may count on, what was brought home, and what was granted for it."""

    stored: Stored
    drained: list[Drained]
    kept: Kept | None = None

    @property
    def document(self) -> MallDocument:
        return self.stored.document

    @property
    def is_new(self) -> bool:
        return self.kept is not None

    @property
    def remarks(self) -> tuple[str, ...]:
        set_aside = (one.said for one in self.drained if not one.came_home)
        return (*set_aside, *(self.kept.remarks if self.kept else ()))
