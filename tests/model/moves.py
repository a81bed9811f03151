"""Everything that can happen next: each keeper's next step, and what the world does to them."""

from collections.abc import Iterator, Mapping

from tests.model.asking import Asking
from tests.model.granting import Granting, served
from tests.model.rules import Rules
from tests.model.saving import Saving
from tests.model.step import Move, Step
from tests.model.world import At, Document, State, Surroundings

STEPS: Mapping[At, type[Step]] = {
    **dict.fromkeys(("idle", "done"), Asking),
    **dict.fromkeys(("read", "leased", "sent", "refused", "unclear", "unspent"), Granting),
    "holds": Saving,
}


def moves(state: State, rules: Rules, world: Surroundings) -> Iterator[Move]:
    """Yield every next step."""
    for number, keeper in enumerate(state.keepers):
        step = STEPS[keeper.at](state, number, rules, world)
        yield from getattr(step, keeper.at)()
        if keeper.at not in {"idle", "done"} and state.budget.kills:
            yield step.killed()
    yield from _of_the_world(state, world)


def _of_the_world(state: State, world: Surroundings) -> Iterator[Move]:
    document, budget = state.document, state.budget
    if document.intent == "live" and (world.pauses or world.sleeps or not _answers_in_time(state)):
        ended = state._replace(document=document._replace(intent="over"))
        yield Move("step", "the lease runs out", ended)
    for token in state.delayed:
        after, _ = served(state, token, 0, world)
        arrived = after._replace(delayed=state.delayed - {token})
        yield Move("loss", f"a delayed request {token} arrives, its answer nowhere", arrived)
    if budget.consents and (world.consent_any_time or document.status == "reauthorize"):
        yield Move("consent", "a person consents", _consented(state, world))
    if budget.rollbacks and document != Document():
        paid = state._replace(budget=budget._replace(rollbacks=budget.rollbacks - 1))
        keepers = tuple(one._replace(has_current=False) for one in state.keepers)
        restored = paid._replace(document=Document(), keepers=keepers, is_restored=True)
        yield Move("store lost", "Vault is restored from a backup", restored)


def _answers_in_time(state: State) -> bool:
    """Whether the holder has sent: it does so only if the whole answer fits into its lease."""
    return any(one.has_current and one.at == "sent" for one in state.keepers)


def _consented(state: State, world: Surroundings) -> State:
    lineage = state.newest + 1
    token = (lineage, lineage)
    live = frozenset({token}) if world.consent_revokes else state.live | {token}
    highest = max([state.document.generation, *(known for _, known in state.ledger)])
    document = Document(lineage=lineage, generation=highest + 1, token=token)
    known = tuple(sorted([*state.ledger, (lineage, document.generation)]))
    keepers = tuple(one._replace(has_current=False) for one in state.keepers)
    budget = state.budget._replace(consents=state.budget.consents - 1)
    return state._replace(
        document=document, live=live, newest=lineage, ledger=known, keepers=keepers, budget=budget
    )
