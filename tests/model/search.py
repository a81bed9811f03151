"""Breadth-first through everything that can happen, until a property breaks or nothing is left."""

import time
from collections import defaultdict, deque
from typing import NamedTuple

from tests.model.moves import moves
from tests.model.properties import STUCK, broken_by
from tests.model.rules import Rules
from tests.model.step import Move
from tests.model.world import State, Surroundings


class Found(NamedTuple):
    """What a search came to.

    Attributes:
        broken: the property that some story breaks; empty when none does.
        story: the shortest such story, step by step.
    """

    states: int
    seconds: float
    broken: str = ""
    story: tuple[str, ...] = ()


def search(world: Surroundings, rules: Rules | None = None) -> Found:
    """Look at every state that can be reached.

    Keepers without names are the same from every side, which saves most of the work; a
    story is then told with names.
    """
    began = time.monotonic()
    rules = rules or Rules()
    found = Search(world, rules, named=False).run()
    if found.broken:
        found = Search(world, rules, named=True).run()
    return found._replace(seconds=time.monotonic() - began)


class Search:
    """One search."""

    def __init__(self, world: Surroundings, rules: Rules, *, named: bool) -> None:
        self._world = world
        self._rules = rules
        start = world.start(named=named)
        self._came_by: dict[State, tuple[State, str] | None] = {start: None}
        self._leads_to: defaultdict[State, list[State]] = defaultdict(list)
        self._open = deque([start])

    def run(self) -> Found:
        while self._open:
            state = self._open.popleft()
            for move in moves(state, self._rules, self._world):
                broken = broken_by(state, move)
                if broken is not None:
                    return self._found(broken, state, move.said)
                self._go(state, move)
        stuck = self._stuck()
        return self._found("") if stuck is None else self._found(STUCK, stuck)

    def _go(self, state: State, move: Move) -> None:
        after = move.state._replace(keepers=tuple(sorted(move.state.keepers, key=hash)))
        self._leads_to[after].append(state)
        if after not in self._came_by:
            self._came_by[after] = (state, move.said)
            self._open.append(after)

    def _stuck(self) -> State | None:
        """Return a state from which the mall is never well again and no person is asked."""
        good = deque(state for state in self._came_by if _is_good(state))
        leads_there = set(good)
        while good:
            for before in self._leads_to[good.popleft()]:
                if before not in leads_there:
                    leads_there.add(before)
                    good.append(before)
        return next((state for state in self._came_by if state not in leads_there), None)

    def _found(self, broken: str, state: State | None = None, last: str = "") -> Found:
        story = [last] if last else []
        while state is not None:
            came_by = self._came_by[state]
            state, said = came_by or (None, "")
            story.append(said)
        told = tuple(said for said in reversed(story) if said)
        return Found(len(self._came_by), 0.0, broken, told)


def _is_good(state: State) -> bool:
    """Well, or a person is asked to act."""
    return state.is_well or state.document.status == "reauthorize" or state.is_rolled_back
