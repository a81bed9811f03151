"""The demo's story says what was expected and what came, above all when it failed."""

import httpx
import pytest

from demo.telling import StepFailed, Telling


def test_a_failed_check_says_what_was_expected_and_ends_the_story(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telling = Telling(as_json=False)
    with pytest.raises(StepFailed) as failure:
        _count_products(telling)
    assert failure.value.exit_code == 1
    assert str(failure.value) == "expected 1200 products, got 1199 products"
    told = capsys.readouterr().out
    assert "NO" in told
    assert "expected: the mall answers; 1200 products" in told
    assert "1199 products" in told
    assert not telling.ok


def test_a_server_that_breaks_off_is_a_failed_check() -> None:
    telling = Telling(as_json=False)
    with pytest.raises(StepFailed, match="ReadError"), telling.step("Ask the mall"):
        raise httpx.ReadError("it broke off")
    [step] = telling.report({})["steps"]
    assert (step["ok"], step["got"]) == (False, "ReadError: it broke off")
    assert step["expected"] == "no error"


def test_asked_for_json_the_story_leaves_stdout_to_the_object(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telling = Telling(as_json=True)
    with telling.step("Start") as step:
        step.check("up", "up", ok=True)
    telling.table()
    told = capsys.readouterr()
    assert told.out == ""
    assert "Start: up" in told.err


def test_the_table_shows_every_step_and_the_count(capsys: pytest.CaptureFixture[str]) -> None:
    telling = Telling(as_json=False)
    with telling.step("Start") as step:
        step.check("three [servers]", "two [servers]", ok=True)
    telling.table()
    told = capsys.readouterr().out
    assert "three [servers]" in told
    assert "1 of 1 steps ok in 0 s" in told


def _count_products(telling: Telling) -> None:
    with telling.step("Count the products") as step:
        step.check("the mall answers", "the mall answers", ok=True)
        step.check("1200 products", "1199 products", ok=False)
