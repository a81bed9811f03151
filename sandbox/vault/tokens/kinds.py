"""Service tokens and batch tokens: what a batch token may neither have nor do."""

from sandbox.vault.wire.answers import Refusal
from sandbox.vault.wire.fields import Fields

SERVICE = "service"
BATCH = "batch"


def wanted_kind(sent: Fields, role_type: str = "") -> str:
    """Return the kind of token that was asked for, or that a role's `token_type` insists on.

    Raises:
        Refusal: 400, for an unknown kind, and for a batch token with what it cannot have.
    """
    kind = sent.text("type") or kind_of_type(role_type)
    if role_type in (SERVICE, BATCH):
        kind = role_type
    if kind not in (SERVICE, BATCH):
        raise Refusal(400, "invalid 'token_type' value")
    if kind == BATCH:
        _check_batch(sent)
    return kind


def kind_of_type(token_type: str) -> str:
    """Return the kind that a role's `token_type` stands for."""
    return BATCH if token_type in (BATCH, f"default-{BATCH}") else SERVICE


def refuse_batch(kind: str, deed: str) -> None:
    """Refuse a deed that batch tokens cannot do or suffer, such as "be renewed".

    Raises:
        Refusal: 400, for a batch token.
    """
    if kind == BATCH:
        raise Refusal(400, f"batch tokens cannot {deed}")


def _check_batch(sent: Fields) -> None:
    limits = {
        "explicit_max_ttl": sent.seconds("explicit_max_ttl"),
        "num_uses": sent.whole("num_uses"),
        "period": sent.seconds("period"),
    }
    for name, value in limits.items():
        if value:
            raise Refusal(400, f'batch tokens cannot have "{name}" set')
