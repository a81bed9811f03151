"""Which policies a new token gets: those wanted, as far as client and role allow."""

from collections.abc import Iterable

from sandbox.vault.tokens.entry import ROOT_POLICY, token_policies
from sandbox.vault.tokens.roles import TokenRole
from sandbox.vault.wire.answers import Refusal
from sandbox.vault.wire.request import Request
from sandbox.vault.wrapping import POLICIES as WRAPPING_POLICIES

_DEFAULT = "default"


def granted_policies(request: Request, role: TokenRole | None) -> tuple[str, ...]:
    """Return the policies of the token that the client asks for.

    Raises:
        Refusal: 400, for what neither the client nor the role may give away.
    """
    without_default = request.fields.flag("no_default_policy") or (
        role is not None and role.token_no_default_policy
    )
    names = request.fields.names("policies") or []
    if role is not None and (role.allowed_policies or role.disallowed_policies):
        chosen = _by_role(request, role, names, adds_default=not without_default)
    else:
        chosen = _by_client(request, names, adds_default=not without_default)
    granted = tuple(name for name in chosen if name != _DEFAULT or not without_default)
    _check(request, granted)
    return granted


def _by_client(request: Request, names: list[str], *, adds_default: bool) -> tuple[str, ...]:
    """Choose without a role's word: those of the client, if it names none."""
    held = request.client.policies
    if not names:
        return held
    if request.has_sudo:
        return token_policies(names, with_default=adds_default)
    if not set(token_policies(names, with_default=False)) <= set(held):
        raise Refusal(400, "child policies must be subset of parent")
    return token_policies(names, with_default=adds_default and _DEFAULT in held)


def _by_role(
    request: Request, role: TokenRole, names: list[str], *, adds_default: bool
) -> tuple[str, ...]:
    """Choose by the role alone, whatever the client itself may."""
    adds_default = adds_default and _DEFAULT not in role.disallowed_policies
    allowed = token_policies(
        role.allowed_policies or list(request.client.policies), with_default=adds_default
    )
    chosen = token_policies(names, with_default=adds_default) if names else allowed
    if role.allowed_policies and not set(chosen) <= set(allowed):
        raise Refusal(
            400,
            f"token policies ({_quoted(chosen)}) must be subset of the role's allowed policies "
            f"({_quoted(allowed)})",
        )
    for name in chosen:
        if name in role.disallowed_policies:
            raise Refusal(400, f'token policy "{name}" is disallowed by this role')
    return chosen


def _check(request: Request, granted: tuple[str, ...]) -> None:
    if set(granted) & set(WRAPPING_POLICIES):
        raise Refusal(400, f'cannot assign policy "{WRAPPING_POLICIES[0]}"')
    if ROOT_POLICY in granted and not request.client.is_root:
        raise Refusal(400, "root tokens may not be created without parent token being root")


def _quoted(names: Iterable[str]) -> str:
    return "[" + " ".join(f'"{name}"' for name in names) + "]"
