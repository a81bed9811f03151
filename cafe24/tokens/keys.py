"""The project's own two keys in Vault: one seals spills, one makes fingerprints.

Each is made once, by whoever comes first (check-and-set 0), and never trimmed: a
spill of last year must still open.
"""

import secrets
from dataclasses import dataclass, field
from functools import cached_property

from cafe24.errors import Conflict, VaultRefused
from cafe24.secret import Secret, Unshown
from cafe24.vault.kv import Vault, Version

KEY_BYTES = 32
NAMES = ("fingerprint", "spill")
KEPT_VERSIONS = 1_000_000
"""Vault's own default would forget all but the last ten."""


@dataclass(frozen=True, slots=True)
class Key:
    """One version of a key."""

    version: int
    secret: bytes = field(repr=False)


class Keys:
    """Both keys, read once per process."""

    def __init__(self, vault: Vault, prefix: str) -> None:
        self._vault = vault
        self._prefix = prefix

    def fingerprint(self, token: Secret) -> str:
        """Return what names a token in intents, metadata and ledger, and does not reveal it."""
        return token.fingerprint(self._fingerprinting.secret)

    def missing(self) -> tuple[str, ...]:
        """Return the names of the keys that nobody has needed yet."""
        return tuple(name for name in NAMES if self._vault.read(self._path(name)) is None)

    def make(self) -> None:
        """Make both keys, where nobody has yet."""
        for name in NAMES:
            self._made(name)

    @cached_property
    def spill(self) -> Key:
        """The key that seals spills now."""
        return self._made("spill")

    def spill_at(self, version: int) -> Key | None:
        """Return an older version of the spill key; None when Vault has it no more."""
        if version == self.spill.version:
            return self.spill
        found = self._vault.read(self._path("spill"), version=version)
        return None if found is None else self._key("spill", found)

    @cached_property
    def _fingerprinting(self) -> Key:
        return self._made("fingerprint")

    def _made(self, name: str) -> Key:
        found = self._vault.read(self._path(name))
        if found is not None:
            return self._key(name, found)
        made = Unshown(key=secrets.token_hex(KEY_BYTES))
        try:
            written = self._vault.write(self._path(name), made, cas=0)
        except Conflict:
            return self._made(name)
        self._vault.set_metadata(self._path(name), keep_versions=KEPT_VERSIONS, custom={})
        return Key(written.number, bytes.fromhex(made["key"]))

    def _key(self, name: str, found: Version) -> Key:
        try:
            key = bytes.fromhex(found.data["key"])
        except (KeyError, TypeError, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise VaultRefused(
                f"The key {self._path(name)} in Vault is damaged.",
                "Restore its last good version: vault kv rollback. Nothing was overwritten.",
            )
        return Key(found.number, key)

    def _path(self, name: str) -> str:
        return f"{self._prefix}/keys/{name}"
