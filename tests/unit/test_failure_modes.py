"""docs/failure-modes.md names a test for every failure, and each of them exists."""

import re

from cafe24.settings import PROJECT

PAGE = PROJECT / "docs" / "failure-modes.md"
ROW = re.compile(r"^\| (\d+) \|.*\|([^|]*)\|$", re.MULTILINE)
NAMED = re.compile(r"`(test_\w+)`")
WRITTEN = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


def test_every_failure_is_there_once() -> None:
    numbers = [int(number) for number, _ in ROW.findall(PAGE.read_text())]
    assert sorted(numbers) == list(range(1, 40))


def test_every_failure_names_a_test_and_each_of_them_exists() -> None:
    written = {
        name
        for file in (PROJECT / "tests").rglob("test_*.py")
        for name in WRITTEN.findall(file.read_text())
    }
    for number, shown_by in ROW.findall(PAGE.read_text()):
        named = set(NAMED.findall(shown_by))
        assert named, f"row {number} names no test"
        assert named <= written, f"row {number}: {named - written}"
