"""`sys/policies/acl`, the older `sys/policy`, and `sys/capabilities`."""

from sandbox.vault.backend import Routes
from sandbox.vault.policies.store import Policy
from sandbox.vault.stores import Stores
from sandbox.vault.tokens.entry import Token
from sandbox.vault.wire.answers import NO_CONTENT, Answer, Refusal, counted, not_found
from sandbox.vault.wire.request import Operation, Request

ROUTES = Routes()
_POLICY = "policies/acl/(?P<name>.+)"
_OLD_POLICY = "policy/(?P<name>.+)"


@ROUTES.on("policies/acl/", Operation.LIST)
def list_names(stores: Stores, request: Request) -> Answer:  # noqa: ARG001 - a handler
    """Return the names of all policies."""
    return Answer({"keys": stores.policies.names()})


@ROUTES.on("policy/?", Operation.READ, Operation.LIST)
def list_old(stores: Stores, request: Request) -> Answer:  # noqa: ARG001 - a handler
    """Return the names of all policies as clients of old expect them."""
    names = stores.policies.names()
    return Answer({"keys": names, "policies": names}, on_top=True)


@ROUTES.on(_POLICY, Operation.READ)
def read(stores: Stores, request: Request, name: str) -> Answer:  # noqa: ARG001 - a handler
    """Return a policy's text."""
    return Answer({"name": name.lower(), "policy": _found(stores, name).text})


@ROUTES.on(_OLD_POLICY, Operation.READ)
def read_old(stores: Stores, request: Request, name: str) -> Answer:  # noqa: ARG001 - a handler
    """Return a policy's text under the name of old."""
    return Answer({"name": name.lower(), "rules": _found(stores, name).text}, on_top=True)


@ROUTES.on(_POLICY, Operation.UPDATE)
@ROUTES.on(_OLD_POLICY, Operation.UPDATE)
def write(stores: Stores, request: Request, name: str) -> Answer:
    """Parse and keep a policy."""
    text = request.fields.text("policy") or request.fields.text("rules")
    if not text:
        raise Refusal(400, "'policy' parameter not supplied or empty")
    stores.policies.write(name, text)
    return NO_CONTENT


@ROUTES.on(_POLICY, Operation.DELETE)
@ROUTES.on(_OLD_POLICY, Operation.DELETE)
def delete(stores: Stores, request: Request, name: str) -> Answer:  # noqa: ARG001 - a handler
    """Forget a policy; one that is not there is no error."""
    stores.policies.delete(name)
    return NO_CONTENT


@ROUTES.on("capabilities-self", Operation.UPDATE)
def capabilities_self(stores: Stores, request: Request) -> Answer:
    """Return what the client may do at some paths."""
    return _capabilities(stores, request, request.client)


@ROUTES.on("capabilities", Operation.UPDATE)
def capabilities(stores: Stores, request: Request) -> Answer:
    """Return what a token may do at some paths."""
    token = stores.tokens.find(request.fields.text("token") or "", request.now)
    if token is None:
        raise Refusal(400, counted("invalid token"))
    return _capabilities(stores, request, token)


@ROUTES.on("capabilities-accessor", Operation.UPDATE)
def capabilities_accessor(stores: Stores, request: Request) -> Answer:
    """Return what a token may do at some paths, without naming it."""
    token = stores.tokens.find_accessor(request.fields.text("accessor") or "", request.now)
    if token is None:
        raise Refusal(400, counted("invalid accessor"))
    return _capabilities(stores, request, token)


def _capabilities(stores: Stores, request: Request, token: Token) -> Answer:
    paths = request.fields.names("paths") or request.fields.names("path")
    if not paths:
        raise Refusal(400, "paths must be supplied")
    by_path = {path: stores.access.listed(token, path.removeprefix("/")) for path in paths}
    if len(paths) == 1:
        by_path["capabilities"] = by_path[paths[0]]
    return Answer(by_path, on_top=True)


def _found(stores: Stores, name: str) -> Policy:
    policy = stores.policies.find(name)
    if policy is None:
        raise not_found()
    return policy
