"""Every token there is, and how they are issued, renewed and revoked."""

from collections.abc import Iterator

from sandbox.vault.clock import Instant
from sandbox.vault.tokens.entry import Token
from sandbox.vault.tokens.leases import grant


class TokenStore:
    """Every token by id and by accessor; a token dies with any of its ancestors."""

    def __init__(self) -> None:
        self._by_id: dict[str, Token] = {}
        self._by_accessor: dict[str, Token] = {}

    def add(self, token: Token) -> Token:
        """Keep a token."""
        self._by_id[token.id] = token
        if token.accessor:
            self._by_accessor[token.accessor] = token
        return token

    def issue(self, token: Token, wanted_s: int) -> list[str]:
        """Keep a token and start its lease; return the warnings about the lease."""
        token.lease_s, warnings = grant(token.terms, wanted_s, 0)
        token.creation_ttl_s = token.lease_s
        token.deadline_s = token.created.monotonic_s + token.lease_s
        self.add(token)
        return warnings

    def renew(self, token: Token, wanted_s: int, now: Instant) -> list[str]:
        """Begin the lease anew; return the warnings about it."""
        age_s = now.monotonic_s - token.created.monotonic_s
        token.lease_s, warnings = grant(token.terms, wanted_s, age_s)
        token.deadline_s = now.monotonic_s + token.lease_s
        token.renewed_at_ns = now.wall_ns
        return warnings

    def find(self, token_id: str, now: Instant) -> Token | None:
        """Return the live token of that id."""
        token = self._by_id.get(token_id)
        return token if token is not None and self._lives(token, now) else None

    def find_accessor(self, accessor: str, now: Instant) -> Token | None:
        """Return the live token of that accessor."""
        token = self._by_accessor.get(accessor)
        return token if token is not None and self._lives(token, now) else None

    def revoke(self, token: Token) -> None:
        """Forget a token, and so end its children."""
        self._by_id.pop(token.id, None)
        self._by_accessor.pop(token.accessor, None)

    def orphan_children(self, token: Token) -> None:
        """Let the children of a token outlive it."""
        for child in self._by_id.values():
            if child.parent == token.id:
                child.parent = None

    def revoke_made_at(self, mount_path: str) -> None:
        """Forget every token that was made below a mount's path."""
        for token in [t for t in self._by_id.values() if t.path.startswith(mount_path)]:
            self.revoke(token)

    def live(self, now: Instant) -> Iterator[Token]:
        """Yield every live token."""
        return (token for token in self._by_id.values() if self._lives(token, now))

    def _lives(self, token: Token | None, now: Instant) -> bool:
        while token is not None and not token.has_ended(now):
            if token.parent is None:
                return True
            token = self._by_id.get(token.parent)
        return False
