"""One keeper's next step: what it is, and what it leaves behind."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from tests.model.rules import Rules
from tests.model.world import Document, Keeper, Pair, State, Surroundings

Kind = Literal["step", "kill", "loss", "consent", "store lost", "dead", "read", "call", "aside"]


class Move(NamedTuple):
    """One step: what it is to the properties, what it is called, and where it leads."""

    kind: Kind
    said: str
    state: State
    who: Keeper | None = None


@dataclass(frozen=True)
class Step:
    """What the steps of a keeper have in common."""

    state: State
    number: int
    rules: Rules
    world: Surroundings

    @property
    def us(self) -> Keeper:
        return self.state.keepers[self.number]

    def _with(self, keeper: Keeper, state: State | None = None, **changes: Any) -> State:
        state = state or self.state
        keepers = list(state.keepers)
        keepers[self.number] = keeper
        return state._replace(keepers=tuple(keepers), **changes)

    def _paying(self, state: State, what: str) -> State:
        left = getattr(state.budget, what) - 1
        return state._replace(budget=state.budget._replace(**{what: left}))

    def _written(self, document: Document, keeper: Keeper) -> State:
        """Vault's newest version is this one: everybody else's is old now."""
        keepers = tuple(one._replace(has_current=False) for one in self.state.keepers)
        return self._with(keeper, self.state._replace(document=document, keepers=keepers))

    def _told(self, state: State, pair: Pair) -> State:
        """The ledger hears of a pair."""
        known = dict(state.ledger)
        known[pair.lineage] = max(pair.generation, known.get(pair.lineage, 0))
        return state._replace(ledger=tuple(sorted(known.items())))

    def _move(self, said: str, state: State, kind: Kind = "step") -> Move:
        return Move(kind, f"{self.us.name}: {said}", state, self.us)

    def killed(self) -> Move:
        under_way = self.us.at == "sent" and self.us.answer == ""
        delayed = self.state.delayed | ({self.us.spent.token} if under_way else set())
        state = self._with(self.us.rested(), delayed=delayed)
        return self._move(f"KILLED ({self.us.at})", self._paying(state, "kills"), "kill")
