"""Our sign-in at Vault: whether it works, how long it lives, whether it can be renewed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from cafe24.checkup.finding import Finding, Patient, ok, warning, wrong
from cafe24.errors import VaultRefused
from cafe24.tokens.keeper import SIGN_IN_MARGIN_S
from cafe24.vault.expiry import sign_in_ends_at

SOON = timedelta(days=3)


def check_sign_in(patient: Patient) -> Iterator[Finding]:
    """Sign in and look at what came of it."""
    told = patient.store.vault.session.looked_up()
    is_given = patient.tokens.sign_in.token is not None
    if told.get("num_uses"):
        yield wrong(
            "sign-in",
            f"The sign-in works {told['num_uses']} more times and is then dead.",
            "Give it num_uses 0 (AppRole: token_num_uses=0).",
            VaultRefused.exit_code,
        )
    elif "root" in (told.get("policies") or ()):
        yield warning(
            "sign-in",
            "VAULT_TOKEN is a root token, which may do everything.",
            "Use an AppRole with deploy/policies/keeper.hcl: VAULT_ROLE_ID and VAULT_SECRET_ID.",
        )
    else:
        yield _life(patient, told, is_given=is_given)
    if not is_given:
        yield _secret_id(patient)


def _life(patient: Patient, told: dict[str, Any], *, is_given: bool) -> Finding:
    left_s, is_renewable = float(told.get("ttl") or 0), bool(told.get("renewable"))
    if not left_s:
        return ok("sign-in", "works, and does not end")
    left = timedelta(seconds=int(left_s))
    needed_s = patient.tokens.timing.lease.total_seconds() + SIGN_IN_MARGIN_S
    what = f"ends in {left}, {'can' if is_renewable else 'cannot'} be renewed"
    if left_s < needed_s and not is_renewable:
        return wrong(
            "sign-in",
            f"It {what}: too soon to refresh anything with.",
            f"It must live for {needed_s:.0f} s: set token_ttl=1h for the AppRole, or a new token.",
            VaultRefused.exit_code,
        )
    if is_given and not is_renewable and left < SOON:
        return warning("sign-in", f"VAULT_TOKEN {what}.", "Use VAULT_ROLE_ID and VAULT_SECRET_ID.")
    return ok("sign-in", f"works, {what}")


def _secret_id(patient: Patient) -> Finding:
    """Tell when the secret_id ends: from then on no sign-in succeeds, however it is renewed."""
    session = patient.store.vault.session
    ends_at = sign_in_ends_at(session)
    if ends_at is None:
        return ok("secret_id", "has no end that we may see")
    if ends_at - session.now() < SOON:
        return warning(
            "secret_id",
            f"VAULT_SECRET_ID ends at {ends_at:%Y-%m-%d %H:%M} UTC.",
            "Make a new one (vault write -f -field=secret_id "
            "auth/approle/role/cafe24-keeper/secret-id) and set it in the environment or .env.",
        )
    return ok("secret_id", f"ends at {ends_at:%Y-%m-%d %H:%M} UTC")
