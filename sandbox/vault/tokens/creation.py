"""`auth/token/create`: a token made by a token."""

from typing import Any

from sandbox.vault.identifiers import TOKEN_PREFIX
from sandbox.vault.policies.store import PolicyStore
from sandbox.vault.tokens.entry import ROOT_POLICY, Token, token_policies
from sandbox.vault.tokens.kinds import BATCH, refuse_batch, wanted_kind
from sandbox.vault.tokens.leases import SYSTEM_MAX_TTL_S, Terms
from sandbox.vault.tokens.store import TokenStore
from sandbox.vault.wire.answers import Answer, Refusal
from sandbox.vault.wire.request import Request
from sandbox.vault.wrapping import POLICIES as WRAPPING_POLICIES

_PREFIXES = ("s.", TOKEN_PREFIX[:4])
_WEAK_ID = (
    "Supplying a custom ID for the token uses the weaker SHA1 hashing instead of the more "
    "secure SHA2-256 HMAC for token obfuscation. SHA1 hashed tokens on the wire leads to "
    "less secure lookups."
)


def create(
    request: Request, tokens: TokenStore, policies: PolicyStore, *, orphan: bool = False
) -> Answer:
    """Make a token for the client and hand it out.

    Raises:
        Refusal: 400, for what the client may not ask, or what makes no sense.
    """
    refuse_batch(request.client.kind, "create more tokens")
    if request.fields.text("entity_alias"):
        raise Refusal(400, "'entity_alias' is only allowed in combination with token role")
    orphan = orphan or bool(request.fields.flag("no_parent"))
    _check_rights(request, orphan=orphan)
    token = _token(request, orphan=orphan)
    if token.kind == BATCH and token.is_root:
        refuse_batch(BATCH, "be root tokens")
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


def _token(request: Request, *, orphan: bool) -> Token:
    fields = request.fields
    kind = wanted_kind(fields)
    renewable = fields.flag("renewable")
    num_uses = fields.whole("num_uses") or 0
    if num_uses < 0:
        raise Refusal(400, "number of uses cannot be negative")
    return Token(
        policies=_policies(request),
        path=request.path,
        created=request.now,
        terms=Terms(
            max_ttl_s=SYSTEM_MAX_TTL_S,
            explicit_max_ttl_s=fields.seconds("explicit_max_ttl") or 0,
            period_s=fields.seconds("period") or 0,
        ),
        display_name=_display_name(fields.text("display_name")),
        metadata=_metadata(fields.mapping("meta")),
        num_uses=num_uses,
        renewable=renewable is not False,
        parent=None if orphan else request.client.id,
        kind=kind,
        bound_cidrs=() if orphan else request.client.bound_cidrs,
    )


def _policies(request: Request) -> tuple[str, ...]:
    """Return the wanted policies; without any, those of the client."""
    names = request.fields.names("policies")
    with_default = not request.fields.flag("no_default_policy")
    if not names:
        kept = list(request.client.policies)
        return token_policies(kept, with_default=with_default and "default" in kept)
    wanted = token_policies(names, with_default=with_default)
    if set(wanted) & set(WRAPPING_POLICIES):
        raise Refusal(400, f'cannot assign policy "{WRAPPING_POLICIES[0]}"')
    if request.client.is_root:
        return wanted
    if ROOT_POLICY in wanted and request.has_sudo:
        raise Refusal(400, "root tokens may not be created without parent token being root")
    if request.has_sudo:
        return wanted
    held = request.client.policies
    if not set(token_policies(names, with_default=False)) <= set(held):
        raise Refusal(400, "child policies must be subset of parent")
    return token_policies(names, with_default=with_default and "default" in held)


def _check_rights(request: Request, *, orphan: bool) -> None:
    if request.client.num_uses:
        raise Refusal(400, "restricted use token cannot generate child tokens")
    if request.has_sudo:
        return
    needs = "root or sudo privileges required to"
    if orphan and not request.path.endswith("create-orphan"):
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
