"""What a check found: a line for people, with the next step where one is needed."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from cafe24.errors import CafeError
from cafe24.malls import MallId
from cafe24.settings import PROJECT, Settings
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.document import AppDocument
from cafe24.tokens.store import Stored, TokenStore

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


@dataclass
class Patient:
    """What is looked at: the settings, where they came from, and Vault as the keeper sees it.

    Attributes:
        folder: where `.env` is.
    """

    settings: Settings
    folder: Path = PROJECT

    @cached_property
    def tokens(self) -> TokenConfiguration:
        """What the keeper is opened from.

        Raises:
            SettingsError: VAULT_ADDR or the sign-in is missing.
        """
        return self.settings.keeper_tokens()

    @cached_property
    def store(self) -> TokenStore:
        """Vault as the keeper sees it. Raises as `tokens`."""
        return self.tokens.store()

    @cached_property
    def malls(self) -> dict[MallId, Stored | CafeError]:
        """Every mall that was not removed: its document, or what is wrong with it."""
        found: dict[MallId, Stored | CafeError] = {}
        for mall in self.store.malls():
            try:
                stored = self.store.read_mall(mall)
            except CafeError as damage:
                found[mall] = damage
            else:
                if stored is not None:
                    found[mall] = stored
        return found

    @cached_property
    def apps(self) -> dict[str, AppDocument | CafeError]:
        """Every app that Vault lists or a mall names: its document, or what is wrong with it."""
        named = {one.document.client_id for one in self.malls.values() if isinstance(one, Stored)}
        found: dict[str, AppDocument | CafeError] = {}
        for client_id in sorted({*self.store.vault.names(f"{self.tokens.prefix}/apps"), *named}):
            try:
                found[client_id] = self.store.app(client_id)
            except CafeError as damage:
                found[client_id] = damage
        return found

    def leave(self) -> None:
        """Sign out, if anybody signed in."""
        if "store" in self.__dict__:
            self.store.vault.session.sign_out()


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
