"""What a token may do: the rules of its policies, and which of them decides."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.vault.policies.rules import DENY, Rule
from sandbox.vault.policies.store import Policy, PolicyStore
from sandbox.vault.tokens.entry import Token
from sandbox.vault.wire.request import Operation

NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True)
class Acl:
    """The merged rules of some policies: exact paths, prefixes, and paths with `+`."""

    exact: dict[str, frozenset[str]] = field(default_factory=dict)
    prefixes: dict[str, frozenset[str]] = field(default_factory=dict)
    segmented: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, policies: Iterable[Policy]) -> "Acl":
        """Return the rules of all the policies together."""
        acl = cls()
        for policy in policies:
            for rule in policy.rules:
                acl._add(rule)
        return acl

    def capabilities(self, path: str, *, listing: bool) -> frozenset[str]:
        """Return what the deciding rule allows at a path; a listing may lack its last slash."""
        bare = path.removesuffix("/")
        if path in self.exact:
            return self.exact[path]
        if listing and bare in self.exact:
            return self.exact[bare]
        if listing and bare != path and (found := self._best_pattern(bare)) is not None:
            return found
        return self._best_pattern(path) or NOTHING

    def reaches(self, mount: str) -> bool:
        """Tell whether anything at all is allowed below a mount's path."""
        allowed = (path for path, caps in self.exact.items() if caps - DENY)
        return (
            any(path.startswith(mount) for path in allowed)
            or any(
                path.startswith(mount) or mount.startswith(path)
                for path, caps in self.prefixes.items()
                if caps - DENY
            )
            or any(
                _segments_reach(path, mount) for path, caps in self.segmented.items() if caps - DENY
            )
        )

    def _add(self, rule: Rule) -> None:
        """Add a rule; deny wins over whatever else is said of the same path."""
        path = rule.path
        if rule.has_segments:
            rules = self.segmented
        elif rule.is_prefix:
            rules, path = self.prefixes, rule.path.removesuffix("*")
        else:
            rules = self.exact
        merged = rules.get(path, NOTHING) | rule.capabilities
        rules[path] = DENY if merged & DENY else merged

    def _best_pattern(self, path: str) -> frozenset[str] | None:
        """Return what the most specific pattern that matches allows, or None without any."""
        matches = [
            (_priority(f"{prefix}*"), capabilities)
            for prefix, capabilities in self.prefixes.items()
            if path.startswith(prefix)
        ]
        matches += [
            (_priority(pattern), capabilities)
            for pattern, capabilities in self.segmented.items()
            if _matches(pattern, path)
        ]
        return max(matches, key=lambda match: match[0])[1] if matches else None


class Access:
    """Evaluates tokens against policies; merged rules are kept until a policy changes."""

    def __init__(self, policies: PolicyStore) -> None:
        self._policies = policies
        self._revision = -1
        self._merged: dict[tuple[str, ...], Acl] = {}

    def acl(self, token: Token) -> Acl:
        """Return the merged rules of a token that is not root."""
        if self._revision != self._policies.revision:
            self._merged.clear()
            self._revision = self._policies.revision
        if token.policies not in self._merged:
            found = (self._policies.find(name) for name in token.policies)
            self._merged[token.policies] = Acl.of(policy for policy in found if policy)
        return self._merged[token.policies]

    def allowed(self, token: Token, path: str, operation: Operation) -> frozenset[str]:
        """Return the capabilities that decide on the operation at that path."""
        return self.acl(token).capabilities(path, listing=operation is Operation.LIST)

    def listed(self, token: Token, path: str) -> list[str]:
        """Return the capabilities at a path as `sys/capabilities` names them."""
        if token.is_root:
            return ["root"]
        return sorted(self.acl(token).capabilities(path, listing=True)) or ["deny"]

    def reaches(self, token: Token, mount: str) -> bool:
        """Tell whether the token may do anything below a mount's path."""
        return token.is_root or self.acl(token).reaches(mount)


def _priority(pattern: str) -> tuple[int, bool, int, int, str]:
    """Return the order that Vault documents: the greater one decides.

    Later first wildcard, then no trailing `*`, then fewer `+`, then longer, then the
    greater text.
    """
    bare = pattern.removesuffix("*")
    segments = bare.split("/").count("+")
    first = bare.index("+") if segments else len(bare)
    return first, pattern == bare, -segments, len(bare), bare


def _matches(pattern: str, path: str) -> bool:
    wanted, given = pattern.removesuffix("*").split("/"), path.split("/")
    if pattern.endswith("*"):
        if len(given) < len(wanted) or not given[len(wanted) - 1].startswith(wanted[-1]):
            return False
        wanted, given = wanted[:-1], given[: len(wanted) - 1]
    return len(wanted) == len(given) and all(
        part in ("+", actual) for part, actual in zip(wanted, given, strict=True)
    )


def _segments_reach(pattern: str, mount: str) -> bool:
    parts = zip(pattern.removesuffix("*").split("/"), mount.rstrip("/").split("/"), strict=False)
    return all(part in ("+", actual) for part, actual in parts)
