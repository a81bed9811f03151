"""The token keeper: the only code that spends refresh tokens.

The protocol is docs/keeper.md; its order is `Keeper._ensured`, and each step is
a method in that order. What may never happen: a call with a token that somebody
else may be spending, a second call with one that was sent, an answer judged
before it is kept.
"""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from cafe24.errors import Conflict, MallBusy, SettingsError
from cafe24.malls import MallId, trusted_api_url
from cafe24.tokens.answer import ClientRefused, Granted, GrantRefused, NotSpent, Unclear, Verdict
from cafe24.tokens.clock import boottime
from cafe24.tokens.document import AppDocument, MallDocument
from cafe24.tokens.endpoint import Permit, TokenEndpoint
from cafe24.tokens.lease import Lease, take_lease
from cafe24.tokens.need import Need
from cafe24.tokens.outcome import GrantOutcome, GrantRecord, Refresh, Witness
from cafe24.tokens.pair import AccessToken
from cafe24.tokens.refusal import (
    ambiguous,
    app_refused,
    reauthorize,
    refuse_document,
    unspent,
)
from cafe24.tokens.safekeeping import Safekeeping
from cafe24.tokens.store import Stored, TokenStore

SIGN_IN_MARGIN_S = 300.0
APP_MEMORY_S = 60.0


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a refresh may hold a mall, and how long a lost answer is left alone."""

    lease: timedelta = timedelta(seconds=45)
    settle: timedelta = timedelta(minutes=15)

    def checked(self, answer_s: float) -> "Timing":
        """Return these times, in the order that the protocol rests on.

        Raises:
            SettingsError: not answer < lease < settle.
        """
        if answer_s < self.lease.total_seconds() < self.settle.total_seconds():
            return self
        raise SettingsError(
            f"CAFE24_TOKEN_LEASE ({self.lease}) must be longer than an answer may take "
            f"({answer_s:g} s) and shorter than CAFE24_TOKEN_SETTLE ({self.settle}).",
            "The defaults are 45 s and 15 min.",
        )


class Keeper:
    """Keeps pairs alive: one refresh per mall at a time, by anyone, anywhere.

    Safe for many threads. `witness` is told of every grant; `stopped` tells
    whether this process was asked to end: then no request leaves any more.
    """

    def __init__(  # noqa: PLR0913 - what a keeper is made of, each named at the call
        self,
        store: TokenStore,
        endpoint: TokenEndpoint,
        *,
        environment: str,
        timing: Timing = Timing(),
        witness: Witness = lambda _record: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self.store = store
        self._endpoint = endpoint
        self._environment = environment
        self._timing = timing.checked(endpoint.answer_s)
        self._witness = witness
        self._stopped = stopped
        self._safe = Safekeeping(store)
        self._flights: defaultdict[MallId, threading.Lock] = defaultdict(threading.Lock)
        self._apps: dict[str, tuple[float, AppDocument]] = {}

    def refresh(
        self, mall: MallId, need: Need | None = None, *, asked: float | None = None
    ) -> Refresh:
        """Make sure the mall's pair meets the need, with one grant at most.

        Readers' copy and metadata are brought up to it, also when nothing was
        granted. `asked` is when the caller began, by `boottime`, if before now: a
        grant that somebody else began since then serves a forced refresh too.

        Raises:
            UsageError: Vault has no such mall.
            Reauthorize: the refresh token is dead; a person must consent.
            TokenAmbiguous: the grant got no clear answer; it settles later.
            AppRefused: client_id or client_secret is wrong; nothing was spent.
            RateLimited, Cafe24Away, MallBusy, VaultAway: nothing was spent.
            VaultRefused: denied or damaged; nothing was spent or overwritten.
        """
        held = self._alone(mall, need or Need(), asked)
        pair = held.document
        return Refresh(
            mall_id=mall,
            outcome="refreshed" if held.is_new else "fresh",
            grant=pair.grant,
            access_expires_at=pair.access_expires_at,
            refresh_expires_at=pair.refresh_expires_at,
            unfinished=self._safe.mend(held.stored),
        )

    def current(self, mall: MallId) -> AccessToken:
        """Return an access token with at least 5 minutes left. Raises as `refresh`."""
        return self._published(self._alone(mall, Need()))

    def renewed(self, mall: MallId, rejected: AccessToken) -> AccessToken:
        """Return a newer access token than one that met a 401. Raises as `refresh`."""
        return self._published(self._alone(mall, Need(rejected=rejected.grant)))

    def api_address(self, mall: MallId) -> str:
        """Return where this mall's API is, if its tokens may be sent there.

        Raises:
            SettingsError: the host is neither Cafe24, nor loopback, nor listed.
        """
        app = self._app(self.store.mall(mall).document)
        return trusted_api_url(self._endpoint.template, mall, app.api_hosts)

    def close(self) -> None:
        """Give back what was opened; a token that an AppRole gave us is revoked."""
        self._endpoint.close()
        self.store.vault.sign_out()

    def _alone(self, mall: MallId, need: Need, asked: float | None = None) -> "_Held":
        asked = boottime() if asked is None else asked
        with self._flights[mall]:
            return self._ensured(mall, need, asked)

    def _ensured(self, mall: MallId, need: Need, asked: float) -> "_Held":
        """The protocol, in its order."""
        self.store.vault.outlive(self._timing.lease.total_seconds() + SIGN_IN_MARGIN_S)
        for stored in self._readings(mall):
            if need.is_met_by(stored, partial(self.store.vault.asked_before, asked=asked)):
                return _Held(stored)
            if stored.intent_is_live:
                if need.can_wait_with(stored):
                    return _Held(stored)
                continue
            refuse_document(stored, need, self._environment, self._timing.settle)
            app = self._app(stored.document)
            lease = self._leased(stored)
            if lease is None:
                continue
            kept = self._kept(lease, self._spend(lease, app))
            if kept is not None:
                return _Held(kept, is_new=True)
        raise MallBusy(f"Another keeper is refreshing {mall}.", "Run again in a minute.")

    def _readings(self, mall: MallId) -> Iterator[Stored]:
        """Read the document again and again, for as long as anybody's lease can last."""
        give_up_at = boottime() + 2 * self._timing.lease.total_seconds()
        pause_s = 0.05
        yield self.store.mall(mall)
        while boottime() < give_up_at:
            time.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
            pause_s = min(pause_s * 1.6, 2.0)
            yield self.store.mall(mall)

    def _leased(self, stored: Stored) -> Lease | None:
        parent = self._safe.fingerprint(stored.document.refresh_token)
        return take_lease(self.store, stored, parent, self._timing.lease.total_seconds())

    def _spend(self, lease: Lease, app: AppDocument) -> Verdict:
        """POST once, and only while the answer can still arrive within the lease."""
        latest = lease.taken_at + lease.lease_s - self._endpoint.answer_s
        permit = Permit(latest, boottime, self._stopped)
        return self._endpoint.refresh(lease.mall_id, app, lease.document.refresh_token, permit)

    def _kept(self, lease: Lease, verdict: Verdict) -> Stored | None:
        """Keep what came, then say what it means; None: read again and go on."""
        match verdict:
            case Granted():
                return self._saved(lease, verdict)
            case GrantRefused(text):
                self._refused(lease, text)
                return None
            case ClientRefused(text):
                self._apps.pop(lease.document.client_id, None)
                self._safe.note(lease.document.unspent(None), lease.version)
                self._tell(lease, lease.document, "unspent", text)
                raise app_refused(lease.document.client_id, text)
            case NotSpent(text, wait):
                until = lease.now() + wait if wait else None
                self._safe.note(lease.document.unspent(until), lease.version)
                self._tell(lease, lease.document, "unspent", text)
                raise unspent(lease.mall_id, text, wait)
            case Unclear(text):
                self._safe.note(lease.document.marked("ambiguous"), lease.version)
                self._tell(lease, lease.document, "ambiguous", text)
                raise ambiguous(lease.mall_id, text, self._timing.settle)

    def _saved(self, lease: Lease, granted: Granted) -> Stored:
        pair = granted.pair(lease.started_at, lease.document.refresh_token)
        stored = self._safe.save(lease.document, lease.version, pair, granted.mall_id)
        self._tell(lease, stored.document, "refreshed", "" if granted.rotated else "not rotated")
        return stored

    def _refused(self, lease: Lease, text: str) -> None:
        """The token is dead, unless the document moved on since our intent."""
        dead = lease.document.marked("reauthorize")
        try:
            written = self.store.write_mall(dead, cas=lease.version)
        except Conflict:
            return
        self._safe.describe(dead, written.number)
        self._tell(lease, dead, "refused", text)
        raise reauthorize(lease.document, text)

    def _app(self, document: MallDocument) -> AppDocument:
        """Return the mall's app; remembered for a minute, since all malls share it.

        Raises:
            SettingsError: its tokens may not be sent to the configured address.
        """
        known = self._apps.get(document.client_id)
        if known is None or boottime() - known[0] > APP_MEMORY_S:
            known = boottime(), self.store.app(document.client_id)
            self._apps[document.client_id] = known
        trusted_api_url(self._endpoint.template, MallId(document.mall_id), known[1].api_hosts)
        return known[1]

    def _published(self, held: "_Held") -> AccessToken:
        """Return the access token; a new one is given to the other readers first."""
        if held.is_new:
            self._safe.mend(held.stored)
        return held.document.access()

    def _tell(
        self, lease: Lease, document: MallDocument, outcome: GrantOutcome, reason: str
    ) -> None:
        self._witness(
            GrantRecord(
                environment=self._environment,
                mall_id=lease.mall_id,
                lineage=document.lineage,
                generation=document.generation,
                fingerprint=self._safe.fingerprint(document.refresh_token),
                owner=lease.intent.owner,
                host=lease.intent.host,
                started_at=lease.started_at,
                finished_at=lease.now(),
                outcome=outcome,
                reason=reason,
            )
        )


@dataclass(frozen=True, slots=True)
class _Held:
    """The pair that a caller may count on, and whether it was granted just now."""

    stored: Stored
    is_new: bool = False

    @property
    def document(self) -> MallDocument:
        return self.stored.document
