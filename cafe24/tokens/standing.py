"""Whether a mall's refresh token may be spent now, as its document stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cafe24.malls import MallId
from cafe24.tokens import refusal
from cafe24.tokens.document import CALL_WINDOW, MallDocument
from cafe24.tokens.need import MIN_LEFT, TRUSTED_YOUTH, Need, Override
from cafe24.tokens.store import Stored

MOST_CALLS = 15
"""Cafe24's limit of token calls in two hours."""

MOST_REFRESHES = 12
"""What a refresh may use of them; the last 3 belong to consent and settling."""

SETTLED_AGAIN_AFTER = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)
"""The waits between settling calls that got no answer either; the last one repeats."""

Known = Callable[[MallId], Mapping[str, int]]
"""The ledger's highest generation of each of a mall's lineages."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Judges documents of one environment.

    Attributes:
        settle: how long a lost answer is left alone.
        known: asked only when a grant is about to be made.
    """

    environment: str
    settle: timedelta
    known: Known

    def is_ours(self, document: MallDocument) -> bool:
        """Tell whether the mall is this environment's already."""
        return document.environment == self.environment

    def refuse_stranger(self, document: MallDocument, override: Override) -> None:
        """Refuse another environment's mall, whatever is needed of it.

        Raises:
            VaultRefused: it belongs to another environment.
        """
        if not (self.is_ours(document) or override.take_over):
            raise refusal.another_environment(document, self.environment)

    def checked(self, stored: Stored, need: Need, override: Override) -> Stored:
        """Return what may be spent from: the version read, as the overrides make it.

        Raises:
            MallPaused: somebody paused the mall.
            Reauthorize: the token is known to be dead; no call is made with it.
            TokenAmbiguous: an earlier call may still be under way.
            RateLimited: Cafe24 asked to wait, or the two hours' calls are used up.
            Cafe24Away: a 401 on a pair that is younger than a minute.
            StoreRolledBack: the ledger knows a later generation of this lineage.
        """
        document = stored.document
        if document.status == "paused":
            raise refusal.paused(document.mall_id)
        if document.status == "reauthorize" and not override.retry_dead:
            raise refusal.dead(document.mall_id)
        if document.status == "ambiguous":
            self._refuse_unsettled(stored, need)
        _refuse_too_early(document, stored.read_at)
        if need.distrusts_youth_of(stored):
            trusted_at = document.issued_at + TRUSTED_YOUTH
            raise refusal.too_young(document.mall_id, trusted_at - stored.read_at)
        generation = self._refuse_rolled_back(document, override)
        ours = {"environment": self.environment, "generation": generation}
        return stored.with_document(document.model_copy(update=ours))

    def _refuse_unsettled(self, stored: Stored, need: Need) -> None:
        document, now = stored.document, stored.read_at
        due = settles_at(stored, self.settle)
        if now < due:
            raise refusal.unsettled(document, due - now)
        left = document.access_expires_at - now
        if left >= MIN_LEFT and need.rejected != document.grant:
            raise refusal.still_serving(document, left - MIN_LEFT)

    def _refuse_rolled_back(self, document: MallDocument, override: Override) -> int:
        """Return the generation to count from."""
        known = self.known(MallId(document.mall_id)).get(document.lineage, 0)
        if known > document.generation and not override.accept_store:
            raise refusal.rolled_back(document, known)
        return max(known, document.generation)


def settles_at(stored: Stored, settle: timedelta) -> datetime:
    """Return when the next call may settle an ambiguous mall, by Vault's clock.

    After an intent that ran out, the time counts from the version that says so: from
    the first moment at which Vault could be read, and so written, again.
    """
    tries = len(stored.document.sent) - 1
    if tries < 1 or stored.document.intent is not None:
        return stored.written_at + settle
    wait = SETTLED_AGAIN_AFTER[min(tries, len(SETTLED_AGAIN_AFTER)) - 1]
    return stored.document.sent[-1] + wait


def _refuse_too_early(document: MallDocument, now: datetime) -> None:
    if document.not_before is not None and now < document.not_before:
        wait = document.not_before - now
        raise refusal.too_early(document.mall_id, "Cafe24 asked us to wait", wait)
    is_usual = document.status in {"active", "unproven"}
    most = MOST_REFRESHES if is_usual else MOST_CALLS
    calls = sorted(document.recent_calls(now))
    if len(calls) >= most:
        wait = calls[-most] + CALL_WINDOW - now
        why = f"{len(calls)} token calls in two hours, Cafe24 allows {MOST_CALLS}"
        raise refusal.too_early(document.mall_id, why, wait)
