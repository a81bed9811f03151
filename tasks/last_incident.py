"""Shows the incident that there was news of last, on the page of the run that found it."""

from datetime import UTC, datetime

from anyio import to_thread
from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from sqlalchemy import Engine

from blocks.loading import load
from blocks.slack_channel import DEFAULT, SlackChannel
from cafe24.alerts.incident_page import incident_page
from cafe24.alerts.incidents import latest_incident, open_incidents
from cafe24.alerts.languages import texts
from cafe24.alerts.messages import Writer
from cafe24.alerts.runbook import Runbook
from cafe24.alerts.tables import Incident
from tasks.database import opened_database
from tasks.links import consent_forms
from tasks.patience import PATIENTLY

KEY = "last-incident"


@task(name="show the last incident", **PATIENTLY)
async def show_last_incident() -> None:
    """Show what is wrong, what to do about it, and what else is still open."""
    slack = await load(SlackChannel, DEFAULT)
    writer = Writer(texts(slack.language), await consent_forms(), Runbook(slack.runbook_url))
    async with opened_database() as engine:
        incident, still_open = await to_thread.run_sync(_read, engine)
    if incident is None:
        return
    page = incident_page(writer, incident, still_open, datetime.now(UTC))
    await acreate_markdown_artifact(
        key=KEY, markdown=page, description="The last incident; below it, what else is open."
    )


def _read(engine: Engine) -> tuple[Incident | None, list[Incident]]:
    return latest_incident(engine), open_incidents(engine)
