"""AppRole's secret_ids: how long and how often they sign in."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.vault.clock import Instant, rfc3339
from sandbox.vault.identifiers import new_uuid

_NEVER = "0001-01-01T00:00:00Z"


@dataclass(slots=True)
class SecretId:
    """One secret_id; `uses_left` None means any number."""

    created: Instant
    ttl_s: int
    uses_left: int | None
    metadata: dict[str, str]
    cidr_list: list[str] = field(default_factory=list)
    token_bound_cidrs: list[str] = field(default_factory=list)
    secret_id: str = field(default_factory=new_uuid)
    accessor: str = field(default_factory=new_uuid)

    def has_ended(self, now: Instant) -> bool:
        """Tell whether its time is over."""
        return bool(self.ttl_s) and now.monotonic_s - self.created.monotonic_s >= self.ttl_s

    def as_new(self) -> dict[str, Any]:
        """Return what its maker is told."""
        return {
            "secret_id": self.secret_id,
            "secret_id_accessor": self.accessor,
            "secret_id_num_uses": self.uses_left or 0,
            "secret_id_ttl": self.ttl_s,
        }

    def as_lookup(self, now: Instant) -> dict[str, Any]:
        """Return what is told of it later."""
        created_ns = self.created.wall_ns
        ends_ns = now.wall_ns_at(self.created.monotonic_s + self.ttl_s)
        return {
            "cidr_list": self.cidr_list,
            "creation_time": rfc3339(created_ns),
            "expiration_time": rfc3339(ends_ns) if self.ttl_s else _NEVER,
            "last_updated_time": rfc3339(created_ns),
            "metadata": self.metadata,
            "secret_id_accessor": self.accessor,
            "secret_id_num_uses": self.uses_left or 0,
            "secret_id_ttl": self.ttl_s,
            "token_bound_cidrs": self.token_bound_cidrs,
        }
