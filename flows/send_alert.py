"""Tells Slack what is due."""

from typing import Any

from prefect import State, flow
from prefect.states import Completed

from tasks.alerts import drain_outbox
from tasks.run_names import named_by_time


@flow(name="send-alert", flow_run_name=named_by_time, timeout_seconds=1800, persist_result=False)
async def send_alert() -> State[Any]:
    """Send everything in the outbox to Slack: one incident, one number, one message.

    It takes nothing: every fact comes from the database, never from an event. The
    run fails when Slack refuses, even when the second channel took the message.
    """
    report = await drain_outbox()
    return Completed(message=f"{report.sent} sent, {report.waiting} left in the outbox.")
