"""`sys/`: the backend that is about Vault itself."""

from typing import ClassVar

from sandbox.vault.backend import Backend, Routes
from sandbox.vault.stores import Stores
from sandbox.vault.system import leases, mounts, policies, quotas, wrapping
from sandbox.vault.wire.answers import NO_CONTENT, Answer
from sandbox.vault.wire.request import Operation, Request

_ROUTES = Routes()
_OPEN = ("wrapping/lookup", "internal/ui/mounts")
_SUDO = frozenset({"seal", "remount", "rotate", "audit"})
_SUDO_BELOW = (
    "auth/",
    "audit/",
    "raw/",
    "leases/lookup/",
    "leases/revoke-force/",
    "leases/revoke-prefix/",
)


@_ROUTES.on("seal", Operation.UPDATE)
def close_seal(stores: Stores, request: Request) -> Answer:  # noqa: ARG001 - a handler
    """Close the seal: nothing is served until it is opened again."""
    stores.seal.closed = True
    return NO_CONTENT


@_ROUTES.on("audit", Operation.READ)
def list_audits(stores: Stores, request: Request) -> Answer:  # noqa: ARG001 - a handler
    """Return the audit devices: there are none, and none can be enabled."""
    return Answer({}, on_top=True)


class System(Backend):
    """The paths below `sys/` that need an open seal."""

    routes: ClassVar[Routes] = Routes(
        _ROUTES, leases.ROUTES, mounts.ROUTES, policies.ROUTES, quotas.ROUTES, wrapping.ROUTES
    )

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def handle(self, request: Request, path: str) -> Answer:
        """Do what the request asks of Vault itself."""
        handler, arguments = self.routes.find(request.operation, path)
        return handler(self._stores, request, **arguments)

    def is_open(self, path: str) -> bool:
        """Tell whether the path needs no token."""
        return path.startswith(_OPEN)

    def needs_sudo(self, path: str) -> bool:
        """Tell whether the path needs the sudo capability."""
        return path in _SUDO or path.startswith(_SUDO_BELOW)
