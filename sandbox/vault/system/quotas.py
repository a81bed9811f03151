"""`sys/quotas/`: rate limits, and whether answers tell of them."""

from sandbox.vault.backend import Routes
from sandbox.vault.quotas import RateLimit
from sandbox.vault.stores import Stores
from sandbox.vault.wire.answers import NO_CONTENT, Answer, Refusal, not_found
from sandbox.vault.wire.request import Operation, Request

ROUTES = Routes()
_QUOTA = "quotas/rate-limit/(?P<name>[^/]+)"
_CONFIG = "quotas/config"
_HEADERS = "enable_rate_limit_response_headers"


@ROUTES.on(_CONFIG, Operation.READ)
def read_config(stores: Stores, request: Request) -> Answer:  # noqa: ARG001 - a handler
    """Return whether answers tell of quotas."""
    return Answer({_HEADERS: stores.quotas.has_headers, "enable_rate_limit_audit_logging": False})


@ROUTES.on(_CONFIG, Operation.UPDATE)
def write_config(stores: Stores, request: Request) -> Answer:
    """Say whether answers tell of quotas."""
    stores.quotas.has_headers = bool(request.fields.flag(_HEADERS))
    return NO_CONTENT


@ROUTES.on("quotas/rate-limit/?", Operation.LIST)
def list_names(stores: Stores, request: Request) -> Answer:  # noqa: ARG001 - a handler
    """Return the names of all rate limits."""
    if not stores.quotas.by_name:
        raise not_found()
    return Answer({"keys": sorted(stores.quotas.by_name)})


@ROUTES.on(_QUOTA, Operation.READ)
def read(stores: Stores, request: Request, name: str) -> Answer:  # noqa: ARG001 - a handler
    """Return a rate limit."""
    quota = stores.quotas.by_name.get(name)
    if quota is None:
        raise not_found()
    return Answer(
        {
            "block_interval": 0,
            "interval": quota.interval_s,
            "name": quota.name,
            "path": quota.path,
            "rate": quota.rate,
            "role": "",
            "type": "rate-limit",
        }
    )


@ROUTES.on(_QUOTA, Operation.UPDATE)
def write(stores: Stores, request: Request, name: str) -> Answer:
    """Make a rate limit, or begin it anew."""
    fields = request.fields
    rate = fields.text("rate")
    if not rate or float(rate) <= 0:
        raise Refusal(400, "'rate' is invalid")
    if fields.signed_seconds("block_interval") or fields.text("role"):
        raise Refusal(400, "the sandbox plays no block_interval and no role of a rate limit")
    interval_s = fields.seconds("interval") or 1
    path = fields.text("path") or ""
    stores.quotas.by_name[name] = RateLimit(name, path, float(rate), interval_s)
    return NO_CONTENT


@ROUTES.on(_QUOTA, Operation.DELETE)
def delete(stores: Stores, request: Request, name: str) -> Answer:  # noqa: ARG001 - a handler
    """Forget a rate limit; one that is not there is no error."""
    stores.quotas.by_name.pop(name, None)
    return NO_CONTENT
