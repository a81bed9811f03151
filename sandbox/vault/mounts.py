"""What is mounted where: secrets engines and auth methods."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.vault.backend import Backend
from sandbox.vault.identifiers import new_mount_accessor, new_uuid
from sandbox.vault.tokens.leases import SYSTEM_MAX_TTL_S, MountLimits

AUTH = "auth/"


@dataclass(slots=True)
class Mount:
    """One mounted backend."""

    path: str
    kind: str
    backend: Backend
    description: str = ""
    options: Mapping[str, str] | None = None
    limits: MountLimits = field(default_factory=MountLimits)
    uuid: str = field(default_factory=new_uuid)
    accessor: str = ""

    def __post_init__(self) -> None:
        prefix = f"auth_{self.kind}" if self.is_auth else self.kind
        self.accessor = self.accessor or new_mount_accessor(prefix)

    @property
    def is_auth(self) -> bool:
        """Tell whether tokens come from here."""
        return self.path.startswith(AUTH)

    def as_listed(self) -> dict[str, Any]:
        """Return the entry in `sys/mounts` or `sys/auth`."""
        config: dict[str, Any] = {
            "default_lease_ttl": self.limits.default_s,
            "max_lease_ttl": self.limits.max_s,
            "force_no_cache": False,
        }
        if self.is_auth:
            config["token_type"] = "default-service"
        return {
            "accessor": self.accessor,
            "config": config,
            "deprecation_status": "supported",
            "description": self.description,
            "external_entropy_access": False,
            "local": self.kind == "cubbyhole",
            "options": self.options,
            "plugin_version": "",
            "running_plugin_version": "",
            "running_sha256": "",
            "seal_wrap": False,
            "type": self.kind,
            "uuid": self.uuid,
        }

    def as_tuned(self) -> dict[str, Any]:
        """Return what `tune` tells."""
        tuning: dict[str, Any] = {
            "default_lease_ttl": self.limits.default_s or SYSTEM_MAX_TTL_S,
            "max_lease_ttl": self.limits.longest_s,
            "description": self.description,
            "force_no_cache": False,
        }
        if self.options:
            tuning["options"] = self.options
        if self.is_auth:
            tuning["token_type"] = "default-service"
        return tuning


class MountTable:
    """Mounts by path; the longest one that begins a request's path serves it."""

    def __init__(self) -> None:
        self._mounts: dict[str, Mount] = {}

    def add(self, mount: Mount) -> None:
        """Mount it; the path must be free."""
        self._mounts[mount.path] = mount

    def remove(self, path: str) -> None:
        """Unmount whatever is there."""
        self._mounts.pop(path, None)

    def get(self, path: str) -> Mount | None:
        """Return what is mounted exactly there."""
        return self._mounts.get(path)

    def serving(self, path: str) -> Mount | None:
        """Return the mount that serves a request's path, which may lack the last slash."""
        end = path.find("/")
        while end != -1:
            if (mount := self._mounts.get(path[: end + 1])) is not None:
                return mount
            end = path.find("/", end + 1)
        return self._mounts.get(f"{path}/")

    def in_the_way(self, path: str) -> Mount | None:
        """Return a mount at, above or below a path: two may not overlap."""
        for mount in self._mounts.values():
            if mount.path.startswith(path) or path.startswith(mount.path):
                return mount
        return None

    def secrets(self) -> Iterator[Mount]:
        """Yield the secrets engines."""
        return (mount for mount in self._mounts.values() if not mount.is_auth)

    def auths(self) -> Iterator[Mount]:
        """Yield the auth methods."""
        return (mount for mount in self._mounts.values() if mount.is_auth)
