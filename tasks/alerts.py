"""The step that tells Slack what is due."""

from datetime import UTC, datetime
from functools import partial

from anyio import to_thread
from prefect import task

from blocks.loading import load
from blocks.slack_channel import DEFAULT, SlackChannel
from cafe24.alerts.languages import texts
from cafe24.alerts.messages import Writer
from cafe24.alerts.outbox import DrainReport, drain
from tasks.database import opened_database
from tasks.links import consent_forms
from tasks.patience import may_work_later

PAUSES_S = [2.0, 15.0, 60.0, 300.0]
"""What Slack does not take now is due a little later, not at the next alert."""


@task(
    name="tell Slack",
    retries=len(PAUSES_S),
    retry_delay_seconds=PAUSES_S,
    retry_condition_fn=may_work_later,
)
async def drain_outbox() -> DrainReport:
    """Send everything that is due, each line through the first channel that takes it.

    Raises:
        SlackRefused: a channel refused, even when the next one took the message.
        SlackAway: what is left stays due.
    """
    slack = await load(SlackChannel, DEFAULT)
    writer = Writer(texts(slack.language), await consent_forms())
    async with opened_database() as engine:
        now = datetime.now(UTC)
        report = await to_thread.run_sync(partial(drain, engine, slack.open(), writer, now))
    if report.error is not None:
        raise report.error
    return report
