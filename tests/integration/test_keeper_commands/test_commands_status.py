"""`manage.py status` when somebody does not answer, and as metrics."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.test_keeper_commands.desk import Desk
from tests.integration.test_keeper_commands.prefect_stand_in import PLANNED, PrefectStandIn

DEAD = "http://127.0.0.1:1/api"


def sources(desk: Desk, line: str = "status --prometheus") -> dict[str, float]:
    text = desk.run(line).out
    metrics = {one.name: one for one in text_string_to_metric_families(text)}
    return {one.labels["source"]: one.value for one in metrics["cafe24_source_up"].samples}


def test_the_next_planned_run_is_prefects(desk: Desk, prefect_stand_in: PrefectStandIn) -> None:
    desk.monkeypatch.setenv("PREFECT_API_URL", prefect_stand_in.url)
    [row] = desk.run("status --json").json["malls"]
    assert PLANNED.startswith("2030-01-07T04")
    assert row["next_run_at"] == "2030-01-06T19:00:00Z"
    assert sources(desk) == {"vault": 1, "database": 1, "prefect": 1, "worker": 1}


def test_a_prefect_that_is_down_is_said_and_the_rest_is_shown(desk: Desk) -> None:
    desk.monkeypatch.setenv("PREFECT_API_URL", DEAD)
    said = desk.run("status")
    assert desk.mall in said.out
    assert "Prefect's API does not answer" in said.err
    assert desk.run("status --json --exit-code", code=8).json["malls"][0]["next_run_at"] is None
    assert sources(desk) == {"vault": 1, "database": 1, "prefect": 0, "worker": 0}


def test_a_prefect_that_does_not_let_us_in_is_said_with_the_setting(
    desk: Desk, prefect_stand_in: PrefectStandIn
) -> None:
    desk.monkeypatch.setenv("PREFECT_API_URL", prefect_stand_in.url)
    prefect_stand_in.status = 401
    assert "PREFECT_API_AUTH_STRING" in desk.run("status").err


def test_a_database_that_is_down_is_said_and_the_rest_is_shown(desk: Desk) -> None:
    desk.monkeypatch.setenv("CAFE24_DATABASE_URL", "postgresql://127.0.0.1:1/invented")
    said = desk.run("status")
    assert desk.mall in said.out
    assert said.err
    assert sources(desk) == {"vault": 1, "database": 0}


def test_a_paused_mall_is_told_beside_its_grade(desk: Desk) -> None:
    desk.run("pause MALL")
    desk.monkeypatch.setenv("COLUMNS", "140")
    assert "ok, paused" in desk.run("status").out


def test_one_form_at_a_time(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        desk.run("status --json --prometheus")
    assert ended.value.code == 2
    assert "not allowed with" in capsys.readouterr().err
