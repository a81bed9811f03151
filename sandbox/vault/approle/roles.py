"""AppRole's roles: what a sign-in gets and what it needs."""

from dataclasses import dataclass, field, fields
from typing import Any

from sandbox.vault.approle.secret_id import SecretId
from sandbox.vault.cidr import check_blocks
from sandbox.vault.identifiers import new_uuid
from sandbox.vault.tokens.kinds import BATCH, kind_of_type
from sandbox.vault.wire.answers import Refusal, counted
from sandbox.vault.wire.fields import Fields


@dataclass(slots=True)
class Role:
    """What a sign-in gets, and what it needs; the fields are those of the API."""

    bind_secret_id: bool = True
    secret_id_bound_cidrs: list[str] = field(default_factory=list)
    secret_id_num_uses: int = 0
    secret_id_ttl: int = 0
    token_bound_cidrs: list[str] = field(default_factory=list)
    token_explicit_max_ttl: int = 0
    token_max_ttl: int = 0
    token_no_default_policy: bool = False
    token_num_uses: int = 0
    token_period: int = 0
    token_policies: list[str] = field(default_factory=list)
    token_ttl: int = 0
    token_type: str = "default"
    role_id: str = field(default_factory=new_uuid)
    entity_id: str = field(default_factory=new_uuid)
    secret_ids: dict[str, SecretId] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """Return the role as the API tells it."""
        settings = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _HIDDEN}
        return {
            **settings,
            "local_secret_ids": False,
            "secret_id_bound_cidrs": self.secret_id_bound_cidrs or None,
            "token_strictly_bind_ip": False,
        }

    def change(self, sent: Fields) -> None:
        """Take over what was sent.

        Raises:
            Refusal: 400 or 500, when the role would make no sense.
        """
        for name in (f.name for f in fields(self) if f.name not in _HIDDEN):
            value = _sent(sent, name, getattr(self, name))
            if value is not None:
                setattr(self, name, value)
        self._check()

    def _check(self) -> None:
        if not (self.bind_secret_id or self.token_bound_cidrs or self.secret_id_bound_cidrs):
            raise Refusal(500, counted("at least one constraint should be enabled on the role"))
        if self.token_max_ttl and self.token_ttl > self.token_max_ttl:
            raise Refusal(400, "'token_ttl' cannot be greater than 'token_max_ttl'")
        check_blocks(self.secret_id_bound_cidrs, "invalid CIDR blocks")
        check_blocks(self.token_bound_cidrs, "invalid CIDR address")
        self._check_type()

    def _check_type(self) -> None:
        if self.token_type not in _TOKEN_TYPES:
            raise Refusal(400, f"invalid 'token_type' value \"{self.token_type}\"")
        if kind_of_type(self.token_type) != BATCH:
            return
        unfit = "'token_type' cannot be 'batch' or 'default_batch' when set to generate"
        if self.token_period:
            raise Refusal(400, f"{unfit} periodic tokens")
        if self.token_num_uses:
            raise Refusal(400, f"{unfit} tokens with limited use count")


_TOKEN_TYPES = frozenset({"default", "service", "batch", "default-service", "default-batch"})
_HIDDEN = frozenset({"role_id", "entity_id", "secret_ids"})
_SECONDS = frozenset(
    {"secret_id_ttl", "token_explicit_max_ttl", "token_max_ttl", "token_period", "token_ttl"}
)
_OLD_NAMES = {
    "token_policies": "policies",
    "token_period": "period",
    "secret_id_bound_cidrs": "bound_cidr_list",
}


class RoleTable:
    """The roles of one mounted AppRole; their names are kept in lower case."""

    def __init__(self) -> None:
        self.roles: dict[str, Role] = {}

    def role(self, name: str, otherwise: Refusal) -> Role:
        """Return a role.

        Raises:
            Refusal: the one given, when there is no such role.
        """
        role = self.roles.get(name.lower())
        if role is None:
            raise otherwise
        return role

    def check_role_id(self, role_id: str, name: str) -> None:
        """See to it that no other role has that role_id.

        Raises:
            Refusal: 500, when one has.
        """
        others = (role for held, role in self.roles.items() if held != name.lower())
        if any(role.role_id == role_id for role in others):
            raise Refusal(500, counted("role_id already in use"))


def _sent(sent: Fields, name: str, current: Any) -> Any:
    if not sent.has(name) and name in _OLD_NAMES:
        name = _OLD_NAMES[name]
    if name in _SECONDS or name == "period":
        return sent.seconds(name)
    match current:
        case bool():
            return sent.flag(name)
        case int():
            return sent.whole(name)
        case list():
            return sent.names(name)
    return sent.text(name)
