"""What an error means for the incidents of its mall."""

from collections.abc import Mapping
from datetime import datetime

from cafe24.alerts.findings import Finding, mall_subject
from cafe24.alerts.tables import AlertGrade, Fact, IncidentKind
from cafe24.errors import (
    AppRefused,
    AppUninstalled,
    CafeError,
    DeletionBraked,
    PairSetAside,
    PairSpilled,
    Reauthorize,
    ScopeMissing,
    StoreRolledBack,
    TokenAmbiguous,
)
from cafe24.malls import MallId
from cafe24.tokens.outcome import Refresh

TOKEN_KINDS = frozenset(
    {
        IncidentKind.token_expiring,
        IncidentKind.token_overdue,
        IncidentKind.token_unfinished,
        IncidentKind.token_ambiguous,
        IncidentKind.token_spilled,
        IncidentKind.pair_set_aside,
        IncidentKind.store_rolled_back,
        IncidentKind.reauthorize,
        IncidentKind.refresh_failed,
        IncidentKind.app_refused,
    }
)
"""What a new pair puts an end to."""

SYNC_KINDS = frozenset(
    {IncidentKind.sync_failed, IncidentKind.scope_missing, IncidentKind.deletion_braked}
)
"""What a finished sync puts an end to."""

_OWN_KINDS: dict[type[CafeError], tuple[IncidentKind, AlertGrade]] = {
    Reauthorize: (IncidentKind.reauthorize, AlertGrade.critical),
    AppUninstalled: (IncidentKind.reauthorize, AlertGrade.critical),
    TokenAmbiguous: (IncidentKind.token_ambiguous, AlertGrade.warning),
    PairSpilled: (IncidentKind.token_spilled, AlertGrade.critical),
    PairSetAside: (IncidentKind.pair_set_aside, AlertGrade.critical),
    StoreRolledBack: (IncidentKind.store_rolled_back, AlertGrade.critical),
    AppRefused: (IncidentKind.app_refused, AlertGrade.critical),
    ScopeMissing: (IncidentKind.scope_missing, AlertGrade.critical),
    DeletionBraked: (IncidentKind.deletion_braked, AlertGrade.warning),
}


EVENTS = {
    IncidentKind.reauthorize: "cafe24.token.needs_reauthorization",
    IncidentKind.token_ambiguous: "cafe24.token.became_ambiguous",
    IncidentKind.token_spilled: "cafe24.token.spilled",
    IncidentKind.deletion_braked: "cafe24.products.deletion_braked",
}
"""What is emitted when an incident of this kind begins."""


def proved_app(refresh: Refresh) -> str | None:
    """Return the app whose secret Cafe24 took for this pair; none where no new one came."""
    return refresh.client_id if refresh.outcome == "refreshed" else None


def finding_of(
    mall: MallId,
    error: CafeError,
    otherwise: IncidentKind,
    run_url: str | None,
    known: Mapping[str, Fact | datetime] | None = None,
) -> Finding:
    """Return what an error says is wrong with the mall.

    Args:
        mall: whose error.
        error: what a step ended with.
        otherwise: the kind for errors that have none of their own.
        run_url: the run that met it.
        known: what is known of the mall's pair; told where the trouble is the pair's.
    """
    kind, grade = _OWN_KINDS.get(type(error), (otherwise, AlertGrade.warning))
    # The texts of a kind say what to do; where they say "look at the reason", it says so itself.
    reason = error.message if type(error) in _OWN_KINDS else str(error)
    facts = {"reason": reason, **((known or {}) if kind in TOKEN_KINDS else {})}
    if isinstance(error, AppRefused) and error.client_id:
        facts["client_id"] = error.client_id
    return Finding(mall_subject(mall), kind, grade, mall, facts, run_url)
