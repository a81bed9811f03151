"""AppRole as one mountable method: the sign-in, and the roles."""

from copy import copy
from typing import ClassVar

from sandbox.vault.approle import secret_id_paths
from sandbox.vault.approle.login import login
from sandbox.vault.approle.roles import Role, RoleTable
from sandbox.vault.backend import Backend, Routes
from sandbox.vault.folders import list_folder
from sandbox.vault.tokens.leases import MountLimits
from sandbox.vault.tokens.store import TokenStore
from sandbox.vault.wire.answers import NO_CONTENT, Answer, Refusal, not_found
from sandbox.vault.wire.request import Operation, Request

_ROUTES = Routes()
_ROLE = "role/(?P<name>[^/]+)"


class AppRole(RoleTable, Backend):
    """An AppRole method; `limits` are those of its mount."""

    def __init__(self, limits: MountLimits, tokens: TokenStore) -> None:
        super().__init__()
        self._limits = limits
        self._tokens = tokens

    def is_open(self, path: str) -> bool:
        """Tell whether the path needs no token: signing in."""
        return path == "login"

    def exists(self, request: Request, path: str) -> bool:  # noqa: ARG002 - others look at who asks
        """Tell whether a role exists; everything below a role is only ever updated."""
        head, _, name = path.partition("/")
        return head != "role" or "/" in name or name.lower() in self.roles

    @_ROUTES.on("login", Operation.UPDATE)
    def login(self, request: Request) -> Answer:
        """Sign in with a role_id and, where the role wants it, a secret_id."""
        return login(request, self.roles, self._limits, self._tokens)

    @_ROUTES.on("role/", Operation.LIST)
    def list_roles(self, request: Request) -> Answer:  # noqa: ARG002 - a handler
        """Return the names of the roles."""
        return list_folder(self.roles, "")

    @_ROUTES.on(_ROLE, Operation.READ)
    def read_role(self, request: Request, name: str) -> Answer:  # noqa: ARG002 - a handler
        """Return a role's settings."""
        return Answer(self.role(name, not_found()).as_data())

    @_ROUTES.on(_ROLE, Operation.UPDATE)
    def write_role(self, request: Request, name: str) -> Answer:
        """Make a role or change it."""
        role = copy(self.roles.get(name.lower()) or Role())
        role_id = request.fields.text("role_id")
        if role_id:
            self.check_role_id(role_id, name)
        role.change(request.fields)
        role.role_id = role_id or role.role_id
        self.roles[name.lower()] = role
        return NO_CONTENT

    @_ROUTES.on(_ROLE, Operation.DELETE)
    def delete_role(self, request: Request, name: str) -> Answer:  # noqa: ARG002 - a handler
        """Forget a role with its secret_ids."""
        self.roles.pop(name.lower(), None)
        return NO_CONTENT

    @_ROUTES.on(f"{_ROLE}/role-id", Operation.READ)
    def read_role_id(self, request: Request, name: str) -> Answer:  # noqa: ARG002 - a handler
        """Return a role's role_id."""
        return Answer({"role_id": self.role(name, not_found()).role_id})

    @_ROUTES.on(f"{_ROLE}/role-id", Operation.UPDATE)
    def write_role_id(self, request: Request, name: str) -> Answer:
        """Choose a role's role_id."""
        role = self.role(name, not_found())
        role_id = request.fields.text("role_id")
        if not role_id:
            raise Refusal(400, "missing role_id")
        self.check_role_id(role_id, name)
        role.role_id = role_id
        return NO_CONTENT

    routes: ClassVar[Routes] = Routes(_ROUTES, secret_id_paths.ROUTES)
