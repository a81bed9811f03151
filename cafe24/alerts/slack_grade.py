"""Grades the channels that alerts go to: they die as silently as any other credential."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cafe24.alerts.channel import SlackChannel
from cafe24.errors import SlackAway, SlackRefused
from cafe24.tokens.graded import SLACK, Grade, GradedCredential

Channels = Sequence[SlackChannel]
"""In the order in which they are tried."""

Refusals = Mapping[str, SlackRefused]
"""Which channels would refuse any message, by name, and how."""


def refusals(channels: Channels) -> Refusals | None:
    """Ask every channel whether it would take a message; None when one gave no answer."""
    found: dict[str, SlackRefused] = {}
    for channel in channels:
        try:
            channel.check()
        except SlackRefused as refusal:
            found[channel.name] = refusal
        except SlackAway:
            return None
    return found


def grade_channels(channels: Channels, dead: Refusals, now: datetime) -> GradedCredential:
    """Grade the channels as one credential, `slack`.

    It is critical when the first of them is dead, for then every alert hangs on the
    second, and a warning when only another one is: nobody would miss that until it counts.
    """
    if not dead:
        return GradedCredential(SLACK, Grade.ok, None, now)
    grade = Grade.critical if channels[0].name in dead else Grade.warning
    told = " ".join(str(one) for one in dead.values())
    return GradedCredential(SLACK, grade, None, now, reason=told)
