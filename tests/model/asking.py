"""Before a token is spent: `Keeper._ensured`, `Standing.checked` and the drain."""

from collections.abc import Iterator

from cafe24.tokens.held import Place
from tests.model.step import Move, Step
from tests.model.world import NO_PAIR, State


class Asking(Step):
    """A keeper between two runs, or one that looks whether a grant is needed and allowed."""

    def done(self) -> Iterator[Move]:
        asked = self.us.rested()._replace(seen=self.state.document.generation)
        if self.state.budget.asks:
            yield self._move("is asked again", self._paying(self._with(asked), "asks"))
        elif not self.state.is_well:
            # A dead token is met when its access token has run out; nothing else is spent.
            is_dead = self.state.document.token not in self.state.live
            planned = asked if is_dead else self.us.rested()
            yield self._move("runs as planned", self._with(planned))

    def idle(self) -> Iterator[Move]:
        if self.us.spill != NO_PAIR and self.rules.drains_first:
            yield self._drained()
            return
        document = self.state.document
        if document.intent == "over" and self.rules.an_ended_lease_is_left_open:
            left_open = document._replace(intent="open", status="ambiguous")
            yield self._move("writes: left open", self._written(left_open, self.us))
        elif document.generation > self.us.seen and document.status == "active":
            yield self._move("has what it needs", self._with(self.us.done()))
        elif document.intent != "live":
            yield from self._checked()

    def _checked(self) -> Iterator[Move]:
        """`Standing.checked`, and the read that the intent will be written over."""
        document = self.state.document
        if document.status == "reauthorize":
            yield from self._refused("dead", "--retry-quarantined")
        elif self.rules.asks_the_ledger and self.state.is_rolled_back:
            yield from self._refused("rolled back", "--accept-store")
        elif document.status == "active" or self._is_settled():
            yield self._move(f"reads generation {document.generation}", self._reading(), "read")

    def _refused(self, why: str, override: str) -> Iterator[Move]:
        yield self._move(f"refuses: {why}", self._with(self.us.done()))
        if self.state.budget.overrides:
            yield self._move(override, self._paying(self._reading(), "overrides"))

    def _reading(self) -> State:
        """It goes by the version it read; the generation counts from what the ledger knows."""
        document = self.state.document
        known = self.state.known(document.lineage) if self.rules.asks_the_ledger else 0
        counted = max(document.generation, known)
        spent = document._replace(generation=counted)
        return self._with(self.us._replace(at="read", has_current=True, spent=spent))

    def _is_settled(self) -> bool:
        """Whether the settling time has shown that nobody can hold an answer any more."""
        others = (one for at, one in enumerate(self.state.keepers) if at != self.number)
        at_work = {"sent", "holds"} if self.world.sleeps else {"leased", "sent", "holds"}
        is_quiet = not self.state.delayed and not any(
            one.at in at_work or (self.world.drains_in_time and one.spill != NO_PAIR)
            for one in others
        )
        return is_quiet or not self.rules.settles_after_delay

    def _drained(self) -> Move:
        pair, document = self.us.spill, self.state.document
        empty = self.us._replace(spill=NO_PAIR)
        match self.rules.place(pair, document):
            case Place.THERE:
                return self._move("drain: it is home", self._with(empty))
            case Place.OVER:
                return self._move("drain", self._written(document.with_pair(pair), empty))
            case _:
                after = self._with(empty)._replace(aside=self.state.aside | {pair})
                return self._move("drain: set aside", after, "aside")
