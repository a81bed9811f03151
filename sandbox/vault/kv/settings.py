"""KV v2's settings, for a mount and for a single key."""

from dataclasses import dataclass
from typing import Any

from sandbox.vault.clock import SECOND_NS
from sandbox.vault.wire.durations import go_duration


@dataclass(slots=True)
class Settings:
    """What may be set for a mount and for a single key; 0 means not set."""

    max_versions: int = 0
    cas_required: bool = False
    delete_version_after_s: int = 0

    def as_data(self) -> dict[str, Any]:
        """Return them as `config` and `metadata` tell them."""
        return {
            "cas_required": self.cas_required,
            "delete_version_after": go_duration(self.delete_version_after_s),
            "max_versions": self.max_versions,
        }


def deletion_ns(now_ns: int, mount: Settings, key: Settings) -> int | None:
    """Return when a version made now deletes itself; a negative mount setting forbids it."""
    if mount.delete_version_after_s < 0:
        return None
    delays_s = [s for s in (mount.delete_version_after_s, key.delete_version_after_s) if s]
    return now_ns + min(delays_s) * SECOND_NS if delays_s else None
