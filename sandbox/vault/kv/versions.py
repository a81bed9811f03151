"""KV v2's `delete`, `undelete` and `destroy`: what becomes of single versions."""

from sandbox.vault.backend import Routes
from sandbox.vault.kv.keys import KeySpace
from sandbox.vault.kv.settings import deletion_ns
from sandbox.vault.wire.answers import NO_CONTENT, Answer, Refusal
from sandbox.vault.wire.request import Operation, Request

ROUTES = Routes()


@ROUTES.on("delete/(?P<key>.*)", Operation.UPDATE)
def delete(space: KeySpace, request: Request, key: str) -> Answer:
    """Mark versions as deleted."""
    numbers = _numbers(request, "No version number provided")
    if key in space.keys:
        space.keys[key].delete(numbers, request.now.wall_ns)
    return NO_CONTENT


@ROUTES.on("undelete/(?P<key>.*)", Operation.UPDATE)
def undelete(space: KeySpace, request: Request, key: str) -> Answer:
    """Take the mark off again; what is destroyed stays so."""
    numbers = _numbers(request, "No version number provided")
    if key in space.keys:
        held = space.keys[key]
        again_ns = deletion_ns(request.now.wall_ns, space.settings, held.settings)
        for version in held.named(numbers):
            version.deletion_ns = version.deletion_ns if version.destroyed else again_ns
    return NO_CONTENT


@ROUTES.on("destroy/(?P<key>.*)", Operation.UPDATE)
def destroy(space: KeySpace, request: Request, key: str) -> Answer:
    """Drop the data of versions for good."""
    numbers = _numbers(request, "no version number provided")
    if key in space.keys:
        for version in space.keys[key].named(numbers):
            version.destroyed, version.data = True, None
    return NO_CONTENT


def _numbers(request: Request, missing: str) -> list[int]:
    numbers = request.fields.whole_numbers("versions")
    if not numbers:
        raise Refusal(400, missing)
    return numbers
