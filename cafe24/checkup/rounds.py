"""Every check in its order; Prefect's are the command's own, since the core knows no Prefect."""

from collections.abc import Callable, Iterator

from cafe24.checkup.database import check_database
from cafe24.checkup.documents import check_history, check_malls, check_quarantine
from cafe24.checkup.finding import Finding, Patient
from cafe24.checkup.mall_hosts import check_mall_hosts
from cafe24.checkup.policies import check_keeper_policy, check_monitor_policy
from cafe24.checkup.sign_in import check_sign_in
from cafe24.checkup.slack import check_slack
from cafe24.checkup.sources import check_names, check_sources
from cafe24.checkup.this_host import check_spill_folder
from cafe24.checkup.vault_server import check_clock, check_mount, check_server
from cafe24.errors import CafeError

Check = Callable[[Patient], Iterator[Finding]]

HERE: tuple[tuple[str, Check], ...] = (
    ("settings", check_names),
    ("sources", check_sources),
    ("spill folder", check_spill_folder),
)
"""What needs nobody else."""

ELSEWHERE: tuple[tuple[str, Check], ...] = (
    ("database", check_database),
    ("slack", check_slack),
)
"""What needs no Vault."""

NEEDED: tuple[tuple[str, Check], ...] = (
    ("vault", check_server),
    ("sign-in", check_sign_in),
    ("mount", check_mount),
)
"""What is needed for all that comes after in Vault: the first that is wrong ends the round."""

IN_VAULT: tuple[tuple[str, Check], ...] = (
    ("clock", check_clock),
    ("policy: keeper", check_keeper_policy),
    ("policy: monitor", check_monitor_policy),
    ("history", check_history),
    ("malls", check_malls),
    ("mall hosts", check_mall_hosts),
    ("quarantine", check_quarantine),
)


def examined(patient: Patient) -> Iterator[Finding]:
    """Yield what every check finds; a check that cannot be made is something wrong."""
    for name, check in HERE:
        yield from _made(name, check, patient)
    for name, check in ELSEWHERE:
        yield from _made(name, check, patient)
    for name, check in NEEDED:
        for finding in _made(name, check, patient):
            yield finding
            if finding.verdict == "wrong":
                return
    for name, check in IN_VAULT:
        yield from _made(name, check, patient)


def _made(name: str, check: Check, patient: Patient) -> Iterator[Finding]:
    try:
        yield from check(patient)
    except CafeError as failure:
        yield Finding.of(name, failure)
