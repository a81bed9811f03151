"""What our sign-ins may do in Vault: all that is needed, and no more."""

from collections.abc import Iterator, Mapping

from cafe24.checkup.finding import Finding, Patient, ok, warning, wrong
from cafe24.errors import SettingsError, VaultRefused

FOLDERS = ("malls", "access", "apps", "keys", "quarantine")
ANY_NAME = "some-name"

Rights = Mapping[str, list[str]]


def check_keeper_policy(patient: Patient) -> Iterator[Finding]:
    """Ask Vault what the keeper may do at each of its paths."""
    vault, prefix = patient.store.vault, patient.tokens.prefix
    needed = {
        **{f"data/{prefix}/{one}/{ANY_NAME}": {"create", "read", "update"} for one in FOLDERS},
        **{f"metadata/{prefix}/{one}/{ANY_NAME}": {"read", "update"} for one in FOLDERS},
        **{f"metadata/{prefix}/{one}": {"list"} for one in FOLDERS if one != "quarantine"},
    }
    too_much = {
        f"data/{prefix}/malls/{ANY_NAME}": {"delete"},
        f"metadata/{prefix}/malls/{ANY_NAME}": {"delete"},
        f"destroy/{prefix}/malls/{ANY_NAME}": {"update"},
    }
    rights = vault.capabilities(*{**needed, **too_much})
    lacking = list(_lacking(needed, rights, vault.mount))
    if lacking:
        yield _lacks("keeper", lacking)
        return
    if any(wide & {*rights[place], *_of_root(rights[place])} for place, wide in too_much.items()):
        yield warning(
            "policy: keeper",
            "The keeper's sign-in may delete or destroy documents.",
            "Let it have deploy/policies/keeper.hcl and nothing else.",
        )
        return
    yield ok("policy: keeper", "reads and writes its paths, deletes nothing")


def check_monitor_policy(patient: Patient) -> Iterator[Finding]:
    """Ask Vault what the monitor may do: dates yes, a token never."""
    try:
        tokens = patient.settings.monitor_tokens()
    except SettingsError:
        yield warning(
            "policy: monitor",
            "There is no monitor: check-expiry signs in as the keeper, who sees tokens.",
            "Set CAFE24_MONITOR_ROLE_ID and CAFE24_MONITOR_SECRET_ID: see deploy/policies.",
        )
        return
    vault, prefix = tokens.store().vault, tokens.prefix
    needed = {
        f"metadata/{prefix}/malls": {"list"},
        f"metadata/{prefix}/malls/{ANY_NAME}": {"read"},
    }
    secret = [f"data/{prefix}/{folder}/{ANY_NAME}" for folder in FOLDERS]
    try:
        rights = vault.capabilities(*needed, *secret)
    finally:
        vault.session.sign_out()
    readable = [place for place in secret if {"read", "root"} & set(rights[place])]
    lacking = list(_lacking(needed, rights, vault.mount))
    if readable:
        yield wrong(
            "policy: monitor",
            f"The monitor can read {vault.mount}/{readable[0].replace(ANY_NAME, '*')}.",
            "Let it have deploy/policies/monitor.hcl and nothing else.",
            VaultRefused.exit_code,
        )
    if lacking:
        yield _lacks("monitor", lacking)
    if not readable and not lacking:
        yield ok("policy: monitor", "sees malls and dates, and no token")


def _lacking(needed: Mapping[str, set[str]], rights: Rights, mount: str) -> Iterator[str]:
    for place, wanted in needed.items():
        missing = sorted(wanted - {*rights[place], *_of_root(rights[place])})
        if missing:
            yield f"{', '.join(missing)} on {mount}/{place.replace(ANY_NAME, '*')}"


def _of_root(rights: list[str]) -> set[str]:
    is_root = "root" in rights
    return {"create", "read", "update", "delete", "list"} if is_root else set()


def _lacks(who: str, lacking: list[str]) -> Finding:
    return wrong(
        f"policy: {who}",
        f"The {who}'s policy lacks {'; '.join(lacking[:3])}.",
        f"Write it again: vault policy write cafe24-{who} deploy/policies/{who}.hcl (with your "
        "mount and prefix in it)",
        VaultRefused.exit_code,
    )
