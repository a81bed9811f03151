"""What must hold of every step that can be reached."""

from collections.abc import Callable, Mapping

from tests.model.step import Move
from tests.model.world import NO_PAIR, Pair, State, Token

WRONG_DEAD = "reauthorize was written while a usable pair was held"
OVERWRITTEN = "a usable token was overwritten by a dead one"
DROPPED = "a usable pair was dropped"
MISPLACED = "a usable pair was set aside that the document wanted, or had"
TWICE = "two calls for one intent"
REVOKED = "our own call revoked a pair that we held"
ROLLED_BACK = "a token was taken up that the ledger knows to be old"
STUCK = "no way leads out of here"


OTHERS_DOING = {"kill", "loss", "consent", "store lost"}
"""Steps that no rule of the keeper's can prevent: what they cost is the exposure."""


def broken_by(before: State, move: Move) -> str | None:
    """Return the property that a step breaks, if any."""
    return next((name for name, breaks in _PROPERTIES.items() if breaks(before, move)), None)


def _is_wrongly_dead(before: State, move: Move) -> bool:
    """After a restored backup a keeper may still hold what Vault has forgotten."""
    return (
        move.kind == "dead"
        and not before.is_restored
        and bool(_at_hand(before, move) & before.live)
    )


def _at_hand(state: State, move: Move) -> set[Token]:
    """What a wrong "dead" would bury; what drains and late saves bring back is not in it."""
    assert move.who is not None
    memory = [pair for one in state.keepers if not one.has_slept for pair in one.in_hand]
    lineage = state.document.lineage
    found = {pair.token for pair in [*memory, move.who.spill] if pair.lineage == lineage}
    return found | {state.document.token}


def _held(state: State) -> set[Token]:
    pairs: list[Pair] = [*state.aside]
    for keeper in state.keepers:
        pairs += [*keeper.in_hand, keeper.spill]
    return {state.document.token} | {pair.token for pair in pairs if pair != NO_PAIR}


def _was_overwritten(before: State, move: Move) -> bool:
    was, now = before.document.token, move.state.document.token
    is_ours = move.kind not in {"consent", "store lost"}
    return is_ours and was != now and was in before.live and now not in move.state.live


def _was_dropped(before: State, move: Move) -> bool:
    if move.kind in OTHERS_DOING:
        return False
    return bool((_held(before) & before.live & move.state.live) - _held(move.state))


def _was_misplaced(before: State, move: Move) -> bool:
    """After a restored backup a person decides; what is set aside waits for that."""
    if move.kind != "aside" or move.state.is_restored:
        return False
    [pair] = move.state.aside - before.aside or [NO_PAIR]
    document, live = move.state.document, move.state.live
    is_wanted = pair.lineage == document.lineage and document.token not in live
    return pair.token in live and (is_wanted or pair.token == document.token)


def _was_called_twice(_before: State, move: Move) -> bool:
    return move.kind == "call" and move.who is not None and move.who.is_sent


def _was_revoked(before: State, move: Move) -> bool:
    """Whether a call ended what we held, and left us with nothing that lives."""
    if move.kind in OTHERS_DOING:
        return False
    ended = (_held(before) & before.live) - move.state.live
    return bool(ended) and not _held(move.state) & move.state.live


def _is_known_to_be_old(before: State, move: Move) -> bool:
    return move.kind == "read" and before.is_rolled_back


_PROPERTIES: Mapping[str, Callable[[State, Move], bool]] = {
    WRONG_DEAD: _is_wrongly_dead,
    OVERWRITTEN: _was_overwritten,
    DROPPED: _was_dropped,
    MISPLACED: _was_misplaced,
    TWICE: _was_called_twice,
    REVOKED: _was_revoked,
    ROLLED_BACK: _is_known_to_be_old,
}
