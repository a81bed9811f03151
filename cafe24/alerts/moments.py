"""Shows times and durations to people.

Cafe24, its shops and their operators live at UTC+9, which has no summer time;
the zone's name stands beside every time, so that nobody has to guess.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

KST = timezone(timedelta(hours=9), "KST")

_DAY = 24 * 60
_HOUR = 60


@dataclass(frozen=True, slots=True)
class Units:
    """A language's words for durations: patterns that take the number."""

    day: str
    days: str
    hour: str
    hours: str
    minute: str
    minutes: str
    under_a_minute: str

    def words(self, duration: timedelta) -> str:
        """Return the two biggest units of a duration, rounded to the minute."""
        minutes = round(abs(duration) / timedelta(minutes=1))
        days, hours, rest = minutes // _DAY, minutes % _DAY // _HOUR, minutes % _HOUR
        counted = [
            (self.day if days == 1 else self.days, days),
            (self.hour if hours == 1 else self.hours, hours),
            (self.minute if rest == 1 else self.minutes, rest if not days else 0),
        ]
        told = [pattern.format(count) for pattern, count in counted if count]
        return " ".join(told) or self.under_a_minute


def shown(moment: datetime) -> str:
    """Return an aware time as its reader's clock has it, such as `2026-11-23 14:05 KST`."""
    return f"{moment.astimezone(KST):%Y-%m-%d %H:%M %Z}"
