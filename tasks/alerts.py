"""The steps that tell Slack what is due, and that notice when Slack is dead."""

from datetime import UTC, datetime

from anyio import to_thread
from prefect import task
from prefect.logging import get_run_logger
from sqlalchemy import Engine

from blocks.loading import load
from blocks.slack_channel import DEFAULT, SlackChannel
from cafe24.alerts.incidents import open_incidents
from cafe24.alerts.languages import texts
from cafe24.alerts.messages import Writer
from cafe24.alerts.outbox import DrainReport, drain
from cafe24.alerts.runbook import Runbook
from cafe24.alerts.slack_grade import Channels, Refusals, grade_channels, refusals
from cafe24.alerts.tables import IncidentKind
from cafe24.errors import SettingsError
from cafe24.tokens.graded import GradedCredential, store_grades
from tasks.database import opened_database
from tasks.grade_incidents import record_grades
from tasks.links import consent_forms, run_url
from tasks.patience import PATIENTLY, may_work_later

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

    A channel that turns out dead becomes an incident, and the next one tells of it.

    Raises:
        SlackRefused: a channel refused, even when the next one took the message.
        SlackAway: what is left stays due.
    """
    slack = await load(SlackChannel, DEFAULT)
    writer = Writer(texts(slack.language), await consent_forms(), Runbook(slack.runbook_url))
    async with opened_database() as engine:
        report = await to_thread.run_sync(told, engine, slack.open(), writer, run_url())
    if report.error is not None:
        raise report.error
    return report


@task(name="grade Slack", **PATIENTLY)
async def grade_slack() -> list[GradedCredential]:
    """Return how the channels stand, without a message that anybody sees.

    Nothing when Slack gives no answer, or when nobody has set it up: then the log says so.
    """
    try:
        channels = (await load(SlackChannel, DEFAULT)).open()
    except SettingsError as absence:
        get_run_logger().warning("Nobody is told in Slack. %s", absence)
        return []
    refused = await to_thread.run_sync(refusals, channels)
    if refused is None:
        get_run_logger().warning("Slack gave no answer, so it was not graded this time.")
        return []
    return [grade_channels(channels, refused, datetime.now(UTC))]


def told(engine: Engine, channels: Channels, writer: Writer, seen_in: str | None) -> DrainReport:
    """Drain the outbox; again when a channel turned out dead, so that the next one tells it.

    One that was dead is asked first: when it lives again, that is told with the rest.

    Raises:
        DatabaseAway, DatabaseUnusable: the outbox cannot be read or written.
    """
    if any(one.kind == IncidentKind.slack_refused for one in open_incidents(engine)):
        _note(engine, channels, refusals(channels), seen_in)
    report = drain(engine, channels, writer, datetime.now(UTC))
    if not report.dead:
        return report
    _note(engine, channels, report.dead, seen_in)
    return report.followed_by(drain(engine, channels, writer, datetime.now(UTC)))


def _note(engine: Engine, channels: Channels, dead: Refusals | None, seen_in: str | None) -> None:
    """Grade the channels; nothing when Slack gave no answer."""
    if dead is None:
        return
    now = datetime.now(UTC)
    graded = [grade_channels(channels, dead, now)]
    record_grades(engine, graded, {}, now, seen_in)
    store_grades(engine, graded)
