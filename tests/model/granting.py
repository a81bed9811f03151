"""While a token is spent: `Granter.grant`, from the intent to what the answer means."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from tests.model.step import Move, Step
from tests.model.world import Document, Keeper, Pair, State, Surroundings, Token


class Served(NamedTuple):
    """The server after a call, and its answer."""

    state: State
    answer: Pair | Literal["invalid_grant"]


def served(state: State, token: Token, generation: int, world: Surroundings) -> Served:
    """Return what the token endpoint does with a token."""
    if token in state.live:
        number = state.newest + 1
        new = (token[0], number)
        live = (state.live - {token}) | {new}
        after = state._replace(live=live, newest=number)
        return Served(after, Pair(new, token, token[0], generation + 1))
    if world.revokes_on_reuse:
        state = state._replace(live=frozenset(one for one in state.live if one[0] != token[0]))
    return Served(state, "invalid_grant")


class Granting(Step):
    """A keeper that spends a token, or is about to."""

    def read(self) -> Iterator[Move]:
        if not self.us.has_current:
            yield self._move("intent: somebody wrote first", self._with(self.us.rested()))
            return
        intended = self.us.spent._replace(intent="live")
        leased = self.us._replace(at="leased", has_current=True)
        yield self._move("writes its intent", self._written(intended, leased))
        if self.state.budget.vault_faults:
            state = self._paying(self._written(intended, self.us.rested()), "vault_faults")
            yield self._move("writes its intent, hears nothing, gives up", state)

    def leased(self) -> Iterator[Move]:
        is_mine = self.us.has_current and self.state.document.intent == "live"
        if is_mine or self.world.pauses or self.world.sleeps:
            sent = self.us._replace(at="sent", is_sent=True, has_slept=not is_mine)
            yield self._move(f"POST {self.us.spent.token}", self._with(sent), "call")
        if not is_mine:
            yield self._move("too late to send", self._with(self.us._replace(at="unspent")))
        elif self.state.budget.net_faults:
            state = self._with(self.us._replace(at="unspent"))
            yield self._move("is not let through", self._paying(state, "net_faults"))

    def sent(self) -> Iterator[Move]:
        if self.us.answer == "":
            yield from self._served()
        elif isinstance(self.us.answer, Pair):
            holding = self.us._replace(at="holds", answer="", pair=self.us.answer)
            yield self._move(f"has {self.us.answer.token}", self._with(holding))
            if self.state.budget.net_faults:
                state = self._paying(self._with(self._unanswered()), "net_faults")
                yield self._move("answer lost", state, "loss")
        else:
            refused = self.us._replace(at="refused", answer="")
            yield self._move("hears invalid_grant", self._with(refused))

    def _served(self) -> Iterator[Move]:
        spent = self.us.spent
        state, answer = served(self.state, spent.token, spent.generation, self.world)
        after = self._with(self.us._replace(answer=answer), state)
        yield self._move("Cafe24 answers", after)
        if self.state.budget.net_faults:
            state = self._paying(self._with(self._unanswered()), "net_faults")
            yield self._move("request lost", state)
            delayed = state.delayed | {spent.token}
            yield self._move("gives up, request still under way", state._replace(delayed=delayed))

    def _unanswered(self) -> Keeper:
        return self.us._replace(at="unclear" if self.rules.sends_once else "leased", answer="")

    def refused(self) -> Iterator[Move]:
        document = self.state.document
        dead = document._replace(status="reauthorize", intent="none")
        may_write = self.us.has_current
        if self.rules.dead_is_written_over == "version re-read":
            may_write = document.generation == self.us.spent.generation
        if may_write:
            yield self._move("writes: dead", self._written(dead, self.us.done()), "dead")
            yield from self._hindered()
        else:
            yield self._move("dead? the document moved on", self._with(self.us.rested()))

    def unclear(self) -> Iterator[Move]:
        yield from self._noted(self.state.document._replace(status="ambiguous", intent="none"))

    def unspent(self) -> Iterator[Move]:
        yield from self._noted(self.state.document._replace(intent="none"))

    def _noted(self, document: Document) -> Iterator[Move]:
        if self.us.has_current:
            yield self._move(f"notes: {self.us.at}", self._written(document, self.us.rested()))
            yield from self._hindered()
        else:
            yield self._move(f"{self.us.at}, not its version", self._with(self.us.rested()))

    def _hindered(self) -> Iterator[Move]:
        """Vault does not take what was to be noted: the intent stays until it runs out."""
        if self.state.budget.vault_faults:
            state = self._paying(self._with(self.us.rested()), "vault_faults")
            yield self._move("Vault is away, nothing is noted", state)
