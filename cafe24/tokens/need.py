"""What a caller needs of a mall's pair, and whether the one in Vault meets it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cafe24.tokens.pair import Grant
from cafe24.tokens.store import Stored

MIN_LEFT = timedelta(minutes=5)
TRUSTED_YOUTH = timedelta(seconds=60)
"""A 401 on a pair younger than this is Cafe24's delay, not a reason to spend a token."""


@dataclass(frozen=True, slots=True)
class Need:
    """When a refresh may be skipped.

    Attributes:
        min_left: the access token must live this much longer.
        max_age: the pair must not be older than this; what keeps the refresh
            token alive, since only a grant extends it.
        is_forced: only a grant that began after the caller asked will do.
        rejected: the grant whose access token met a 401; any newer one will do.
    """

    min_left: timedelta | None = MIN_LEFT
    max_age: timedelta | None = None
    is_forced: bool = False
    rejected: Grant | None = None

    def is_met_by(self, stored: Stored, asked_before: Callable[[datetime], bool]) -> bool:
        """Tell whether the pair in Vault is what the caller needs; times are Vault's.

        `asked_before` tells whether the caller asked before a moment.
        """
        pair = stored.document
        if self.is_forced:
            return asked_before(pair.issued_at)
        if self.rejected is not None:
            return pair.grant != self.rejected and pair.generation > self.rejected.generation
        if pair.status in {"reauthorize", "paused"}:
            return False
        return self._has_left(stored) and self._is_young(stored)

    def can_wait_with(self, stored: Stored) -> bool:
        """Tell whether the old access token serves while another keeper refreshes."""
        return (
            not self.is_forced
            and self.rejected is None
            and stored.document.access_expires_at > stored.read_at
        )

    def _has_left(self, stored: Stored) -> bool:
        left = stored.document.access_expires_at - stored.read_at
        return self.min_left is None or left >= self.min_left

    def _is_young(self, stored: Stored) -> bool:
        if self.max_age is None:
            return True
        # An open question about the token is what a regular refresh must settle.
        is_settled = stored.document.status != "ambiguous"
        return is_settled and stored.read_at - stored.document.issued_at <= self.max_age

    def distrusts_youth_of(self, stored: Stored) -> bool:
        """Tell whether a 401 hit a pair that was granted less than a minute ago."""
        pair = stored.document
        return self.rejected == pair.grant and stored.read_at - pair.issued_at < TRUSTED_YOUTH


@dataclass(frozen=True, slots=True)
class Override:
    """What an operator allows that is otherwise refused.

    Attributes:
        retry_dead: one call with a token that Cafe24 refused before.
        accept_store: Vault was restored from a backup, and what it holds is to be used.
        take_over: the mall belongs to another environment, and is ours from now on.
    """

    retry_dead: bool = False
    accept_store: bool = False
    take_over: bool = False


NO_OVERRIDE = Override()

FORCED = Need(is_forced=True)
KEEP_ALIVE = Need(min_left=None, max_age=timedelta(days=1))
KEEP_WARM = Need(min_left=timedelta(minutes=75))
