"""`auth/token/create`: a token made by a token."""

from typing import Any

from sandbox.vault.identifiers import TOKEN_PREFIX
from sandbox.vault.policies.store import PolicyStore
from sandbox.vault.tokens.entry import Token
from sandbox.vault.tokens.granted_policies import granted_policies
from sandbox.vault.tokens.kinds import BATCH, refuse_batch, wanted_kind
from sandbox.vault.tokens.leases import SYSTEM_MAX_TTL_S, Terms
from sandbox.vault.tokens.roles import TokenRole
from sandbox.vault.tokens.store import TokenStore
from sandbox.vault.wire.answers import Answer, Refusal
from sandbox.vault.wire.request import Request

_CREATE = "auth/token/create"
_PREFIXES = ("s.", TOKEN_PREFIX[:4])
_WEAK_ID = (
    "Supplying a custom ID for the token uses the weaker SHA1 hashing instead of the more "
    "secure SHA2-256 HMAC for token obfuscation. SHA1 hashed tokens on the wire leads to "
    "less secure lookups."
)


def create(
    request: Request,
    tokens: TokenStore,
    policies: PolicyStore,
    *,
    orphan: bool = False,
    role: TokenRole | None = None,
) -> Answer:
    """Make a token for the client, by the role where there is one, and hand it out.

    Raises:
        Refusal: 400, for what the client may not ask, or what makes no sense.
    """
    refuse_batch(request.client.kind, "create more tokens")
    if request.fields.text("entity_alias"):
        raise Refusal(400, "'entity_alias' is only allowed in combination with token role")
    _check_rights(request, role)
    token = _token(request, role, orphan=_is_orphan(request, role, orphan=orphan))
    if token.is_root:
        refuse_batch(token.kind, "be root tokens")
    warnings = [f'Policy "{n}" does not exist' for n in token.policies if not policies.find(n)]
    token_id = request.fields.text("id")
    if token_id is not None and token.kind != BATCH:
        token.id = _custom_id(token_id, tokens, request)
        warnings.append(_WEAK_ID)
    warnings += _start(request, token, tokens)
    return Answer(auth=token.as_auth(), warnings=warnings or None)


def _start(request: Request, token: Token, tokens: TokenStore) -> list[str]:
    """Begin the lease; a root token that asks for none lives for ever."""
    wanted_s = request.fields.seconds("ttl") or request.fields.seconds("lease") or 0
    limited = wanted_s or token.terms.period_s or token.terms.explicit_max_ttl_s
    if token.is_root and not limited:
        if request.client.deadline_s is not None:
            raise Refusal(400, "expiring root tokens cannot create non-expiring root tokens")
        token.renewable = False
        tokens.add(token)
        return []
    return tokens.issue(token, wanted_s)


def _token(request: Request, role: TokenRole | None, *, orphan: bool) -> Token:
    fields = request.fields
    num_uses = fields.whole("num_uses") or 0
    if num_uses < 0:
        raise Refusal(400, "number of uses cannot be negative")
    kind = wanted_kind(fields, role.token_type if role else "")
    token = Token(
        policies=granted_policies(request, role),
        path=request.path,
        created=request.now,
        terms=_terms(request, role if kind != BATCH else None),
        display_name=_display_name(fields.text("display_name")),
        metadata=_metadata(fields.mapping("meta")),
        num_uses=num_uses,
        renewable=fields.flag("renewable") is not False,
        parent=None if orphan else request.client.id,
        kind=kind,
        bound_cidrs=() if orphan or role else request.client.bound_cidrs,
    )
    if role is not None:
        _put_under(role, token)
    return token


def _put_under(role: TokenRole, token: Token) -> None:
    """Give a token what its role wants of it."""
    token.role = role.name
    token.path += f"/{role.path_suffix}" if role.path_suffix else ""
    token.renewable = token.renewable and role.renewable
    token.bound_cidrs = tuple(role.token_bound_cidrs)
    token.num_uses = _lesser(token.num_uses, role.token_num_uses)


def _terms(request: Request, role: TokenRole | None) -> Terms:
    explicit_max_s = request.fields.seconds("explicit_max_ttl") or 0
    period_s = request.fields.seconds("period") or 0
    return Terms(
        max_ttl_s=SYSTEM_MAX_TTL_S,
        explicit_max_ttl_s=_lesser(explicit_max_s, role.token_explicit_max_ttl if role else 0),
        period_s=_lesser(period_s, role.token_period if role else 0),
    )


def _lesser(asked: int, of_role: int) -> int:
    """Return the lesser of two limits; 0 is none."""
    return min(asked or of_role, of_role or asked)


def _is_orphan(request: Request, role: TokenRole | None, *, orphan: bool) -> bool:
    if role is not None:
        return role.orphan
    return orphan or bool(request.fields.flag("no_parent"))


def _check_rights(request: Request, role: TokenRole | None) -> None:
    if request.client.num_uses:
        raise Refusal(400, "restricted use token cannot generate child tokens")
    if request.has_sudo:
        return
    needs = "root or sudo privileges required to"
    if request.fields.flag("no_parent") and role is None and request.path == _CREATE:
        raise Refusal(400, f"{needs} create orphan token")
    if request.fields.has("id"):
        raise Refusal(400, f"{needs} specify token id")
    if request.fields.seconds("period"):
        raise Refusal(400, f"{needs} create periodic token")


def _custom_id(token_id: str, tokens: TokenStore, request: Request) -> str:
    for prefix in _PREFIXES:
        if token_id.startswith(prefix):
            raise Refusal(400, f"custom token ID cannot have the '{prefix}' prefix")
    if "." in token_id:
        raise Refusal(400, "custom token ID cannot have a '.' in the value")
    if tokens.find(token_id, request.now) is not None:
        raise Refusal(400, "cannot create a token with a duplicate ID")
    return token_id


def _display_name(wanted: str | None) -> str:
    if not wanted:
        return "token"
    cleaned = "".join(letter if letter.isalnum() else "-" for letter in wanted)
    return f"token-{cleaned.strip('-')}"


def _metadata(pairs: dict[str, Any] | None) -> dict[str, str] | None:
    return {key: str(value) for key, value in pairs.items()} if pairs else None
