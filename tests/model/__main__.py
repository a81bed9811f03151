"""`python -m tests.model [CASE ...]`: search the large cases, or those that are named."""

import sys

from tests.model.cases import LARGE, SMALL, WEAK
from tests.model.search import Found, search


def main(names: list[str]) -> int:
    """Search and print; 1 when a rule of ours is broken."""
    worlds = {**SMALL, **LARGE}
    wanted = names or list(LARGE)
    unknown = [name for name in wanted if name not in {*worlds, *WEAK}]
    if unknown:
        print(f"There is no case {unknown[0]}. There are: {', '.join([*worlds, *WEAK])}")
        return 2
    states, seconds, is_broken = 0, 0.0, False
    for name in wanted:
        found = (
            search(worlds[name]) if name in worlds else search(WEAK[name].world, WEAK[name].rules)
        )
        _print(name, found)
        states, seconds = states + found.states, seconds + found.seconds
        is_broken = is_broken or bool(found.broken)
    print(f"{states:,} states, {seconds:.1f} s")
    return int(is_broken)


def _print(name: str, found: Found) -> None:
    said = found.broken or "nothing is broken"
    print(f"{name}: {found.states:,} states, {found.seconds:.1f} s: {said}", flush=True)
    for number, step in enumerate(found.story, start=1):
        print(f"  {number:2}. {step}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
