"""The state of a KV v2 engine: keys with their versions, and how versions end."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.vault.clock import rfc3339
from sandbox.vault.kv.settings import Settings, deletion_ns
from sandbox.vault.wire.answers import Refusal, not_found

DEFAULT_MAX_VERSIONS = 10


@dataclass(slots=True)
class Version:
    """One version of a secret; `deletion_ns` may lie in the future."""

    created_ns: int
    deletion_ns: int | None
    data: dict[str, Any] | None
    destroyed: bool = False

    def is_gone(self, now_ns: int) -> bool:
        """Tell whether its data may no longer be read."""
        return self.destroyed or (self.deletion_ns is not None and self.deletion_ns <= now_ns)

    def as_data(self) -> dict[str, Any]:
        """Return its times and whether it was destroyed."""
        return {
            "created_time": rfc3339(self.created_ns),
            "deletion_time": "" if self.deletion_ns is None else rfc3339(self.deletion_ns),
            "destroyed": self.destroyed,
        }


@dataclass(slots=True)
class Key:
    """One secret: its versions by number, its settings and its custom metadata."""

    created_ns: int
    updated_ns: int
    settings: Settings = field(default_factory=Settings)
    custom_metadata: dict[str, str] | None = None
    current_version: int = 0
    oldest_version: int = 0
    versions: dict[int, Version] = field(default_factory=dict)

    def add(self, data: dict[str, Any] | None, now_ns: int, mount: Settings) -> Version:
        """Add a version and forget those beyond the number that is kept."""
        version = Version(now_ns, deletion_ns(now_ns, mount, self.settings), data)
        self.current_version += 1
        self.versions[self.current_version] = version
        self.updated_ns = now_ns
        kept = max(mount.max_versions, self.settings.max_versions) or DEFAULT_MAX_VERSIONS
        if self.current_version - self.oldest_version >= kept:
            self._trim(self.current_version - kept)
        return version

    def check_cas(self, options: dict[str, Any], mount: Settings) -> None:
        """Compare the check-and-set parameter with the current version.

        Raises:
            Refusal: 400, on a mismatch or where the parameter is required.
        """
        if "cas" in options:
            if _whole(options["cas"]) != self.current_version:
                raise Refusal(400, "check-and-set parameter did not match the current version")
        elif mount.cas_required or self.settings.cas_required:
            raise Refusal(400, "check-and-set parameter required for this call")

    def named(self, numbers: Iterable[int]) -> list[Version]:
        """Return those of the named versions that are held."""
        return [self.versions[number] for number in numbers if number in self.versions]

    def delete(self, numbers: Iterable[int], now_ns: int) -> None:
        """Mark versions as deleted, unless they are already gone."""
        for version in self.named(numbers):
            if not version.is_gone(now_ns):
                version.deletion_ns = now_ns

    def described(self, number: int) -> dict[str, Any]:
        """Return the metadata that accompanies one version."""
        return {
            **self.versions[number].as_data(),
            "custom_metadata": self.custom_metadata,
            "version": number,
        }

    def as_data(self) -> dict[str, Any]:
        """Return the whole metadata."""
        return {
            **self.settings.as_data(),
            "created_time": rfc3339(self.created_ns),
            "current_version": self.current_version,
            "custom_metadata": self.custom_metadata,
            "oldest_version": self.oldest_version,
            "updated_time": rfc3339(self.updated_ns),
            "versions": {str(number): held.as_data() for number, held in self.versions.items()},
        }

    def _trim(self, newest_forgotten: int) -> None:
        for number in range(self.oldest_version, newest_forgotten + 1):
            self.versions.pop(number, None)
        self.oldest_version = newest_forgotten + 1


class KeySpace:
    """Every key of one engine, and the settings of its mount."""

    def __init__(self) -> None:
        self.keys: dict[str, Key] = {}
        self.settings = Settings()

    def version(self, key: str, wanted: int) -> tuple[Key, int]:
        """Return the key and the number of a version it holds; 0 wants the latest.

        Raises:
            Refusal: 404, when it was never written or is trimmed.
        """
        held = self.keys.get(key)
        if held is None:
            raise not_found()
        number = wanted if wanted > 0 else held.current_version
        if number not in held.versions:
            raise not_found()
        return held, number


def _whole(cas: Any) -> int:
    """Return the number that Go's weak decoding makes of a check-and-set parameter."""
    if cas is None or cas == "":
        return 0
    if isinstance(cas, float | list | dict):
        raise Refusal(400, "error parsing check-and-set parameter")
    try:
        return int(cas)
    except ValueError:
        raise Refusal(400, "error parsing check-and-set parameter") from None
