"""A small part of the bench, of a fixed seed; the whole of it is `make faults`."""

import subprocess
import sys

import pytest

from cafe24.settings import PROJECT
from tests.faults.case import Case, Outcome
from tests.faults.invariants import loss_of
from tests.faults.killing import COMMAND, FLOW, Event
from tests.faults.latency import p99
from tests.faults.table import Table

SMALL = [
    "--no-faults",
    "--commands",
    "0",
    "--grants",
    "0",
    "--kills",
    "12",
    "--races",
    "2",
    "--seed",
    "3",
]


@pytest.fixture(scope="module")
def said() -> str:
    """What a small bench prints; it must end well."""
    process = subprocess.run(
        [sys.executable, "-m", "tests.faults", *SMALL],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def test_killed_keepers_lose_nothing_outside_the_exposure(said: str) -> None:
    runs, lost_outside, *_, recovered, broken = total(said)
    assert (runs, lost_outside, recovered, broken) == ("14", "0", "14", "0")


def test_64_processes_and_64_threads_make_one_grant_each(said: str) -> None:
    for kind in ("processes", "threads"):
        [line] = [line for line in said.splitlines() if line.startswith(f"race of 64 {kind}")]
        assert line.split()[4:] == ["1", "0", "0", "0", "1", "0"]


def total(said: str) -> list[str]:
    """Return the figures of the table's last line."""
    [line] = [line for line in said.splitlines() if line.startswith("total")]
    return line.split()[1:]


LEFT = {"event": "step", "name": "leaves"}
DURABLE = {"event": "durable"}
KILLED = {"event": "killed"}


@pytest.mark.parametrize(
    ("events", "whom", "answer_is_lost", "loss"),
    [
        ([LEFT, KILLED], COMMAND, False, "inside"),
        ([KILLED], COMMAND, False, "outside"),
        ([LEFT, DURABLE, KILLED], COMMAND, False, "outside"),
        ([LEFT, KILLED], FLOW, False, "outside"),
        ([LEFT], COMMAND, False, "outside"),
        ([LEFT], COMMAND, True, "inside"),
        ([LEFT, DURABLE], COMMAND, True, "outside"),
    ],
)
def test_a_loss_is_excused_only_between_the_request_and_the_durable_copy(
    events: list[Event], whom: str, answer_is_lost: bool, loss: str
) -> None:
    assert loss_of(events, whom, answer_is_lost=answer_is_lost) == loss


def test_a_broken_case_is_told_with_what_repeats_it() -> None:
    table = Table()
    table.add(
        Outcome(
            Case("all is well"),
            was_killed=False,
            loss="outside",
            is_ambiguous=False,
            ways=[],
            broken=["it was lost"],
        )
    )
    assert table.flaws == ["[all is well | command | never] it was lost"]
    assert table.text().splitlines()[-1].split()[1:] == ["1", "1", "0", "0", "1", "1"]


def test_p99_is_the_value_that_one_of_a_hundred_exceeds() -> None:
    assert p99([float(number) for number in range(1, 101)]) == 99.0
    assert p99([7.0]) == 7.0
