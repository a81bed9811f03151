"""Keeps every mall's tokens alive."""

from collections.abc import Sequence
from typing import Any

from prefect import State, flow

from cafe24.alerts.tables import IncidentKind
from cafe24.errors import Retryable
from cafe24.tokens.outcome import Refresh
from tasks.each_mall import each_mall
from tasks.expiry import grade_keeper, keep_grades
from tasks.findings import TOKEN_KINDS
from tasks.health import show_refreshes
from tasks.incidents import PASSING, Rules, announce_alerts, record_incidents
from tasks.last_incident import show_last_incident
from tasks.parameters import MallIdParameter
from tasks.remarks import record_remarks
from tasks.run_names import named_by_malls
from tasks.tokens import choose_malls, needed, refresh_mall
from tasks.verdict import verdict


@flow(
    name="refresh-tokens",
    flow_run_name=named_by_malls,
    timeout_seconds=3600,
    persist_result=False,
)
async def refresh_tokens(
    mall_ids: Sequence[MallIdParameter] = (),
    force: bool = False,
    only_keep_warm: bool = False,
) -> State[Any]:
    """Give every mall a new pair of tokens before its refresh token ends.

    A mall that was refreshed within the last day is left alone, a paused one too.
    The run fails when a mall failed that was well before.

    Args:
        mall_ids: Which malls, by id, such as samplemall. Empty: every mall that Vault lists.
        force: Refresh even what is still fresh. It spends one call of Cafe24's 15
            in two hours for each mall.
        only_keep_warm: Only malls that are flagged to be kept warm, and only when
            their access token has less than 75 minutes left.
    """
    malls = await choose_malls(mall_ids, only_keep_warm=only_keep_warm)
    need = needed(force=force, only_keep_warm=only_keep_warm)
    answers = await each_mall(refresh_mall, malls, need=need)
    await show_refreshes(answers)
    record = await record_incidents(answers, _rules(only_keep_warm=only_keep_warm))
    await record_remarks(answers)
    await keep_grades(await grade_keeper())
    await announce_alerts()
    if record.has_news:
        await show_last_incident()
    return verdict(answers, record)


def _rules(*, only_keep_warm: bool) -> Rules:
    """Return how answers are read; what keep-warm could not do now it does in 20 minutes."""
    return Rules(
        otherwise=IncidentKind.refresh_failed,
        cures=_cured,
        recovered="cafe24.token.recovered",
        passing=(Retryable,) if only_keep_warm else PASSING,
    )


def _cured(refresh: Refresh) -> frozenset[IncidentKind]:
    is_new = refresh.outcome == "refreshed" or refresh.came_home
    return TOKEN_KINDS if is_new else frozenset({IncidentKind.refresh_failed})
