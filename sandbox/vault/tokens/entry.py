"""A token: what it may, how long it lives, how often it may be used."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.vault.clock import SECOND_NS, Instant, rfc3339
from sandbox.vault.identifiers import new_accessor, new_batch_token, new_token
from sandbox.vault.tokens.kinds import BATCH, SERVICE
from sandbox.vault.tokens.leases import Terms

ROOT_POLICY = "root"
LAST_USE = -1
"""`num_uses` of a token during its last request, as Vault shows it."""


@dataclass(slots=True)
class Token:
    """One token; `parent` None makes it an orphan, `deadline_s` None lets it live for ever.

    A batch token has no accessor and cannot be renewed.
    """

    policies: tuple[str, ...]
    path: str
    created: Instant
    terms: Terms = field(default_factory=Terms)
    lease_s: int = 0
    display_name: str = "token"
    metadata: Mapping[str, str] | None = None
    num_uses: int = 0
    renewable: bool = True
    parent: str | None = None
    entity_id: str = ""
    kind: str = SERVICE
    bound_cidrs: tuple[str, ...] = ()
    role: str = ""
    id: str = field(default_factory=new_token)
    accessor: str = field(default_factory=new_accessor)
    creation_ttl_s: int = 0
    deadline_s: float | None = None
    renewed_at_ns: int | None = None

    def __post_init__(self) -> None:
        if self.kind == BATCH:
            self.id, self.accessor, self.renewable = new_batch_token(), "", False

    @property
    def is_root(self) -> bool:
        """Tell whether policies do not bind it."""
        return self.policies == (ROOT_POLICY,)

    @property
    def lease_id(self) -> str:
        """Name its lease; empty for a token that lives for ever and for a batch token."""
        if self.deadline_s is None or self.kind == BATCH:
            return ""
        return f"{self.path}/h{hashlib.sha256(self.id.encode()).hexdigest()}"

    def has_ended(self, now: Instant) -> bool:
        """Tell whether its lease is over."""
        return self.deadline_s is not None and self.deadline_s <= now.monotonic_s

    def as_auth(self) -> dict[str, Any]:
        """Return the `auth` of the answer that hands it out."""
        return {
            "client_token": self.id,
            "accessor": self.accessor,
            "policies": list(self.policies),
            "token_policies": list(self.policies),
            "metadata": self.metadata,
            "lease_duration": self.lease_s,
            "renewable": self.renewable,
            "entity_id": self.entity_id,
            "token_type": self.kind,
            "orphan": self.parent is None,
            "mfa_requirement": None,
            "num_uses": self.num_uses,
        }

    def as_lookup(self, now: Instant) -> dict[str, Any]:
        """Return what a lookup tells."""
        return {
            "accessor": self.accessor,
            "creation_time": self.created.wall_ns // SECOND_NS,
            "creation_ttl": self.creation_ttl_s,
            "display_name": self.display_name,
            "entity_id": self.entity_id,
            "explicit_max_ttl": self.terms.explicit_max_ttl_s,
            "id": self.id,
            "issue_time": rfc3339(self.created.wall_ns),
            "meta": self.metadata,
            "num_uses": self.num_uses,
            "orphan": self.parent is None,
            "path": self.path,
            "policies": list(self.policies),
            "renewable": self.renewable,
            "type": self.kind,
            **self._lifetime(now),
            **self._ties(),
        }

    def _ties(self) -> dict[str, Any]:
        ties: dict[str, Any] = {}
        if self.bound_cidrs:
            ties["bound_cidrs"] = list(self.bound_cidrs)
        if self.role:
            ties["role"] = self.role
        return ties

    def _lifetime(self, now: Instant) -> dict[str, Any]:
        lifetime: dict[str, Any] = {"ttl": 0, "expire_time": None}
        if self.deadline_s is not None:
            lifetime["ttl"] = math.ceil(self.deadline_s - now.monotonic_s)
            lifetime["expire_time"] = rfc3339(now.wall_ns_at(self.deadline_s))
        if self.terms.period_s:
            lifetime["period"] = self.terms.period_s
        if self.renewed_at_ns is not None:
            lifetime["last_renewal"] = rfc3339(self.renewed_at_ns)
            lifetime["last_renewal_time"] = self.renewed_at_ns // SECOND_NS
        return lifetime


def spend(token: Token) -> bool:
    """Count one use; return whether it was the last one."""
    if token.num_uses > 1:
        token.num_uses -= 1
        return False
    if token.num_uses == 1:
        token.num_uses = LAST_USE
    return token.num_uses == LAST_USE


def token_policies(names: list[str], *, with_default: bool) -> tuple[str, ...]:
    """Return the names as a token carries them: sorted, lower case, root alone."""
    cleaned = {name.strip().lower() for name in names} - {""}
    if ROOT_POLICY in cleaned:
        return (ROOT_POLICY,)
    return tuple(sorted(cleaned | ({"default"} if with_default else set())))
