"""`sys/wrapping`: wrap any data, look at what is wrapped, open it, move it."""

from sandbox.vault.backend import Routes
from sandbox.vault.stores import Stores
from sandbox.vault.wire.answers import Answer, Refusal
from sandbox.vault.wire.request import Operation, Request

ROUTES = Routes()


@ROUTES.on("wrapping/wrap", Operation.UPDATE)
def wrap(stores: Stores, request: Request) -> Answer:  # noqa: ARG001 - a handler
    """Return what was sent; the wish to have it wrapped does the rest."""
    if not request.wrap_ttl_s:
        raise Refusal(400, "endpoint requires response wrapping to be used")
    return Answer(request.data)


@ROUTES.on("wrapping/lookup", Operation.READ, Operation.UPDATE)
def look_up(stores: Stores, request: Request) -> Answer:
    """Tell what is known of a wrapped answer without opening it."""
    return stores.wrapping.lookup(request)


@ROUTES.on("wrapping/unwrap", Operation.UPDATE)
def unwrap(stores: Stores, request: Request) -> Answer:
    """Open a wrapped answer, once."""
    return stores.wrapping.unwrap(request)


@ROUTES.on("wrapping/rewrap", Operation.UPDATE)
def rewrap(stores: Stores, request: Request) -> Answer:
    """Move a wrapped answer to a new token."""
    return stores.wrapping.rewrap(request)
