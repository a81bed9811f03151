"""How long a refresh may hold a mall, and how long a lost answer is left alone."""

from dataclasses import dataclass
from datetime import timedelta

from cafe24.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Timing:
    """The spans that the protocol rests on: answer < lease < settle.

    Attributes:
        lease: how long one keeper may hold a mall for itself.
        settle: how long whoever may still hold an answer is given to save it.
    """

    lease: timedelta = timedelta(seconds=45)
    settle: timedelta = timedelta(minutes=15)

    def checked(self, answer_s: float) -> "Timing":
        """Return these times, if they are in the order that the protocol rests on.

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


USUAL_TIMING = Timing()
