"""How tests read what `manage.py doctor` says."""

from tests.integration.test_keeper_commands.desk import Desk, Said


def found(said: Said, name: str) -> dict[str, str]:
    """Return the one line of this name."""
    [one] = [check for check in said.json["checks"] if check["name"] == name]
    one.pop("name")
    return dict(one)


def ailing(desk: Desk, code: int, name: str, *words: str, verdict: str = "wrong") -> None:
    """Assert that the doctor finds this one flaw, says what to do, and changes nothing."""
    before = desk.raw()
    said = desk.run("doctor --json", code=code)
    flaws = [one for one in said.json["checks"] if one["verdict"] != "ok"]
    [flaw] = [one for one in flaws if one["name"] == name and one["verdict"] == verdict] or [{}]
    assert flaw, said.json["checks"]
    assert flaw["next_step"]
    for word in words:
        assert word in flaw["what"] + flaw["next_step"], flaw
    assert desk.raw() == before
