"""The keeper's rules, searched exhaustively; larger cases: `python -m tests.model`."""

import pytest

from tests.model.__main__ import main
from tests.model.cases import SMALL, WEAK
from tests.model.properties import STUCK
from tests.model.rules import Rules
from tests.model.search import search
from tests.model.world import Budget, Surroundings


@pytest.mark.parametrize("name", SMALL)
def test_nothing_that_can_happen_breaks_the_rules(name: str) -> None:
    found = search(SMALL[name])
    assert found.broken == "", "\n".join(found.story)
    assert found.states > 1000


@pytest.mark.parametrize("name", WEAK)
def test_the_search_finds_what_a_weaker_rule_costs(name: str) -> None:
    weak = WEAK[name]
    found = search(weak.world, weak.rules)
    assert found.broken == weak.broken, "\n".join(found.story)
    assert found.story


def test_the_search_sees_when_no_way_leads_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.model.asking.Asking._is_settled", lambda _: False)
    found = search(Surroundings(budget=Budget(kills=1, asks=2)), Rules())
    assert found.broken == STUCK


def test_the_command_tells_a_broken_rule_as_a_story(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["left without a seal"]) == 1
    assert "leaves it to the spill" in capsys.readouterr().out
    assert main(["no-such-case"]) == 2
