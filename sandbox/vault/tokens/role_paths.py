"""`auth/token/roles`: making, telling and forgetting token roles."""

from copy import copy
from typing import Protocol

from sandbox.vault.backend import Routes
from sandbox.vault.folders import list_folder
from sandbox.vault.tokens.roles import TokenRole
from sandbox.vault.wire.answers import NO_CONTENT, Answer, not_found
from sandbox.vault.wire.request import Operation, Request

ROUTES = Routes()
_ROLE = "roles/(?P<name>[^/]+)"


class HasRoles(Protocol):
    """What keeps token roles by name."""

    roles: dict[str, TokenRole]


@ROUTES.on("roles/", Operation.LIST)
def list_roles(table: HasRoles, request: Request) -> Answer:  # noqa: ARG001 - a handler
    """Return the names of the roles."""
    return list_folder(table.roles, "")


@ROUTES.on(_ROLE, Operation.READ)
def read(table: HasRoles, request: Request, name: str) -> Answer:  # noqa: ARG001 - a handler
    """Return a role's settings."""
    if name not in table.roles:
        raise not_found()
    return Answer(table.roles[name].as_data())


@ROUTES.on(_ROLE, Operation.UPDATE)
def write(table: HasRoles, request: Request, name: str) -> Answer:
    """Make a role or change it."""
    role = copy(table.roles.get(name) or TokenRole(name))
    role.change(request.fields)
    table.roles[name] = role
    return NO_CONTENT


@ROUTES.on(_ROLE, Operation.DELETE)
def delete(table: HasRoles, request: Request, name: str) -> Answer:  # noqa: ARG001 - a handler
    """Forget a role; its tokens live on."""
    table.roles.pop(name, None)
    return NO_CONTENT
