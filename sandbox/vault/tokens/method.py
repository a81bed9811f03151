"""`auth/token`: look up, renew, revoke and create tokens."""

from typing import ClassVar

from sandbox.vault.backend import Backend, Routes
from sandbox.vault.policies.store import PolicyStore
from sandbox.vault.tokens import role_paths
from sandbox.vault.tokens.creation import create
from sandbox.vault.tokens.entry import Token
from sandbox.vault.tokens.kinds import refuse_batch
from sandbox.vault.tokens.roles import TokenRole
from sandbox.vault.tokens.store import TokenStore
from sandbox.vault.wire.answers import NO_CONTENT, Answer, Refusal, counted
from sandbox.vault.wire.request import Operation, Request

_ROUTES = Routes()
_MADE_BY_TOKEN = "auth/token/create"


class TokenBackend(Backend):
    """The auth method that is always there."""

    def __init__(self, tokens: TokenStore, policies: PolicyStore) -> None:
        self._tokens = tokens
        self._policies = policies
        self.roles: dict[str, TokenRole] = {}

    def exists(self, request: Request, path: str) -> bool:  # noqa: ARG002 - others look at who asks
        """Tell whether a role exists; everything else is only ever updated."""
        head, _, name = path.partition("/")
        return head != "roles" or name in self.roles

    def needs_sudo(self, path: str) -> bool:
        """Tell whether the path needs the sudo capability."""
        return path.startswith(("accessors", "revoke-orphan"))

    @_ROUTES.on("lookup-self", Operation.READ, Operation.UPDATE)
    def lookup_self(self, request: Request) -> Answer:
        """Tell what is known of the token that asks."""
        return Answer(request.client.as_lookup(request.now))

    @_ROUTES.on("lookup", Operation.UPDATE)
    def lookup(self, request: Request) -> Answer:
        """Tell what is known of a token; without one, of the one that asks."""
        token_id = request.fields.text("token") or request.token_id
        token = self._tokens.find(token_id, request.now)
        if token is None:
            raise Refusal(403, "bad token")
        return Answer(token.as_lookup(request.now))

    @_ROUTES.on("lookup-accessor", Operation.UPDATE)
    def lookup_accessor(self, request: Request) -> Answer:
        """Tell what is known of a token, but not the token itself."""
        return Answer({**self._by_accessor(request).as_lookup(request.now), "id": ""})

    @_ROUTES.on("accessors/", Operation.LIST)
    def list_accessors(self, request: Request) -> Answer:
        """Return the accessor of every live token."""
        accessors = (token.accessor for token in self._tokens.live(request.now))
        return Answer({"keys": [accessor for accessor in accessors if accessor]})

    @_ROUTES.on("renew-self", Operation.UPDATE)
    def renew_self(self, request: Request) -> Answer:
        """Renew the token that asks."""
        return self._renew(request, request.client)

    @_ROUTES.on("renew", Operation.UPDATE)
    def renew(self, request: Request) -> Answer:
        """Renew a token."""
        token = self._tokens.find(_token_id(request), request.now)
        if token is None:
            raise Refusal(400, "token not found")
        return self._renew(request, token)

    @_ROUTES.on("renew-accessor", Operation.UPDATE)
    def renew_accessor(self, request: Request) -> Answer:
        """Renew a token without naming it."""
        answer = self._renew(request, self._by_accessor(request))
        return Answer(auth={**(answer.auth or {}), "client_token": ""}, warnings=answer.warnings)

    @_ROUTES.on("revoke-self", Operation.UPDATE)
    def revoke_self(self, request: Request) -> Answer:
        """End the token that asks."""
        refuse_batch(request.client.kind, "be revoked")
        self._tokens.revoke(request.client)
        return NO_CONTENT

    @_ROUTES.on("revoke", Operation.UPDATE)
    def revoke(self, request: Request) -> Answer:
        """End a token and its children; one that is not there is no error."""
        if token := self._tokens.find(_token_id(request), request.now):
            refuse_batch(token.kind, "be revoked")
            self._tokens.revoke(token)
        return NO_CONTENT

    @_ROUTES.on("revoke-orphan", Operation.UPDATE)
    def revoke_orphan(self, request: Request) -> Answer:
        """End a token but not its children."""
        token = self._tokens.find(_token_id(request), request.now)
        if token is None:
            raise Refusal(400, "token to revoke not found")
        refuse_batch(token.kind, "be revoked")
        self._tokens.orphan_children(token)
        self._tokens.revoke(token)
        return NO_CONTENT

    @_ROUTES.on("revoke-accessor", Operation.UPDATE)
    def revoke_accessor(self, request: Request) -> Answer:
        """End a token without naming it."""
        accessor = request.fields.text("accessor") or ""
        token = self._tokens.find_accessor(accessor, request.now)
        if token is None:
            return Answer(warnings=["No token found with this accessor"])
        self._tokens.revoke(token)
        return NO_CONTENT

    @_ROUTES.on("create", Operation.UPDATE)
    def create(self, request: Request) -> Answer:
        """Make a token."""
        return create(request, self._tokens, self._policies)

    @_ROUTES.on("create-orphan", Operation.UPDATE)
    def create_orphan(self, request: Request) -> Answer:
        """Make a token that outlives the one that asks."""
        return create(request, self._tokens, self._policies, orphan=True)

    @_ROUTES.on("create/(?P<role>[^/]+)", Operation.UPDATE)
    def create_for_role(self, request: Request, role: str) -> Answer:
        """Make a token by the terms of a role."""
        if role not in self.roles:
            raise Refusal(400, f"unknown role {role}")
        return create(request, self._tokens, self._policies, role=self.roles[role])

    def _renew(self, request: Request, token: Token) -> Answer:
        """Renew as wanted; what a token made asks for nothing gets its last lease again."""
        refuse_batch(token.kind, "be renewed")
        if not token.renewable:
            raise Refusal(400, "lease is not renewable")
        wanted_s = request.fields.seconds("increment") or 0
        if not wanted_s and token.path.startswith(_MADE_BY_TOKEN):
            wanted_s = token.lease_s
        warnings = self._tokens.renew(token, wanted_s, request.now)
        return Answer(auth=token.as_auth(), warnings=warnings or None)

    def _by_accessor(self, request: Request) -> Token:
        accessor = request.fields.text("accessor")
        if not accessor:
            raise Refusal(400, counted("missing accessor"))
        token = self._tokens.find_accessor(accessor, request.now)
        if token is None:
            raise Refusal(400, counted("invalid accessor"))
        return token

    routes: ClassVar[Routes] = Routes(_ROUTES, role_paths.ROUTES)


def _token_id(request: Request) -> str:
    token_id = request.fields.text("token")
    if not token_id:
        raise Refusal(400, "missing token ID")
    return token_id
