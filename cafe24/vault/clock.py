"""Vault's clock, the only wall clock of the token protocol, as its answers show it."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_SECOND = 1.0


class VaultClock:
    """Vault's clock as its answers show it.

    The Date of an answer is cut to the second, so one answer tells Vault's clock to
    about a second; several, at different parts of a second, tell it closer. What
    contradicts (a clock that was set, a drift) starts afresh.
    """

    def __init__(self) -> None:
        self._lead = (float("-inf"), float("inf"))
        self._writing = threading.Lock()

    def heard(self, date: datetime, sent: float, received: float) -> None:
        """Learn from an answer that was asked for and received at these boot times."""
        lead = (date.timestamp() - received, date.timestamp() + _SECOND - sent)
        with self._writing:
            both = max(lead[0], self._lead[0]), min(lead[1], self._lead[1])
            self._lead = both if both[0] < both[1] else lead

    @property
    def uncertainty_s(self) -> float:
        """How far the two bounds are apart, in seconds."""
        return self._lead[1] - self._lead[0]

    def at(self, boot_time: float) -> "Between":
        """Return Vault's clock at a boot time, of which at least one answer was heard."""
        earliest, latest = self._lead
        return Between(_moment(earliest + boot_time), _moment(latest + boot_time))


@dataclass(frozen=True, slots=True)
class Between:
    """A moment that is known to lie between two others."""

    earliest: datetime
    latest: datetime

    def is_before(self, moment: datetime) -> bool | None:
        """Tell whether it was before `moment`; None: too close to tell."""
        if self.latest < moment:
            return True
        return False if self.earliest >= moment else None


def _moment(timestamp: float) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=timestamp)
