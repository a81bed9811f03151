"""The server lane's template becomes Block Kit JSON whatever a run is called."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import ChainableUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from cafe24.alerts.languages import LANGUAGES, texts
from cafe24.alerts.runbook import Runbook
from cafe24.alerts.server_lane import (
    late_template,
    pool_template,
    run_template,
    silence_template,
)
from cafe24.alerts.texts import Texts
from cafe24.commands import START_WORKER
from cafe24.fleet.fan_out import MOST_ATTEMPTS
from sandbox.slack.block_rules import is_too_long, judge

NASTY = (
    '"}]} {{ 7 * 7 }} {% raw %} <!channel> & `code` *b* \\ \\n \n\t\x00\x1b \u202e\u2028 '
    "<https://evil.example|click> 한글 🔥 </script> "
)
Render = Callable[..., dict[str, Any]]


def run(
    name: str = "sync-products/samplemall", state: str = "Failed", message: str = "It broke."
) -> dict[str, Any]:
    timestamp = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)
    return {
        "flow": SimpleNamespace(name=name),
        "deployment": SimpleNamespace(name=name),
        "flow_run": SimpleNamespace(
            name=name,
            parameters={"mall_id": name},
            state=SimpleNamespace(name=state, message=message, timestamp=timestamp),
        ),
        "event": SimpleNamespace(occurred=timestamp),
        "automation": SimpleNamespace(name="runs that failed"),
    }


@pytest.fixture
def render() -> Render:
    """Render as Prefect's server does: its sandbox, its undefined, its filter."""

    def rendered(
        context: dict[str, Any],
        language: str = "ko",
        url: str | None = None,
        template: str | None = None,
    ) -> Any:
        environment = ImmutableSandboxedEnvironment(undefined=ChainableUndefined)
        environment.filters["ui_url"] = lambda _run: url
        filled = template or run_template(texts(language), Runbook())
        return json.loads(environment.from_string(filled).render(context))

    return rendered


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", ["Failed", "Crashed", "TimedOut", "Late", "Something else"])
def test_a_run_is_told_with_its_reason_and_its_link(
    render: Render, language: str, state: str
) -> None:
    url = "https://prefect.example/runs/flow-run/1?a=1&b=2"
    body = render(run(state=state), language, url)
    words = json.dumps(body, ensure_ascii=False)
    known = texts(language).server_lane.state_names.get(state, state)
    assert body["text"] == f"🔴 sync-products/samplemall: {known}"
    assert "It broke." in words
    assert "<https://prefect.example/runs/flow-run/1?a=1&amp;b=2|" in words
    assert "<!date^1795410300^{date_num} {time}|2026-11-23 05:05 UTC>" in words
    assert judge(body["blocks"]) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nasty_names_stay_text(render: Render, language: str) -> None:
    body = render(run(NASTY, NASTY, NASTY), language, "https://a.example/?q=<!channel>|x")
    words = json.dumps(body, ensure_ascii=False)
    assert "49" not in words
    mrkdwn = [body["text"], *_mrkdwn_texts(body["blocks"])]
    assert not any("<!channel>" in text or "<https://evil" in text for text in mrkdwn)
    assert not {"\x00", "\x1b", "\u202e", "\u2028"} & set("".join(mrkdwn))
    assert judge(body["blocks"]) == []


@pytest.mark.parametrize("outside", ["x", "<", "&", "한", "\n", '"'])
def test_the_longest_texts_stay_within_slacks_limits(render: Render, outside: str) -> None:
    long = outside * 10_000
    body = render(run(long, long, long), url="https://a.example/run")
    assert judge(body["blocks"]) == []
    assert not is_too_long(body["blocks"])


@pytest.mark.parametrize("missing", ["flow", "flow_run", "deployment", "event", "automation"])
def test_an_event_without_one_part_is_still_told(render: Render, missing: str) -> None:
    context = run()
    del context[missing]
    body = render(context)
    assert body["text"].startswith("🔴 ")
    assert judge(body["blocks"]) == []


def test_an_event_with_nothing_is_still_told(render: Render) -> None:
    assert judge(render({})["blocks"]) == []
    assert render({"automation": SimpleNamespace(name="dead man")})["text"] == "🔴 dead man"


@pytest.mark.parametrize(
    ("parameters", "malls"),
    [
        ({"mall_id": "samplemall"}, "samplemall"),
        ({"mall_ids": ["samplemall", "hanbok"]}, "samplemall, hanbok"),
        ({"mall_ids": []}, "-"),
        ({}, "-"),
    ],
)
def test_the_malls_of_the_run_are_named(
    render: Render, parameters: dict[str, Any], malls: str
) -> None:
    context = run()
    context["flow_run"].parameters = parameters
    assert f"*몰*\n{malls}" in _mrkdwn_texts(render(context)["blocks"])


def test_without_a_link_there_is_none(render: Render) -> None:
    assert "<http" not in json.dumps(render(run(), url=None))


EVERY = {
    "run": partial(run_template, runbook=Runbook()),
    "late": partial(late_template, runbook=Runbook()),
    "pool": partial(pool_template, runbook=Runbook()),
    "silence": lambda texts: silence_template(texts, Runbook(), timedelta(hours=13)),
}
each_language = pytest.mark.parametrize("language", LANGUAGES)


@pytest.mark.parametrize("template", EVERY.values(), ids=EVERY)
@each_language
def test_whatever_is_missing_or_nasty_it_is_a_message_that_slack_takes(
    render: Render, language: str, template: Callable[[Texts], str]
) -> None:
    filled = template(texts(language))
    nasty = {**run(NASTY, NASTY, NASTY), "work_pool": SimpleNamespace(name=NASTY)}
    for context in ({}, run(), nasty):
        body = render(context, url="https://a.example/?q=<!channel>|x", template=filled)
        assert body["text"].startswith("🔴 ")
        mrkdwn = [body["text"], *_mrkdwn_texts(body["blocks"])]
        assert not any("<!channel>" in text for text in mrkdwn)
        assert judge(body["blocks"]) == []
        assert not is_too_long(body["blocks"])


@each_language
def test_a_late_run_is_told_with_when_it_was_planned_and_how_to_start_a_worker(
    render: Render, language: str
) -> None:
    context = run()
    context["flow_run"].expected_start_time = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    body = render(
        context, url="https://a.example/r", template=late_template(texts(language), Runbook())
    )
    words = json.dumps(body, ensure_ascii=False)
    late = texts(language).server_lane.state_names["Late"]
    assert body["text"] == f"🔴 sync-products/samplemall: {late}"
    assert "2026-11-23 05:00 UTC" in words
    assert START_WORKER in words
    assert "<https://a.example/r|" in words


@each_language
def test_a_silent_check_is_told_with_how_long_and_when_it_last_came(
    render: Render, language: str
) -> None:
    context = {"event": SimpleNamespace(occurred=datetime(2026, 11, 23, 5, 5, tzinfo=UTC))}
    template = silence_template(texts(language), Runbook(), timedelta(hours=13))
    words = json.dumps(render(context, template=template), ensure_ascii=False)
    assert texts(language).units.words(timedelta(hours=13)) in words
    assert "2026-11-23 05:05 UTC" in words
    assert "check-expiry/six-hourly" in words
    assert "2026" not in json.dumps(render({"event": None}, template=template))


def test_a_silence_without_a_run_to_show_leads_to_all_runs(render: Render) -> None:
    context = {"event": None, "automation": SimpleNamespace(name="x")}
    template = silence_template(texts("en"), Runbook(), timedelta(hours=13))
    url = "https://prefect.example/automations/automation/1"
    words = json.dumps(render(context, url=url, template=template))
    assert "<https://prefect.example/runs|" in words


@each_language
def test_a_pool_without_a_worker_is_named_with_since_when(render: Render, language: str) -> None:
    at = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)
    context = {
        "event": SimpleNamespace(occurred=at),
        "work_pool": SimpleNamespace(name="cafe24"),
    }
    body = render(
        context, url="https://a.example/p", template=pool_template(texts(language), Runbook())
    )
    words = json.dumps(body, ensure_ascii=False)
    assert body["text"].startswith("🔴 cafe24: ")
    assert "2026-11-23 05:05 UTC" in words
    assert START_WORKER in words
    assert "<https://a.example/p|" in words


def _mrkdwn_texts(blocks: Any) -> list[str]:
    if isinstance(blocks, list):
        return [text for one in blocks for text in _mrkdwn_texts(one)]
    if not isinstance(blocks, dict):
        return []
    if blocks.get("type") == "mrkdwn":
        return [blocks["text"]]
    return [text for one in blocks.values() for text in _mrkdwn_texts(one)]


def crashed(deployment: str = "fan-out", state: str = "Crashed", runs: int = 1) -> dict[str, Any]:
    context = run("refresh-tokens-shard", state, "Its process is gone.")
    context["deployment"].name = deployment
    context["flow_run"].run_count = runs
    return context


@each_language
@pytest.mark.parametrize("runs", range(MOST_ATTEMPTS + 1))
def test_of_a_crashed_shard_it_is_said_that_it_is_begun_again_by_itself(
    render: Render, language: str, runs: int
) -> None:
    words = texts(language).server_lane
    body = render(crashed(runs=runs), language, "https://prefect.example/run")
    [told] = [text for text in _mrkdwn_texts(body["blocks"]) if words.shard_todo in text]
    assert words.open_run in told
    assert not any(words.todo in text for text in _mrkdwn_texts(body["blocks"]))
    assert judge(body["blocks"]) == []


@pytest.mark.parametrize(
    "other",
    [
        crashed(deployment="weekly"),
        crashed(state="Failed"),
        crashed(runs=MOST_ATTEMPTS + 1),
    ],
    ids=["no shard", "failed", "too often"],
)
def test_what_nobody_begins_again_by_itself_is_left_to_a_person(
    render: Render, other: dict[str, Any]
) -> None:
    words = texts("ko").server_lane
    told = _mrkdwn_texts(render(other)["blocks"])
    assert any(words.todo in text for text in told)
    assert not any(words.shard_todo in text for text in told)
