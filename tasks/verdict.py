"""What a run says of itself at its end: one line, green or red."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from prefect import State
from prefect.states import Completed, Failed

from tasks.each_mall import Answer
from tasks.incidents import Record

TOLD = 3
"""How many malls are told of in the line; the artifact has them all."""


def verdict(answers: Sequence[Answer[Any]], record: Record) -> State[Any]:
    """Return the run's last state.

    It failed when a mall failed that was well before, or was asked for in vain.
    """
    counts = _counted(_outcome(answer, record) for answer in answers)
    if not record.new and not record.refused:
        return Completed(message=counts or "There is no mall to do it for.")
    failed = [one for one in answers if one.mall_id in record.new or one.mall_id in record.refused]
    told = [f"{answer.mall_id}: {answer.error}" for answer in failed[:TOLD]]
    more = [f"and {len(failed) - TOLD} more"] if len(failed) > TOLD else []
    return Failed(message=" ".join([f"{counts}.", *told, *more]))


def _outcome(answer: Answer[Any], record: Record) -> str:
    if answer.value is not None:
        return str(answer.value.outcome)
    if answer.mall_id in record.new:
        return "failed"
    if answer.mall_id in record.refused:
        return "not done"
    return "known to be in trouble" if answer.mall_id in record.known else "left for later"


def _counted(outcomes: Iterable[str]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in Counter(outcomes).items())
