"""What a check found: a line for people, with the next step where one is needed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cafe24.errors import CafeError
from cafe24.settings import Settings
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.store import TokenStore

Verdict = Literal["ok", "warning", "wrong"]

SOMETHING_WRONG = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's.

    Attributes:
        name: what was looked at, such as `mount`.
        exit_code: what the command ends with because of it.
    """

    name: str
    verdict: Verdict
    what: str
    next_step: str = ""
    exit_code: int = 0

    @classmethod
    def of(cls, name: str, error: CafeError) -> "Finding":
        """Return what an error says, as something that is wrong."""
        return cls(name, "wrong", error.message, error.next_step, error.exit_code)


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at: the settings, and Vault as the keeper sees it."""

    settings: Settings
    tokens: TokenConfiguration
    store: TokenStore


def ok(name: str, what: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(name, "ok", what)


def warning(name: str, what: str, next_step: str) -> Finding:
    """Return that something works and should be mended."""
    return Finding(name, "warning", what, next_step, SOMETHING_WRONG)


def wrong(name: str, what: str, next_step: str, exit_code: int = SOMETHING_WRONG) -> Finding:
    """Return that something does not work."""
    return Finding(name, "wrong", what, next_step, exit_code)


def ends_with(findings: Iterable[Finding]) -> int:
    """Return the exit code: settings and Vault speak for themselves, the rest is 1."""
    codes = {finding.exit_code for finding in findings if finding.exit_code}
    return min(codes - {SOMETHING_WRONG}, default=SOMETHING_WRONG) if codes else 0
