"""Connects a mall, or connects it again."""

from typing import Any

from prefect import State, flow
from prefect.states import Cancelled, Completed

from cafe24.alerts.moments import shown
from cafe24.alerts.tables import IncidentKind
from cafe24.malls import MallId
from tasks.consent import ATTEMPTS, PATIENCE_S, connect
from tasks.each_mall import Answer
from tasks.findings import TOKEN_KINDS, proved_app
from tasks.health import show_refreshes
from tasks.incidents import Rules, announce_alerts, record_incidents
from tasks.last_incident import show_last_incident
from tasks.parameters import MallIdParameter

RULES = Rules(
    otherwise=IncidentKind.refresh_failed,
    cures=lambda _refresh: TOKEN_KINDS,
    proves=proved_app,
    recovered="cafe24.token.recovered",
)


@flow(
    name="authorize-mall",
    flow_run_name="{mall_id}",
    timeout_seconds=(ATTEMPTS + 1) * PATIENCE_S,
    persist_result=False,
)
async def authorize_mall(mall_id: MallIdParameter, client_id: str = "") -> State[Any]:
    """Connect a mall by its principal operator's consent.

    The run pauses with a link. Open it, allow the app, and resume the run with the
    address that the browser ended at. The code in it lives one minute and is deleted
    from Prefect's database at once.

    Args:
        mall_id: Which mall: what stands before .cafe24.com in the admin's address, in
            lower case, such as samplemall.
        client_id: Which app, by the client_id that Cafe24 Developers shows. Empty: the
            one that Vault has.
    """
    mall = MallId(mall_id)
    refresh = await connect(mall, client_id)
    if refresh is None:
        return Cancelled(message="Nobody answered in time. Nothing was changed; start it again.")
    answers = [Answer(mall, refresh)]
    await show_refreshes(answers)
    record = await record_incidents(answers, RULES)
    await announce_alerts()
    if record.has_news:
        await show_last_incident()
    until = shown(refresh.refresh_expires_at)
    return Completed(message=f"{mall} is connected; its refresh token lives until {until}.")
