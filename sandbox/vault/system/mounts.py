"""`sys/mounts`, `sys/auth` and `sys/internal/ui/mounts`: what is mounted, and mounting."""

from collections.abc import Iterable
from typing import Any

from sandbox.vault.backend import Routes
from sandbox.vault.mounts import AUTH, Mount
from sandbox.vault.stores import Stores
from sandbox.vault.system.mounting import new_mount, tune
from sandbox.vault.wire.answers import NO_CONTENT, Answer, Refusal
from sandbox.vault.wire.request import Operation, Request

ROUTES = Routes()
_FIXED = frozenset({"sys/", "cubbyhole/", "identity/", AUTH})
_TOKEN_MOUNT = "auth/token/"


@ROUTES.on("mounts", Operation.READ)
def list_secrets(stores: Stores, request: Request) -> Answer:  # noqa: ARG001 - a handler
    """Return every secrets engine by its path."""
    return Answer(_listed(stores.mounts.secrets()), on_top=True)


@ROUTES.on("auth", Operation.READ)
def list_auths(stores: Stores, request: Request) -> Answer:  # noqa: ARG001 - a handler
    """Return every auth method by its path below `auth/`."""
    return Answer(_listed(stores.mounts.auths()), on_top=True)


@ROUTES.on("mounts/(?P<path>.+)/tune", Operation.READ)
@ROUTES.on("auth/(?P<path>.+)/tune", Operation.READ)
def read_tuning(stores: Stores, request: Request, path: str) -> Answer:
    """Return a mount's lease limits."""
    mount = stores.mounts.get(_full_path(request, path))
    if mount is None:
        raise Refusal(400, f'cannot fetch sysview for path "{path}/"')
    return Answer(mount.as_tuned(), on_top=True)


@ROUTES.on("mounts/(?P<path>.+)/tune", Operation.UPDATE)
@ROUTES.on("auth/(?P<path>.+)/tune", Operation.UPDATE)
def write_tuning(stores: Stores, request: Request, path: str) -> Answer:
    """Change a mount's description and lease limits; KV v1 is not made a v2."""
    mount = stores.mounts.get(_full_path(request, path))
    if mount is None:
        raise Refusal(400, f'tune of path "{path}/" failed: no mount entry found')
    version = (request.fields.mapping("options") or {}).get("version")
    if version is not None and str(version) != (mount.options or {}).get("version"):
        raise Refusal(400, "the sandbox does not change the version of a mounted KV engine")
    tune(mount, request.fields)
    return NO_CONTENT


@ROUTES.on("mounts/(?P<path>.+)", Operation.READ)
@ROUTES.on("auth/(?P<path>.+)", Operation.READ)
def read(stores: Stores, request: Request, path: str) -> Answer:
    """Return one mount."""
    full_path = _full_path(request, path)
    mount = stores.mounts.get(full_path)
    if mount is None:
        kind = "auth engine" if full_path.startswith(AUTH) else "secret engine mount"
        raise Refusal(400, f"No {kind} at {path}/")
    return Answer(mount.as_listed(), on_top=True)


@ROUTES.on("mounts/(?P<path>.+)", Operation.UPDATE)
@ROUTES.on("auth/(?P<path>.+)", Operation.UPDATE)
def enable(stores: Stores, request: Request, path: str) -> Answer:
    """Mount a KV engine or an AppRole method."""
    full_path = _full_path(request, path)
    if full_path in _FIXED or path.startswith(AUTH):
        raise Refusal(400, f'cannot mount "{path}/"')
    mount = new_mount(full_path, request.fields, stores.tokens)
    if (other := stores.mounts.in_the_way(full_path)) is not None:
        raise Refusal(400, f"path is already in use at {_shown(other)}")
    stores.mounts.add(mount)
    return NO_CONTENT


@ROUTES.on("mounts/(?P<path>.+)", Operation.DELETE)
@ROUTES.on("auth/(?P<path>.+)", Operation.DELETE)
def disable(stores: Stores, request: Request, path: str) -> Answer:
    """Unmount, with all that is in it; the tokens that an auth method gave end too."""
    full_path = _full_path(request, path)
    if full_path == _TOKEN_MOUNT:
        raise Refusal(400, "token credential backend cannot be disabled")
    if full_path in _FIXED:
        raise Refusal(400, f'cannot unmount "{path}/"')
    stores.mounts.remove(full_path)
    if full_path.startswith(AUTH):
        stores.tokens.revoke_made_at(full_path)
    return NO_CONTENT


@ROUTES.on("internal/ui/mounts", Operation.READ)
def list_visible(stores: Stores, request: Request) -> Answer:
    """Return the mounts that the client may use; without a client none."""
    token = stores.tokens.find(request.token_id, request.now)

    def visible(mounts: Iterable[Mount]) -> dict[str, Any]:
        return _listed(m for m in mounts if token and stores.access.reaches(token, m.path))

    mounts = stores.mounts
    return Answer({"auth": visible(mounts.auths()), "secret": visible(mounts.secrets())})


@ROUTES.on("internal/ui/mounts/(?P<path>.+)", Operation.READ)
def read_visible(stores: Stores, request: Request, path: str) -> Answer:
    """Return the mount that serves a path; the command line asks this before any `kv`."""
    token = stores.tokens.find(request.token_id, request.now)
    if token is None:
        raise Refusal(403, "permission denied")
    mount = stores.mounts.serving(path)
    if mount is None or not stores.access.reaches(token, mount.path):
        raise Refusal(
            403,
            "preflight capability check returned 403, please ensure client's policies "
            f'grant access to path "{path.rstrip("/")}/"',
        )
    return Answer({**mount.as_listed(), "path": _shown(mount)})


def _listed(mounts: Iterable[Mount]) -> dict[str, Any]:
    return {_shown(mount): mount.as_listed() for mount in mounts}


def _shown(mount: Mount) -> str:
    return mount.path.removeprefix(AUTH)


def _full_path(request: Request, path: str) -> str:
    table = AUTH if request.path.startswith("sys/auth/") else ""
    return f"{table}{path.strip('/')}/"
