"""Vault itself: open, new enough, a mount that keeps versions, clocks that agree."""

from collections.abc import Iterator
from datetime import UTC, datetime

from cafe24.checkup.finding import Finding, Patient, ok, warning, wrong
from cafe24.errors import VaultRefused
from cafe24.tokens.remarks import MOST_SKEW


def check_server(patient: Patient) -> Iterator[Finding]:
    """Look whether Vault answers, is open and is new enough."""
    health = patient.store.vault.health()
    if health.is_sealed:
        yield wrong(
            "vault",
            f"{patient.tokens.sign_in.address} is sealed.",
            "Unseal it: vault operator unseal",
            VaultRefused.exit_code,
        )
        return
    health.refuse_old()
    yield ok("vault", f"{patient.tokens.sign_in.address} is open, version {health.version}")


def check_mount(patient: Patient) -> Iterator[Finding]:
    """Look whether the mount is KV version 2."""
    name, mount = patient.store.vault.mount, patient.store.vault.mounted()
    if mount is None:
        yield wrong(
            "mount",
            f"Our sign-in reaches nothing at the mount {name}/, or there is none.",
            f"Make it (vault secrets enable -version=2 -path={name} kv), write "
            "deploy/policies/keeper.hcl for it, or set CAFE24_VAULT_MOUNT.",
            VaultRefused.exit_code,
        )
        return
    mount.refuse_unversioned()
    yield ok("mount", f"{name}/ is KV version 2")


def check_clock(patient: Patient) -> Iterator[Finding]:
    """Compare this host's clock with Vault's, the only one the keeper goes by."""
    skew = abs(datetime.now(UTC) - patient.store.vault.session.now())
    if skew > MOST_SKEW:
        yield warning(
            "clock",
            f"This host's clock and Vault's are {skew.total_seconds():.0f} s apart.",
            "Set both by NTP. The keeper goes by Vault's; schedules go by this host's.",
        )
        return
    yield ok("clock", "this host and Vault agree to a minute")
