"""The order in which Vault judges a request."""

from sandbox.vault import wrapping
from sandbox.vault.cidr import admits
from sandbox.vault.mounts import Mount
from sandbox.vault.stores import Stores
from sandbox.vault.tokens.entry import Token, spend
from sandbox.vault.wire.answers import Answer, Refusal, denied
from sandbox.vault.wire.request import Operation, Request


class Core:
    """Vault without HTTP; `stores` is all of its state."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores

    def answer(self, request: Request) -> Answer:
        """Judge a request and do it.

        Raises:
            Refusal: Vault's no, with status and texts.
        """
        if (answer := self.stores.seal.answer(request)) is not None:
            return answer
        if self.stores.seal.closed:
            raise Refusal(503, "Vault is sealed")
        if request.writes and request.path.endswith("/"):
            raise Refusal(400, "cannot write to a path ending in '/'")
        if request.path in wrapping.PATHS:
            self.stores.wrapping.check(request)
        return self._wrapped(request, self._admitted(request))

    def _admitted(self, request: Request) -> Answer:
        mount = self.stores.mounts.serving(request.path)
        if mount is not None and mount.backend.is_open(_below(mount, request)):
            return mount.backend.handle(request, _below(mount, request))
        request.token = token = self._signed_in(request)
        is_last_use = spend(token)
        try:
            self._authorize(request, mount)
            return self._handled(request, mount)
        finally:
            if is_last_use:
                self.stores.tokens.revoke(token)

    def _signed_in(self, request: Request) -> Token:
        token = self.stores.tokens.find(request.token_id, request.now)
        if token is None or not admits(token.bound_cidrs, request.client_host):
            raise Refusal(403, "permission denied")
        return token

    def _authorize(self, request: Request, mount: Mount | None) -> None:
        """See to it that the token's policies allow this."""
        if request.client.is_root:
            request.has_sudo = True
            return
        allowed = self.stores.access.allowed(request.client, request.path, request.operation)
        request.has_sudo = "sudo" in allowed
        if self._capability(request, mount) not in allowed:
            raise denied()
        needs_sudo = mount is not None and mount.backend.needs_sudo(_below(mount, request))
        if needs_sudo and not request.has_sudo:
            raise denied()

    def _capability(self, request: Request, mount: Mount | None) -> str:
        """Return the capability it takes; writing what is not there yet takes `create`."""
        if request.operation is not Operation.UPDATE or mount is None:
            return request.operation
        exists = mount.backend.exists(request, _below(mount, request))
        return Operation.UPDATE if exists else Operation.CREATE

    def _handled(self, request: Request, mount: Mount | None) -> Answer:
        if mount is None:
            raise Refusal(404, f'no handler for route "{request.path}". route entry not found.')
        return mount.backend.handle(request, _below(mount, request))

    def _wrapped(self, request: Request, answer: Answer) -> Answer:
        """Return the answer, or where it was wanted so the token that opens it."""
        has_content = answer.data is not None or answer.auth is not None
        if not request.wrap_ttl_s or not has_content or answer.bare is not None:
            return answer
        return self.stores.wrapping.wrap(wrapping.wrapped_answer(answer, request), request.now)


def _below(mount: Mount, request: Request) -> str:
    return request.path[len(mount.path) :]
