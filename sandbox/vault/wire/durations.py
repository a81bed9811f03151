"""Durations as Vault reads and writes them: 90, "90", "1h30m", "1.5h", "2d"."""

import re

from sandbox.vault.wire.answers import Refusal

_UNIT_S = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"[-+]?(?:\d{1,18}(?:\.\d*)?(?:ns|us|ms|s|m|h))+")
_PART = re.compile(r"(\d+(?:\.\d*)?)(ns|us|ms|s|m|h)")
_DAYS = re.compile(r"[-+]?\d{1,12}d")
_WHOLE = re.compile(r"[-+]?\d{1,12}")
_LONGEST_S = 2**63 // 10**9


def seconds_in(value: object) -> int:
    """Return the whole seconds that `value` means.

    Raises:
        Refusal: 400, when it is no duration, or a longer one than Go can hold.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        seconds: int | None = value
    else:
        seconds = _parsed(value) if isinstance(value, str) else None
    if seconds is None or abs(seconds) > _LONGEST_S:
        raise Refusal(400, f'time: invalid duration "{value}"')
    return seconds


def _parsed(text: str) -> int | None:
    text = text.strip()
    if not text:
        return 0
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DAYS.fullmatch(text):
        return int(text[:-1]) * 86_400
    if not _DURATION.fullmatch(text):
        return None
    total_s = sum(float(amount) * _UNIT_S[unit] for amount, unit in _PART.findall(text))
    return int(-total_s if text.startswith("-") else total_s)


def go_duration(seconds: int) -> str:
    """Return the duration as Go prints it, for example "3h0m0s" or "0s"."""
    sign, rest = ("-", -seconds) if seconds < 0 else ("", seconds)
    hours, rest = divmod(rest, 3600)
    minutes, whole_s = divmod(rest, 60)
    if hours:
        return f"{sign}{hours}h{minutes}m{whole_s}s"
    return f"{sign}{minutes}m{whole_s}s" if minutes else f"{sign}{whole_s}s"
