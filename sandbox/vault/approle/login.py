"""Signing in by AppRole."""

from collections.abc import Mapping

from sandbox.vault.approle.roles import Role
from sandbox.vault.approle.secret_id import SecretId
from sandbox.vault.cidr import admits
from sandbox.vault.tokens.entry import Token, token_policies
from sandbox.vault.tokens.kinds import kind_of_type
from sandbox.vault.tokens.leases import MountLimits, Terms
from sandbox.vault.tokens.store import TokenStore
from sandbox.vault.wire.answers import Answer, Refusal
from sandbox.vault.wire.request import Request


def login(
    request: Request, roles: Mapping[str, Role], limits: MountLimits, tokens: TokenStore
) -> Answer:
    """Check the ids and hand out a token.

    Raises:
        Refusal: 400, which does not tell a wrong role_id from a wrong secret_id.
    """
    name, role = _role(request, roles)
    used = _use_secret_id(request, role) if role.bind_secret_id else None
    _check_address(request, used.cidr_list if used else [], "secret ID")
    _check_address(request, role.secret_id_bound_cidrs, "role")
    metadata = {**(used.metadata if used else {}), "role_name": name}
    token = Token(
        policies=token_policies(role.token_policies, with_default=not role.token_no_default_policy),
        path=request.path,
        created=request.now,
        terms=_terms(role, limits),
        display_name=_display_name(request.path),
        metadata=metadata,
        num_uses=role.token_num_uses,
        entity_id=role.entity_id,
        kind=kind_of_type(role.token_type),
        bound_cidrs=tuple((used.token_bound_cidrs if used else []) or role.token_bound_cidrs),
    )
    warnings = tokens.issue(token, 0)
    return Answer(auth=token.as_auth(), warnings=warnings or None)


def _role(request: Request, roles: Mapping[str, Role]) -> tuple[str, Role]:
    role_id = request.fields.text("role_id")
    if not role_id:
        raise Refusal(400, "missing role_id")
    for name, role in roles.items():
        if role.role_id == role_id:
            return name, role
    raise _invalid()


def _use_secret_id(request: Request, role: Role) -> SecretId:
    secret_id = request.fields.text("secret_id")
    if not secret_id:
        raise Refusal(400, "missing secret_id")
    held = role.secret_ids.get(secret_id)
    if held is None or held.has_ended(request.now):
        raise _invalid()
    if held.uses_left is not None:
        held.uses_left -= 1
        if not held.uses_left:
            del role.secret_ids[secret_id]
    return held


def _check_address(request: Request, blocks: list[str], bound: str) -> None:
    """See to it that the client is where the secret_id or the role wants it.

    `token_bound_cidrs` are no matter here: such a token is given to anybody and then
    works from its blocks alone.
    """
    if not admits(blocks, request.client_host):
        raise Refusal(
            400,
            f'source address "{request.client_host}" unauthorized through CIDR restrictions '
            f"on the {bound}",
        )


def _terms(role: Role, limits: MountLimits) -> Terms:
    return Terms(
        default_ttl_s=role.token_ttl or limits.usual_s,
        max_ttl_s=min(role.token_max_ttl or limits.longest_s, limits.longest_s),
        explicit_max_ttl_s=role.token_explicit_max_ttl,
        period_s=role.token_period,
    )


def _display_name(path: str) -> str:
    return path.removeprefix("auth/").removesuffix("/login").replace("/", "-")


def _invalid() -> Refusal:
    return Refusal(400, "invalid role or secret ID")
