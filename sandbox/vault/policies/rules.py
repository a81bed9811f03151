"""The rules in a policy file."""

from dataclasses import dataclass
from typing import Any

from sandbox.vault.policies.hcl import Block, parse
from sandbox.vault.policies.hcl_tokens import HclError
from sandbox.vault.wire.answers import Refusal

CAPABILITIES = frozenset({"deny", "create", "read", "update", "delete", "list", "sudo", "patch"})
DENY = frozenset({"deny"})

_LEGACY = {
    "deny": DENY,
    "read": frozenset({"read", "list"}),
    "write": frozenset({"create", "read", "update", "delete", "list"}),
    "sudo": frozenset({"create", "read", "update", "delete", "list", "sudo"}),
}
_ATTRIBUTES = frozenset({"capabilities", "policy", "comment"})
_NOT_ENFORCED = frozenset(
    {
        "allowed_parameters",
        "denied_parameters",
        "required_parameters",
        "min_wrapping_ttl",
        "max_wrapping_ttl",
        "mfa_methods",
        "control_group",
        "expiration",
        "pagination_limit",
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What may be done at a path, which may hold `+` segments and end in `*`."""

    path: str
    capabilities: frozenset[str]

    @property
    def has_segments(self) -> bool:
        """Tell whether a `+` stands for a whole segment somewhere."""
        return "+" in self.path.removesuffix("*").split("/")

    @property
    def is_prefix(self) -> bool:
        """Tell whether it ends in `*`."""
        return self.path.endswith("*")


def rules_in(text: str) -> tuple[Rule, ...]:
    """Return the rules of a policy file.

    Raises:
        Refusal: 400, with what is wrong and where.
    """
    try:
        top = parse(text)
        return tuple(_rule(name, path, block) for name, path, block in _paths(top))
    except HclError as failure:
        raise Refusal(400, f"failed to parse policy: {failure}") from None


def _paths(top: Block) -> list[tuple[str, str, Any]]:
    """Return the labelled blocks, also those of `path = { "a" = {...} }`."""
    paths: list[tuple[str, str, Any]] = list(top.blocks)
    for name, value in top.attributes.items():
        if name == "path" and isinstance(value, Block) and not value.blocks:
            paths += [(name, path, body) for path, body in value.attributes.items()]
        elif name != "name":
            raise HclError(f'invalid key "{name}"')
    return paths


def _rule(name: str, path: str, block: Any) -> Rule:
    if name != "path":
        raise HclError(f'invalid key "{name}"')
    if not isinstance(block, Block):
        raise HclError(f'path "{path}": a block was expected')
    for attribute in [*block.attributes, *(nested for nested, _, _ in block.blocks)]:
        _check_attribute(path, attribute)
    if "+*" in path:
        raise HclError(f"path \"{path}\": invalid use of wildcards ('+*' is forbidden)")
    if "{{" in path:
        raise HclError(f'path "{path}": the sandbox does not fill in identity templates')
    return Rule(path.removeprefix("/"), _capabilities(path, block.attributes))


def _check_attribute(path: str, attribute: str) -> None:
    if attribute in _NOT_ENFORCED:
        raise HclError(f'path "{path}": the sandbox does not enforce "{attribute}"')
    if attribute not in _ATTRIBUTES:
        raise HclError(f'path "{path}": invalid key "{attribute}"')


def _capabilities(path: str, attributes: dict[str, Any]) -> frozenset[str]:
    listed = attributes.get("capabilities", [])
    if not isinstance(listed, list):
        raise HclError(f'path "{path}": capabilities must be a list')
    for capability in listed:
        if not isinstance(capability, str) or capability not in CAPABILITIES:
            raise HclError(f'path "{path}": invalid capability "{capability}"')
    capabilities = frozenset(listed)
    if (legacy := attributes.get("policy")) is not None:
        if not isinstance(legacy, str) or legacy not in _LEGACY:
            raise HclError(f'path "{path}": invalid policy "{legacy}"')
        capabilities |= _LEGACY[legacy]
    return DENY if capabilities & DENY else capabilities
