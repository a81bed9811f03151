"""`make faults`: the whole bench, its table, and exit code 1 if an invariant is broken."""

import argparse
import random
import sys
import time

from tests.faults import case, commands, kills, races
from tests.faults.conditions import ALL
from tests.faults.latency import measured
from tests.faults.pool import in_short_times, in_usual_times
from tests.faults.table import Table, figures_text

WORKERS = 16
RACES_AT_ONCE = 3


def main() -> int:
    """Play everything, print everything, return the exit code."""
    arguments = _arguments()
    dice = random.Random(arguments.seed)  # noqa: S311 - a repeatable bench
    table, begun = Table(), time.monotonic()
    figures = measured(arguments.grants)
    for part in (_nobody_killed, _killed, _raced, _by_real_processes):
        part(table, arguments, dice)
    sys.stdout.write(f"{table.text()}\n\n{figures_text(figures)}\n\n")
    slow = [one.name for one in figures if not one.is_kept]
    flaws = [*table.flaws, *(f"slower than its limit: {name}" for name in slow)]
    for flaw in flaws:
        sys.stdout.write(f"BROKEN {flaw}\n")
    sys.stdout.write(f"seed {arguments.seed}, {time.monotonic() - begun:.0f} s\n")
    return 1 if flaws else 0


def _nobody_killed(table: Table, arguments: argparse.Namespace, _dice: random.Random) -> None:
    if arguments.faults:
        cases = [case.Case(one.name) for one in ALL]
        for outcome in in_short_times(arguments.workers, case.play, cases):
            table.add(outcome)


def _killed(table: Table, arguments: argparse.Namespace, dice: random.Random) -> None:
    if not arguments.kills:
        return
    swept = [one for one in ALL if arguments.faults or one.name in kills.QUICK]
    rehearsals = kills.rehearsed(arguments.workers, swept)
    cases = kills.planned(arguments.kills, rehearsals, dice)
    for outcome in in_short_times(arguments.workers, kills.play_killed, cases):
        table.add(outcome)
    every = kills.every_step(rehearsals)
    hit = {(one.condition, one.whom, one.step) for one in cases} & every
    sys.stdout.write(f"steps of a token's holder: {len(every)}, killed at: {len(hit)}\n")


def _raced(table: Table, arguments: argparse.Namespace, dice: random.Random) -> None:
    if arguments.races:
        drawn = races.drawn(arguments.races, arguments.racers, dice)
        for outcome in in_usual_times(RACES_AT_ONCE, races.play, drawn):
            name = f"race of {arguments.racers} {outcome.race.kind}"
            table.count(name, False, False, False, not outcome.broken, bool(outcome.broken))
            table.flaws += [f"{outcome.race} {flaw}" for flaw in outcome.broken]


def _by_real_processes(table: Table, arguments: argparse.Namespace, dice: random.Random) -> None:
    if arguments.commands:
        drawn = commands.drawn(arguments.commands, dice)
        for outcome in in_usual_times(arguments.workers, commands.play, drawn):
            table.add(outcome)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults ARGS=...", description=__doc__)
    parser.add_argument("--kills", type=int, default=2000, help="SIGKILLs at steps and instants")
    parser.add_argument("--races", type=int, default=300, help="half processes, half threads")
    parser.add_argument("--racers", type=int, default=races.RACERS, help="in each race")
    parser.add_argument("--commands", type=int, default=50, help="cases through manage.py")
    parser.add_argument("--grants", type=int, default=200, help="for the figures")
    parser.add_argument("--workers", type=int, default=WORKERS, help="cases at once")
    parser.add_argument("--seed", type=int, default=24, help="of what is drawn")
    parser.add_argument(
        "--no-faults",
        dest="faults",
        action="store_false",
        help="kills in a few conditions only",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
