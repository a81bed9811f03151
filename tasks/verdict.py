"""What a run says of itself at its end: one line, green or red."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from prefect import State
from prefect.states import Completed, Failed

from cafe24.malls import MallId
from tasks.each_mall import Answer
from tasks.incidents import Record

FAILED = "failed"
"""How a mall counts that failed and was well before."""

TOLD = 3
"""How many malls are told of in the line; the artifact has them all."""


def verdict(answers: Sequence[Answer[Any]], record: Record) -> State[Any]:
    """Return the run's last state.

    It failed when a mall failed that was well before, or was asked for in vain.
    """
    counts = counted(Counter(outcome_of(answer, record) for answer in answers))
    if not record.new and not record.refused:
        return Completed(message=counts or "There is no mall to do it for.")
    failed = [one for one in answers if one.mall_id in record.new or one.mall_id in record.refused]
    told = first_few([(answer.mall_id, str(answer.error)) for answer in failed])
    return Failed(message=" ".join([f"{counts}.", *told]))


def first_few(failures: Sequence[tuple[MallId, str]]) -> list[str]:
    """Return a sentence for each of the first malls that failed, and how many more did."""
    told = [f"{mall}: {reason}" for mall, reason in failures[:TOLD]]
    more = [f"and {len(failures) - TOLD:,} more"] if len(failures) > TOLD else []
    return [*told, *more]


def outcome_of(answer: Answer[Any], record: Record) -> str:
    """Return what a mall's answer counts as."""
    if answer.value is not None:
        return str(answer.value.outcome)
    if answer.mall_id in record.new:
        return FAILED
    if answer.mall_id in record.refused:
        return "not done"
    return "known to be in trouble" if answer.mall_id in record.known else "left for later"


def counted(outcomes: Mapping[str, int]) -> str:
    """Return such as `970 refreshed, 30 fresh`: the most first, whichever shard ended last."""
    most_first = Counter(outcomes).most_common()
    return ", ".join(f"{count:,} {outcome}" for outcome, count in most_first)
