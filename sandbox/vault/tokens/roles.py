"""Token roles: what `auth/token/create/<role>` gives, whoever asks."""

import re
from dataclasses import dataclass, field, fields
from typing import Any

from sandbox.vault.cidr import check_blocks
from sandbox.vault.tokens.kinds import BATCH, kind_of_type
from sandbox.vault.wire.answers import Refusal
from sandbox.vault.wire.fields import Fields

_TYPES = frozenset({"default-service", "default-batch", "service", "batch"})
_SUFFIX = r"\w[\w-]+\w"
_NOT_PLAYED = ("allowed_policies_glob", "disallowed_policies_glob", "allowed_entity_aliases")
_OLD_NAMES = {
    "token_period": "period",
    "token_explicit_max_ttl": "explicit_max_ttl",
    "token_bound_cidrs": "bound_cidrs",
}


@dataclass(slots=True)
class TokenRole:
    """What the tokens of a role get; the fields are those of the API, 0 means not set."""

    name: str
    allowed_policies: list[str] = field(default_factory=list)
    disallowed_policies: list[str] = field(default_factory=list)
    orphan: bool = False
    path_suffix: str = ""
    renewable: bool = True
    token_bound_cidrs: list[str] = field(default_factory=list)
    token_explicit_max_ttl: int = 0
    token_no_default_policy: bool = False
    token_num_uses: int = 0
    token_period: int = 0
    token_type: str = "default-service"

    def change(self, sent: Fields) -> None:
        """Take over what was sent.

        Raises:
            Refusal: 400, when the role would make no sense.
        """
        for name in _NOT_PLAYED:
            if sent.names(name):
                raise Refusal(400, f'the sandbox does not enforce "{name}"')
        for name in (f.name for f in fields(self) if f.name != "name"):
            value = _sent(sent, name, getattr(self, name))
            if value is not None:
                setattr(self, name, value)
        self._check()

    def as_data(self) -> dict[str, Any]:
        """Return the role as the API tells it; some limits only where they are set."""
        told = {f.name: getattr(self, f.name) for f in fields(self)}
        for quiet in ("token_bound_cidrs", "token_num_uses"):
            if not told[quiet]:
                del told[quiet]
        return {
            **told,
            "allowed_entity_aliases": None,
            "allowed_policies_glob": [],
            "disallowed_policies_glob": [],
            "explicit_max_ttl": self.token_explicit_max_ttl,
            "period": self.token_period,
        }

    def _check(self) -> None:
        if self.path_suffix and not re.fullmatch(_SUFFIX, self.path_suffix):
            unfit = "given role path suffix contains invalid characters; must match"
            raise Refusal(400, f"{unfit} {_SUFFIX}")
        if self.token_type not in _TYPES:
            raise Refusal(400, f"invalid 'token_type' value \"{self.token_type}\"")
        check_blocks(self.token_bound_cidrs, "invalid CIDR address")
        unfit = "'token_type' cannot be 'batch' or 'default_batch' when set to generate"
        if kind_of_type(self.token_type) == BATCH and self.token_period:
            raise Refusal(400, f"{unfit} periodic tokens")
        if kind_of_type(self.token_type) == BATCH and self.token_num_uses:
            raise Refusal(400, f"{unfit} tokens with limited use count")


def _sent(sent: Fields, name: str, current: Any) -> Any:
    if not sent.has(name):
        name = _OLD_NAMES.get(name, name)
    if name.endswith(("period", "ttl")):
        return sent.seconds(name)
    match current:
        case bool():
            return sent.flag(name)
        case int():
            return sent.whole(name)
        case list():
            return sent.names(name)
    return sent.text(name)
