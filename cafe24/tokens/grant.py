"""One grant, from the intent to the safe pair: the part that nothing may interrupt.

It runs in a thread (`shield.py`) or a process (`helper.py`) that outlives whoever
asked for it. What may never happen: a call with a token that somebody else may be
spending, a second call with one that was sent, an answer judged before it is kept.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from cafe24.boottime import boottime
from cafe24.errors import Conflict, PairSetAside, PairSpilled, Retryable, VaultRefused
from cafe24.malls import MallId
from cafe24.tokens.answer import ClientRefused, Granted, GrantRefused, NotSpent, Unclear, Verdict
from cafe24.tokens.apps import Apps
from cafe24.tokens.document import AppDocument, MallDocument
from cafe24.tokens.endpoint import Permit, TokenEndpoint
from cafe24.tokens.held import HeldPair
from cafe24.tokens.keys import Keys
from cafe24.tokens.lease import Lease, take_lease
from cafe24.tokens.outcome import GrantOutcome, GrantRecord, Witness
from cafe24.tokens.publication import Publication
from cafe24.tokens.refusal import ambiguous, app_refused, reauthorize, unspent
from cafe24.tokens.remarks import remarks
from cafe24.tokens.safekeeping import FIRST_PAUSE_S, Safekeeping
from cafe24.tokens.spill import Spill, SpillFolder
from cafe24.tokens.store import Stored, TokenStore
from cafe24.tokens.timing import Timing

LONGEST_NOTE_PAUSE_S = 2.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A pair that is safe in Vault, and what there is to say of how it came."""

    stored: Stored
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Granter:
    """Spends refresh tokens, one call for one intent."""

    store: TokenStore
    endpoint: TokenEndpoint
    keys: Keys
    apps: Apps
    spills: SpillFolder
    safe: Safekeeping
    publication: Publication
    timing: Timing
    environment: str
    witness: Witness

    def grant(self, stored: Stored, is_stopping: Callable[[], bool]) -> Kept | None:
        """Buy a new pair with the refresh token of the version that was read.

        None: somebody else wrote first, so read again.
        """
        document = stored.document
        app = self.apps.to_ask_with(document)
        self.endpoint.opened()
        spill = self.spills.prepare(MallId(document.mall_id), self.keys.spill)
        try:
            parent = self.keys.fingerprint(document.refresh_token)
            lease = take_lease(self.store, stored, parent, self.timing.lease.total_seconds())
            if lease is None:
                return None
            lease, verdict = self._spent(lease, app, is_stopping)
            if isinstance(verdict, ClientRefused):
                self.apps.refused(app, lease.mall_id, verdict.text)
            return self._kept(lease, verdict, spill, is_stopping)
        finally:
            spill.remove()

    def _spent(
        self, lease: Lease, app: AppDocument, is_stopping: Callable[[], bool]
    ) -> tuple[Lease, Verdict]:
        """POST once; once more with the app's next secret if this one is wrong.

        A refused secret proves that the token was not looked at.
        """
        latest = lease.taken_at + lease.lease_s - self.endpoint.answer_s
        permit = Permit(latest, boottime, is_stopping)
        token = lease.document.refresh_token
        verdict = self.endpoint.refresh(lease.mall_id, app, token, permit)
        following = app.with_next_secret()
        if isinstance(verdict, ClientRefused) and following is not None:
            lease = replace(lease, document=lease.document.with_call(lease.now()))
            verdict = self.endpoint.refresh(lease.mall_id, following, token, permit)
            if isinstance(verdict, Granted):
                self.apps.remember(following)
                verdict = replace(verdict, by_next_secret=True)
        return lease, verdict

    def _kept(
        self, lease: Lease, verdict: Verdict, spill: Spill, is_stopping: Callable[[], bool]
    ) -> Kept | None:
        """Keep what came, then say what it means; None: read again and go on."""
        match verdict:
            case Granted():
                return self._saved(lease, verdict, spill, is_stopping)
            case GrantRefused(text):
                self.apps.taken(lease.document.client_id)
                self._refused(lease, text, is_stopping)
                return None
            case ClientRefused(text):
                self._note(lease, lease.document.unspent(None), "unspent", text, is_stopping)
                raise app_refused(lease.document.client_id, text)
            case NotSpent(text, wait):
                until = lease.now() + wait if wait else None
                self._note(lease, lease.document.unspent(until), "unspent", text, is_stopping)
                raise unspent(lease.mall_id, text, wait)
            case Unclear(text):
                left_open = lease.document.marked("ambiguous")
                self._note(lease, left_open, "ambiguous", text, is_stopping)
                raise ambiguous(lease.mall_id, text, self.timing.settle)

    def _saved(
        self, lease: Lease, granted: Granted, spill: Spill, is_stopping: Callable[[], bool]
    ) -> Kept:
        spent = lease.document
        pair = granted.pair(lease.started_at, spent.refresh_token)
        held = HeldPair.bought(spent, lease.intent.parent, pair)
        try:
            if granted.mall_id not in {None, lease.mall_id}:
                why = f"Cafe24 sent tokens of the mall {granted.mall_id} for {lease.mall_id}"
                evidence = held.of_another_mall(granted.mall_id or "")
                self.safe.set_aside(evidence, why, spill, is_stopping)
            stored = self.safe.save(held, spent, lease.version, spill, is_stopping)
            self.apps.taken(spent.client_id)
        except PairSpilled as spilled:
            self._tell(lease, spent.with_pair(pair), "spilled", spilled.message)
            raise
        except PairSetAside as aside:
            # Whatever came for it, the presented token is spent: it is not called again.
            dead = spent.marked("reauthorize")
            self._note(lease, dead, "set_aside", aside.message, is_stopping)
            raise
        self._tell(lease, stored.document, "refreshed", "" if granted.rotated else "not rotated")
        return Kept(stored, remarks(granted, self.apps.of(spent), lease.now()))

    def _refused(self, lease: Lease, text: str, is_stopping: Callable[[], bool]) -> None:
        """The token is dead, unless the document moved on since our intent."""
        dead = lease.document.marked("reauthorize")
        try:
            stored = self._over_our_intent(lease, dead, is_stopping)
        except Conflict:
            return
        # What fails here shows as the grade `unfinished`, and the next run mends it.
        self.publication.mend(stored, is_new=True)
        self._tell(lease, dead, "refused", text)
        raise reauthorize(lease.document, lease.now(), text)

    def _note(
        self,
        lease: Lease,
        document: MallDocument,
        outcome: GrantOutcome,
        reason: str,
        is_stopping: Callable[[], bool],
    ) -> None:
        """Write what came of our intent, if it still stands; a loss here is settled later."""
        try:
            noted = self._over_our_intent(lease, document, is_stopping)
            self.publication.mend(noted, is_new=True)
        except (Conflict, Retryable, VaultRefused) as failure:
            reason = f"{reason}; the intent stays until it runs out: {failure}"
        self._tell(lease, document, outcome, reason)

    def _over_our_intent(
        self, lease: Lease, document: MallDocument, is_stopping: Callable[[], bool]
    ) -> Stored:
        """Write over the version that carries our intent, for as long as the lease lasts.

        Raises:
            Conflict: it is not the current version any more.
            VaultAway: Vault did not come back in time.
        """
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                written = self.store.write_mall(document, cas=lease.version)
            except Conflict:
                found = self.store.read_mall(lease.mall_id)
                if found is None or found.document != document:
                    raise
                return found  # our own write, whose answer was lost
            except Retryable:
                if is_stopping() or lease.is_over:
                    raise
                time.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_NOTE_PAUSE_S)
            else:
                return Stored(document, written.number, written.written_at, written.written_at)

    def _tell(
        self, lease: Lease, document: MallDocument, outcome: GrantOutcome, reason: str
    ) -> None:
        self.witness(
            GrantRecord(
                environment=self.environment,
                mall_id=lease.mall_id,
                lineage=document.lineage,
                generation=document.generation,
                fingerprint=self.keys.fingerprint(document.refresh_token),
                owner=lease.intent.owner,
                host=lease.intent.host,
                started_at=lease.started_at,
                finished_at=lease.now(),
                outcome=outcome,
                reason=reason,
            )
        )
