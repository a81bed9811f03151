"""The mall's wall clock, which tests can move, and the two ways Cafe24 writes times."""

from datetime import UTC, datetime, timedelta, timezone

KST = timezone(timedelta(hours=9), "KST")

_YEARS = range(1980, 2200)
"""A century of token life either way still fits into the calendar."""


class Clock:
    """The time that governs tokens and dates; it runs on from wherever it is put."""

    def __init__(self) -> None:
        self._offset = timedelta(0)

    def now(self) -> datetime:
        """Return the mall's time, aware, in Korean time."""
        return datetime.now(KST) + self._offset

    def advance(self, step: timedelta) -> None:
        """Move the clock by `step`, which may be negative.

        Raises:
            ValueError: that is no time a mall could live in; the clock stays.
        """
        self._put(self._offset + step)

    def set(self, moment: datetime) -> None:
        """Put the clock to `moment` (aware).

        Raises:
            ValueError: that is no time a mall could live in; the clock stays.
        """
        self._put(moment - datetime.now(UTC))

    def _put(self, offset: timedelta) -> None:
        if (datetime.now(KST) + offset).year not in _YEARS:
            raise ValueError(offset)
        self._offset = offset


def naive_kst(moment: datetime) -> str:
    """Write a time as the token endpoint does: Korean, milliseconds, no offset."""
    return f"{moment.astimezone(KST):%Y-%m-%dT%H:%M:%S}.000"


def dated(moment: datetime) -> str:
    """Write a time as products carry it: `2026-11-02T10:15:33+09:00`."""
    return moment.astimezone(KST).isoformat(timespec="seconds")


def epoch_dated(epoch_s: int) -> str:
    """Write seconds since 1970 as products carry times."""
    return datetime.fromtimestamp(epoch_s, KST).isoformat()


def read_moment(text: str) -> datetime:
    """Read an ISO time, and return it in Korean time; one without an offset is Korean.

    Raises:
        ValueError: it is no ISO time, or lies before or behind the calendar.
    """
    moment = datetime.fromisoformat(text)
    try:
        return moment.astimezone(KST) if moment.tzinfo else moment.replace(tzinfo=KST)
    except OverflowError as refusal:
        raise ValueError(text) from refusal
