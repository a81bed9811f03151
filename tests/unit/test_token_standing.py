"""Whether a mall's refresh token may be spent now, as its document stands."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from cafe24.errors import (
    Cafe24Away,
    CafeError,
    MallPaused,
    RateLimited,
    Reauthorize,
    StoreRolledBack,
    TokenAmbiguous,
    VaultRefused,
)
from cafe24.tokens.document import Intent, MallDocument
from cafe24.tokens.need import FORCED, NO_OVERRIDE, Need, Override
from cafe24.tokens.standing import Standing, settles_at
from cafe24.tokens.store import Stored
from tests.unit.test_token_place import NOW, document

SETTLE = timedelta(minutes=15)
AFTER_SETTLING = NOW + SETTLE
GONE = Intent(owner="o", host="worker-7", pid=1, generation=3, lease_s=45, parent="p")


def stored(of: MallDocument, *, age: timedelta = timedelta(0)) -> Stored:
    return Stored(of, 5, written_at=NOW - age, read_at=NOW)


def standing(known: Mapping[str, int] | None = None) -> Standing:
    return Standing("test", SETTLE, lambda _mall: known or {})


def checked(
    of: MallDocument,
    need: Need = FORCED,
    override: Override = NO_OVERRIDE,
    *,
    age: timedelta = timedelta(0),
    known: Mapping[str, int] | None = None,
) -> MallDocument:
    return standing(known).checked(stored(of, age=age), need, override).document


AMBIGUOUS = document(status="ambiguous", sent=[NOW - timedelta(hours=1)])
LEFT_OPEN = document(intent=GONE, sent=[NOW]).left_open()
CALLS = [NOW - timedelta(minutes=10 + n) for n in range(15)]


def test_a_good_document_may_be_spent_from_as_it_is() -> None:
    assert checked(document()) == document()


@pytest.mark.parametrize(
    ("refused", "error", "said"),
    [
        (document(status="paused"), MallPaused, "manage.py resume samplemall"),
        (document(status="reauthorize"), Reauthorize, "manage.py authorize samplemall"),
        (AMBIGUOUS, TokenAmbiguous, "settled by itself in 15 min"),
        (LEFT_OPEN, TokenAmbiguous, "worker-7; a spill may lie there"),
        (document(not_before=NOW + timedelta(minutes=9)), RateLimited, "in 9 min"),
        (document(calls=CALLS[:12]), RateLimited, "12 token calls"),
    ],
)
def test_what_may_not_be_spent_is_refused_with_the_way_out(
    refused: MallDocument, error: type[CafeError], said: str
) -> None:
    with pytest.raises(error, match=said):
        checked(refused)


def test_a_401_on_a_pair_of_this_minute_is_no_reason() -> None:
    young = document(issued_at=NOW - timedelta(seconds=59))
    with pytest.raises(Cafe24Away, match="younger than a minute") as refusal:
        checked(young, Need(rejected=young.grant))
    assert refusal.value.retry_after_s == 1
    assert checked(young, FORCED) == young


def test_an_operator_may_retry_a_dead_token_and_take_a_mall_over() -> None:
    assert checked(document(status="reauthorize"), override=Override(retry_dead=True))
    with pytest.raises(VaultRefused, match="--take-over"):
        standing().refuse_stranger(document(environment="prod"), NO_OVERRIDE)
    standing().refuse_stranger(document(environment="prod"), Override(take_over=True))
    taken = checked(document(environment="prod"), override=Override(take_over=True))
    assert taken.environment == "test"


def test_a_store_behind_the_ledger_is_refused_within_its_lineage_alone() -> None:
    with pytest.raises(StoreRolledBack, match="generation 4 was granted"):
        checked(document(), known={"first": 4})
    assert checked(document(), known={"first": 3, "second": 9}).generation == 3
    accepted = checked(document(), override=Override(accept_store=True), known={"first": 7})
    assert accepted.generation == 7


def test_settling_waits_for_the_old_access_token_unless_it_met_a_401() -> None:
    serving = AMBIGUOUS.model_copy(update={"access_expires_at": NOW + timedelta(minutes=30)})
    with pytest.raises(TokenAmbiguous, match="serves for 25 min"):
        checked(serving, age=SETTLE)
    assert checked(serving, Need(rejected=serving.grant), age=SETTLE) == serving
    assert checked(AMBIGUOUS, age=SETTLE) == AMBIGUOUS


def test_the_last_three_calls_of_the_budget_are_for_settling() -> None:
    twelve = AMBIGUOUS.model_copy(update={"calls": CALLS[:12]})
    assert checked(twelve, age=SETTLE) == twelve
    with pytest.raises(RateLimited, match="15 token calls"):
        checked(AMBIGUOUS.model_copy(update={"calls": CALLS}), age=SETTLE)


@pytest.mark.parametrize(
    ("tries", "minutes"), [(1, 1), (2, 5), (3, 30), (4, 120), (5, 120), (9, 120)]
)
def test_a_settling_call_without_an_answer_is_repeated_later_and_later(
    tries: int, minutes: int
) -> None:
    sent = [NOW - timedelta(hours=24), *[NOW] * tries]
    asked = document(status="ambiguous", sent=sent)
    assert settles_at(stored(asked), SETTLE) == NOW + timedelta(minutes=minutes)


def test_a_settling_call_whose_caller_vanished_is_given_the_whole_time_again() -> None:
    vanished = document(intent=GONE, sent=[NOW - timedelta(hours=1), NOW]).left_open()
    assert settles_at(stored(vanished), SETTLE) == AFTER_SETTLING


def test_a_lease_counts_from_its_writing_and_is_over_when_that_was_written_down() -> None:
    intended = document(intent=GONE)
    assert stored(intended, age=timedelta(seconds=44)).intent_is_live
    assert stored(intended, age=timedelta(seconds=46)).intent_has_run_out
    over = stored(intended.left_open(), age=timedelta(seconds=-1))
    assert not over.intent_is_live
    assert not over.intent_has_run_out
