"""After a grant: `Safekeeping.save`, until the pair is in Vault, in a spill, or set aside."""

from collections.abc import Iterator

from cafe24.tokens.held import Place
from tests.model.step import Move, Step
from tests.model.world import NO_PAIR, Document


class Saving(Step):
    """A keeper that holds a new pair."""

    def holds(self) -> Iterator[Move]:
        document = self.state.document
        if self.us.has_current:
            over = document.with_pair(self.us.pair)
            yield from self._saved(over, "saves")
            if self.state.budget.vault_faults:
                waiting = self.us._replace(has_current=False)
                state = self._paying(self._written(over, waiting), "vault_faults")
                yield self._move("saves, hears nothing", state)
        else:
            yield from self._placed()
        if self.state.budget.vault_faults:
            yield from self._sealed()

    def _saved(self, document: Document, said: str) -> Iterator[Move]:
        """The pair is in Vault and read back: the spill goes, the ledger is told if it can be."""
        after = self._written(document, self.us.done()._replace(spill=NO_PAIR))
        yield self._move(said, self._told(after, self.us.pair))
        if self.state.budget.rollbacks:
            yield self._move(f"{said}, the ledger is away", after)

    def _placed(self) -> Iterator[Move]:
        pair, document = self.us.pair, self.state.document
        finished = self.us.done()._replace(spill=NO_PAIR)
        match self.rules.place(pair, document):
            case Place.THERE:
                after = self._told(self._with(finished), pair)
                yield self._move("its pair is there already", after)
            case Place.OVER:
                yield from self._saved(document.with_pair(pair), "saves over what it found")
            case Place.ASIDE:
                aside = self.state.aside | {pair}
                after = self._with(finished)._replace(aside=aside)
                yield self._move("sets its pair aside", after, "aside")

    def _sealed(self) -> Iterator[Move]:
        if self.us.spill == NO_PAIR and self.rules.seals_before_leaving:
            state = self._with(self.us._replace(spill=self.us.pair))
            yield self._move("seals its pair", self._paying(state, "vault_faults"))
        elif self.us.spill != NO_PAIR or not self.rules.seals_before_leaving:
            left = self._with(self.us.rested())
            yield self._move("leaves it to the spill", self._told(left, self.us.pair))
            yield self._move("leaves it to the spill, the ledger is away", left)
