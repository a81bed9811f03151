"""Whether a Vault and a mount there can keep what we keep: KV version 2, Vault 1.9 or newer.

custom_metadata, by which the monitor sees dates and never a token, came with 1.9.
OpenBao counts from 2.0 and has it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from cafe24.errors import VaultRefused

OLDEST = (1, 9)


@dataclass(frozen=True, slots=True)
class Health:
    """What `sys/health` says; nobody needs a sign-in to ask."""

    is_sealed: bool
    version: str

    @classmethod
    def of(cls, answer: Any) -> Self:
        """Return what the answer says.

        Raises:
            VaultRefused: what answers is not Vault.
        """
        if not isinstance(answer, Mapping) or not isinstance(answer.get("version"), str):
            raise VaultRefused("What answers sys/health is not Vault.", "Check VAULT_ADDR.")
        return cls(bool(answer.get("sealed")), answer["version"])

    def refuse_old(self) -> None:
        """Raise for a version that does not know custom_metadata.

        Raises:
            VaultRefused: it is older than 1.9.
        """
        found = re.match(r"v?(\d+)\.(\d+)", self.version)
        if found and (int(found[1]), int(found[2])) < OLDEST:
            raise VaultRefused(
                f"Vault is version {self.version}; 1.9 is the oldest that keeps the dates that "
                "the monitor reads (custom_metadata).",
                "Upgrade Vault, or use OpenBao. Nothing was written.",
            )


@dataclass(frozen=True, slots=True)
class Mount:
    """What `sys/internal/ui/mounts` says of a mount; whoever may use it may ask."""

    path: str
    kind: str
    version: str

    @classmethod
    def of(cls, path: str, data: Mapping[str, Any]) -> Self:
        """Return what the answer's data say."""
        options = data.get("options") or {}
        return cls(path, str(data.get("type")), str(options.get("version", "1")))

    def refuse_unversioned(self) -> None:
        """Raise for a mount that has no versions, and so no check-and-set.

        Raises:
            VaultRefused: it is KV version 1, or no KV at all.
        """
        if self.kind not in {"kv", "generic"}:
            raise VaultRefused(
                f"The mount {self.path}/ in Vault is of the type {self.kind}, not KV version 2.",
                "Set CAFE24_VAULT_MOUNT to a KV v2 mount. Nothing was written.",
            )
        if self.version != "2":
            raise VaultRefused(
                f"The mount {self.path}/ in Vault is KV version 1, which keeps no versions and "
                "has no check-and-set.",
                f"Upgrade it: vault kv enable-versioning {self.path} (or set CAFE24_VAULT_MOUNT "
                "to a KV v2 mount). Nothing was written.",
            )
