"""KV v2's `metadata` and `config`: what is known of a key, and what it must obey."""

from sandbox.vault.backend import Routes
from sandbox.vault.folders import list_folder
from sandbox.vault.kv.custom_metadata import valid_custom_metadata
from sandbox.vault.kv.keys import Key, KeySpace
from sandbox.vault.kv.settings import Settings
from sandbox.vault.wire.answers import NO_CONTENT, NOTHING_FOUND, Answer, not_found
from sandbox.vault.wire.json_values import merge_patch
from sandbox.vault.wire.request import Operation, Request

ROUTES = Routes()
_METADATA = "metadata/(?P<key>.*)"
_SETTABLE = ("max_versions", "cas_required", "delete_version_after", "custom_metadata")
_DISABLED_S = -1
_IGNORED = (
    '"cas_required" set to false, but is mandated by backend config. This value will be ignored.'
)


@ROUTES.on(_METADATA, Operation.READ)
def read(space: KeySpace, request: Request, key: str) -> Answer:  # noqa: ARG001 - a handler
    """Return everything about a key but its data."""
    if key not in space.keys:
        raise not_found()
    return Answer(space.keys[key].as_data())


@ROUTES.on(_METADATA, Operation.LIST)
def list_keys(space: KeySpace, request: Request, key: str) -> Answer:  # noqa: ARG001 - a handler
    """Return the names in a folder."""
    return list_folder(space.keys, key)


@ROUTES.on(_METADATA, Operation.UPDATE)
def write(space: KeySpace, request: Request, key: str) -> Answer:
    """Set what was sent; the key is made if need be, without any version."""
    if not any(request.fields.has(name) for name in _SETTABLE):
        return NO_CONTENT
    now_ns = request.now.wall_ns
    held = space.keys.get(key) or Key(now_ns, now_ns)
    _describe(request, held, merges=False)
    space.keys[key] = held
    return _warned(space, request)


@ROUTES.on(_METADATA, Operation.PATCH)
def patch(space: KeySpace, request: Request, key: str) -> Answer:
    """Set what was sent; null removes."""
    if key not in space.keys:
        return NOTHING_FOUND
    _describe(request, space.keys[key], merges=True)
    return _warned(space, request)


@ROUTES.on(_METADATA, Operation.DELETE)
def delete(space: KeySpace, request: Request, key: str) -> Answer:  # noqa: ARG001 - a handler
    """Forget a key with all its versions."""
    space.keys.pop(key, None)
    return NO_CONTENT


@ROUTES.on("config", Operation.READ)
def read_config(space: KeySpace, request: Request) -> Answer:  # noqa: ARG001 - a handler
    """Return the settings of the mount."""
    return Answer(space.settings.as_data())


@ROUTES.on("config", Operation.UPDATE)
def write_config(space: KeySpace, request: Request) -> Answer:
    """Change the settings of the mount; any negative delay forbids timed deletion."""
    after_s = request.fields.signed_seconds("delete_version_after")
    _configure(request, space.settings, None if after_s is None else max(after_s, _DISABLED_S))
    return NO_CONTENT


def _describe(request: Request, held: Key, *, merges: bool) -> None:
    after_s = request.fields.seconds("delete_version_after")
    custom = request.fields.mapping("custom_metadata")
    if custom is not None:
        custom = valid_custom_metadata(
            merge_patch(held.custom_metadata, custom) if merges else custom
        )
    _configure(request, held.settings, after_s)
    if request.fields.has("custom_metadata"):
        held.custom_metadata = custom


def _configure(request: Request, settings: Settings, after_s: int | None) -> None:
    max_versions = request.fields.whole("max_versions")
    cas_required = request.fields.flag("cas_required")
    if max_versions is not None:
        settings.max_versions = max_versions % 2**32
    if cas_required is not None:
        settings.cas_required = cas_required
    if after_s is not None:
        settings.delete_version_after_s = after_s


def _warned(space: KeySpace, request: Request) -> Answer:
    if space.settings.cas_required and request.fields.flag("cas_required") is False:
        return Answer(warnings=[_IGNORED])
    return NO_CONTENT
