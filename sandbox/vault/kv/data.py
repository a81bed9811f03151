"""KV v2's `data` and `subkeys`: read, write, merge and soft-delete a secret."""

from typing import Any

from sandbox.vault.backend import Routes
from sandbox.vault.kv.keys import Key, KeySpace
from sandbox.vault.wire.answers import NO_CONTENT, NOTHING_FOUND, Answer, Refusal
from sandbox.vault.wire.json_values import as_float64, merge_patch
from sandbox.vault.wire.request import Operation, Request

ROUTES = Routes()
_DATA = "data/(?P<key>.*)"


@ROUTES.on(_DATA, Operation.READ)
def read(space: KeySpace, request: Request, key: str) -> Answer:
    """Return a version with its metadata; without its data when it is gone."""
    held, number = space.version(key, request.fields.whole("version") or 0)
    version = held.versions[number]
    gone = version.is_gone(request.now.wall_ns)
    data = {"data": None if gone else version.data, "metadata": held.described(number)}
    return Answer(data, status=404 if gone else 200)


@ROUTES.on(_DATA, Operation.UPDATE)
def write(space: KeySpace, request: Request, key: str) -> Answer:
    """Add a version, if the check-and-set parameter allows."""
    data, options = _sent(request)
    now_ns = request.now.wall_ns
    held = space.keys.get(key) or Key(now_ns, now_ns)
    held.check_cas(options, space.settings)
    return _add(space, request, key, held, as_float64(data))


@ROUTES.on(_DATA, Operation.PATCH)
def patch(space: KeySpace, request: Request, key: str) -> Answer:
    """Add a version that merges into the current one."""
    data, options = _sent(request)
    held = space.keys.get(key)
    if held is None or held.current_version not in held.versions:
        return NOTHING_FOUND
    held.check_cas(options, space.settings)
    current = held.versions[held.current_version]
    if current.is_gone(request.now.wall_ns):
        return Answer(held.described(held.current_version), status=404)
    return _add(space, request, key, held, merge_patch(current.data, as_float64(data)))


@ROUTES.on(_DATA, Operation.DELETE)
def delete_current(space: KeySpace, request: Request, key: str) -> Answer:
    """Mark the current version as deleted."""
    held = space.keys.get(key)
    if held is not None:
        held.delete([held.current_version], request.now.wall_ns)
    return NO_CONTENT


@ROUTES.on("subkeys/(?P<key>.*)", Operation.READ)
def read_subkeys(space: KeySpace, request: Request, key: str) -> Answer:
    """Return the shape of a version without any value."""
    depth = request.fields.whole("depth") or 0
    held, number = space.version(key, request.fields.whole("version") or 0)
    version = held.versions[number]
    gone = version.is_gone(request.now.wall_ns)
    subkeys = None if gone else _shape(version.data or {}, depth)
    data = {"metadata": held.described(number), "subkeys": subkeys}
    return Answer(data, status=404 if gone else 200)


def _sent(request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    data = request.fields.mapping("data")
    if data is None:
        raise Refusal(400, "no data provided")
    return data, request.fields.mapping("options") or {}


def _add(
    space: KeySpace, request: Request, key: str, held: Key, data: dict[str, Any] | None
) -> Answer:
    held.add(data, request.now.wall_ns, space.settings)
    space.keys[key] = held
    return Answer(held.described(held.current_version))


def _shape(value: dict[str, Any], depth: int) -> dict[str, Any]:
    """Return the keys without the values, `depth` levels deep (0: all)."""
    return {
        key: _shape(item, depth - 1) if isinstance(item, dict) and item and depth != 1 else None
        for key, item in value.items()
    }
