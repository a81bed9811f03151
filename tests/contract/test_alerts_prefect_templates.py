"""The server lane's template, filled by Prefect's own renderer with Prefect's own objects."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from prefect.server.events.jinja_filters import all_filters
from prefect.server.events.schemas.automations import Automation, EventTrigger, Posture
from prefect.server.events.schemas.events import ReceivedEvent
from prefect.server.schemas.core import Flow, WorkPool
from prefect.server.schemas.responses import DeploymentResponse, FlowRunResponse
from prefect.server.schemas.states import State, StateType
from prefect.server.utilities.user_templates import (
    register_user_template_filters,
    render_user_template,
    validate_user_template,
)
from prefect.settings import PREFECT_UI_URL, temporary_settings

from cafe24.alerts.languages import LANGUAGES, texts
from cafe24.alerts.runbook import Runbook
from cafe24.alerts.server_lane import (
    late_template,
    pool_template,
    run_template,
    silence_template,
)
from cafe24.alerts.texts import Texts
from sandbox.slack.block_rules import judge

UI = "http://127.0.0.1:4200"


def silence_of_13_hours(texts: Texts, runbook: Runbook) -> str:
    return silence_template(texts, runbook, timedelta(hours=13))


TOLD_OF_A_RUN = (run_template, late_template, silence_of_13_hours)


@pytest.fixture(autouse=True)
def _prefect() -> Iterator[None]:
    register_user_template_filters(all_filters)
    with temporary_settings({PREFECT_UI_URL: UI}):
        yield


def context(name: str, message: str) -> dict[str, Any]:
    flow = Flow(id=uuid4(), name=name)
    deployment = DeploymentResponse(id=uuid4(), name=name, flow_id=flow.id, labels={})
    state = State(type=StateType.FAILED, name="Failed", message=message)
    flow_run = FlowRunResponse(
        id=uuid4(),
        name=name,
        flow_id=flow.id,
        state=state,
        parameters={"mall_ids": ["samplemall"]},
        labels={},
    )
    return {"flow": flow, "deployment": deployment, "flow_run": flow_run}


@pytest.mark.parametrize("language", LANGUAGES)
def test_prefect_accepts_the_template_and_fills_it(language: str) -> None:
    template = run_template(texts(language), Runbook())
    validate_user_template(template)
    filled = context("sync-products", 'It "broke" {{ here }} <!channel> \x00')
    body = json.loads(asyncio.run(render_user_template(template, filled)))
    words = json.dumps(body, ensure_ascii=False)
    assert body["text"].startswith("🔴 sync-products: ")
    assert f"<{UI}/" in words
    assert str(filled["flow_run"].id) in words
    assert 'It \\"broke\\" {{ here }} &lt;!channel&gt;' in words
    assert "samplemall" in words
    assert judge(body["blocks"]) == []


def test_prefect_fills_it_when_nothing_is_known_but_the_event() -> None:
    class Event:
        occurred = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)

    template = run_template(texts("ko"), Runbook())
    body = json.loads(asyncio.run(render_user_template(template, {"event": Event()})))
    assert "2026-11-23 05:05 UTC" in json.dumps(body)
    assert judge(body["blocks"]) == []


def test_a_pool_and_a_silence_have_links_that_prefects_ui_knows() -> None:
    pool = WorkPool(id=uuid4(), name="cafe24", type="process", default_queue_id=uuid4())
    body = filled(pool_template(texts("en"), Runbook()), {"work_pool": pool})
    assert f"<{UI}/work-pools/work-pool/{pool.name}|" in body
    template = silence_of_13_hours(texts("en"), Runbook())
    assert f"<{UI}/runs|" in filled(template, {"automation": rule(), "event": None})


@pytest.mark.parametrize("template", TOLD_OF_A_RUN, ids=lambda one: one.__name__)
def test_a_run_that_the_busy_server_did_not_find_is_linked_all_the_same(
    template: Callable[[Texts, Runbook], str],
) -> None:
    run_id = uuid4()
    event = ReceivedEvent(
        occurred=datetime.now(UTC),
        event="prefect.flow-run.Completed",
        resource={"prefect.resource.id": f"prefect.flow-run.{run_id}"},
        id=uuid4(),
    )
    known = {"automation": rule(), "event": event, "flow_run": None}
    body = filled(template(texts("en"), Runbook()), known)
    assert f"<{UI}/runs/flow-run/{run_id}|" in body


def rule() -> Automation:
    trigger = EventTrigger(posture=Posture.Reactive)
    return Automation(id=uuid4(), name="x", trigger=trigger, actions=[])


def filled(template: str, context: dict[str, Any]) -> str:
    """Fill a template as Prefect does, and see that it is a message."""
    validate_user_template(template)
    body = json.loads(asyncio.run(render_user_template(template, context)))
    assert judge(body["blocks"]) == []
    return json.dumps(body, ensure_ascii=False)
