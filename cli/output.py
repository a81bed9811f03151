"""What commands print: one JSON object or lines for people; errors as one line on stderr."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from cafe24.errors import CafeError

PERSON_NEEDED = 5
SOMETHING_WRONG = 1


def print_json(report: Mapping[str, Any]) -> None:
    """Print one object on stdout; times as RFC 3339 with Z."""
    print(json.dumps(report, ensure_ascii=False, default=_plain))


def print_error(error: CafeError, *, as_json: bool) -> None:
    """Print what is wrong and the next step: a line on stderr, an object too if asked."""
    print(error, file=sys.stderr)
    if as_json:
        print_json(
            {"error": error.message, "next_step": error.next_step, "exit_code": error.exit_code}
        )


def print_note(line: str) -> None:
    """Print a line that is not the result, on stderr."""
    print(line, file=sys.stderr)


def exit_code(errors: Iterable[CafeError]) -> int:
    """Return the exit code of a command over several malls.

    One mall's error speaks for itself; of several, a person's duty comes first.
    """
    codes = {error.exit_code for error in errors}
    if len(codes) <= 1:
        return next(iter(codes), 0)
    return PERSON_NEEDED if PERSON_NEEDED in codes else SOMETHING_WRONG


def counts(outcomes: Iterable[str]) -> dict[str, int]:
    """Return how often each outcome occurs."""
    return dict(Counter(outcomes))


def when(moment: datetime | None) -> str:
    """Return a time as RFC 3339 in UTC to the second, or a dash."""
    return "-" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return when(value)
    return str(value)
