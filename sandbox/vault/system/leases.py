"""`sys/leases`: the leases of tokens; nothing else has one here."""

from sandbox.vault.backend import Routes
from sandbox.vault.folders import list_folder
from sandbox.vault.stores import Stores
from sandbox.vault.tokens.entry import Token
from sandbox.vault.wire.answers import NO_CONTENT, Answer, Refusal
from sandbox.vault.wire.request import Operation, Request

ROUTES = Routes()


@ROUTES.on("leases/lookup", Operation.UPDATE)
def look_up(stores: Stores, request: Request) -> Answer:
    """Tell what is known of a lease."""
    lease_id = _named(request)
    token = _found(stores, request, lease_id)
    if token is None:
        raise Refusal(400, "invalid lease")
    known = token.as_lookup(request.now)
    return Answer(
        {
            "id": lease_id,
            "issue_time": known["issue_time"],
            "expire_time": known["expire_time"],
            "last_renewal": known.get("last_renewal"),
            "renewable": token.renewable,
            "ttl": known["ttl"],
        }
    )


@ROUTES.on("leases/lookup/(?P<prefix>.*)", Operation.LIST)
def list_leases(stores: Stores, request: Request, prefix: str) -> Answer:
    """Return the leases below a path, as folders."""
    leases = (token.lease_id for token in stores.tokens.live(request.now))
    return list_folder((lease for lease in leases if lease), prefix)


@ROUTES.on("leases/renew", Operation.UPDATE)
def renew(stores: Stores, request: Request) -> Answer:
    """Refuse: tokens are renewed elsewhere."""
    if _found(stores, request, _named(request)) is None:
        raise Refusal(400, "lease not found")
    raise Refusal(400, "tokens cannot be renewed through this endpoint")


@ROUTES.on("leases/revoke", Operation.UPDATE)
def revoke(stores: Stores, request: Request) -> Answer:
    """End a lease and its token; one that is not there is no error."""
    if (token := _found(stores, request, _named(request))) is not None:
        stores.tokens.revoke(token)
    return NO_CONTENT


@ROUTES.on("leases/revoke-prefix/(?P<prefix>.+)", Operation.UPDATE)
@ROUTES.on("leases/revoke-force/(?P<prefix>.+)", Operation.UPDATE)
def revoke_below(stores: Stores, request: Request, prefix: str) -> Answer:
    """End every lease below a path, for instance all tokens of an auth method."""
    for token in list(stores.tokens.live(request.now)):
        if token.lease_id.startswith(f"{prefix.rstrip('/')}/"):
            stores.tokens.revoke(token)
    return NO_CONTENT


def _named(request: Request) -> str:
    lease_id = request.fields.text("lease_id")
    if not lease_id:
        raise Refusal(400, "lease_id must be specified")
    return lease_id


def _found(stores: Stores, request: Request, lease_id: str) -> Token | None:
    tokens = stores.tokens.live(request.now)
    return next((token for token in tokens if token.lease_id == lease_id), None)
