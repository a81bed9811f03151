"""KV v2: versioned secrets with check-and-set, as one mountable engine."""

from typing import ClassVar

from sandbox.vault.backend import Backend, Routes
from sandbox.vault.kv import data, metadata, versions
from sandbox.vault.kv.keys import KeySpace
from sandbox.vault.wire.answers import NO_CONTENT, Answer, not_found
from sandbox.vault.wire.request import Operation, Request

_CONFIG = "config"
_HEADS = ("data/", "metadata/", "subkeys/", "delete/", "undelete/", "destroy/")
_ROOTS = frozenset({"data", "metadata"})
_COMMANDS = {
    Operation.READ: "get",
    Operation.LIST: "list",
    Operation.DELETE: "delete",
    Operation.PATCH: "patch",
}


class Kv2(KeySpace, Backend):
    """A KV v2 engine; a request touches one key, whatever their number."""

    routes: ClassVar[Routes] = Routes(data.ROUTES, versions.ROUTES, metadata.ROUTES)

    def handle(self, request: Request, path: str) -> Answer:
        """Do what the request asks; KV v1's paths get the advice that Vault gives."""
        if path != _CONFIG and not path.startswith(_HEADS):
            return _advice(request.operation, path)
        if path.endswith("/") and request.operation is not Operation.LIST:
            return _folder_touched(request.operation)
        return super().handle(request, path)

    def exists(self, request: Request, path: str) -> bool:  # noqa: ARG002 - others look at who asks
        """Tell whether the key exists; versions and settings are only ever updated."""
        head, _, key = path.partition("/")
        return head not in _ROOTS or key in self.keys


def _folder_touched(operation: Operation) -> Answer:
    if operation is Operation.DELETE:
        return NO_CONTENT
    raise not_found()


def _advice(operation: Operation, path: str) -> Answer:
    if path.rstrip("/") in _ROOTS:
        advice = "Non-listing operations on the root of a K/V v2 mount are not supported."
    else:
        advice = (
            "Invalid path for a versioned K/V secrets engine. See the API docs for the "
            "appropriate API endpoints to use. If using the Vault CLI, use 'vault kv "
            f"{_COMMANDS.get(operation, 'put')}' for this operation."
        )
    return Answer(status=404, warnings=[advice])
