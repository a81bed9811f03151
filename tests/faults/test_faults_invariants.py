"""The bench's judge is judged: each invariant is broken once, and it says so."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from cafe24.secret import Secret
from cafe24.tokens.document import Intent, MallDocument
from cafe24.vault.kv import Version
from tests.faults.invariants import examine, history_flaws
from tests.faults.killing import COMMAND

BEGUN = datetime(2030, 1, 1, tzinfo=UTC)


def document(token: str, **fields: Any) -> MallDocument:
    return MallDocument(
        environment="test",
        mall_id="samplemall",
        client_id="app",
        lineage="one",
        generation=1,
        access_token=Secret("access"),
        access_expires_at=BEGUN,
        refresh_token=Secret(token),
        refresh_expires_at=BEGUN,
        issued_at=BEGUN,
        scopes=[],
        **fields,
    )


def intended(token: str, owner: str) -> MallDocument:
    intent = Intent(owner=owner, host="h", pid=1, generation=1, lease_s=45, parent=token)
    return document(token, intent=intent)


def shop(*documents: MallDocument, posts: list[tuple[str, int, str]], **more: Any) -> Any:
    """A shop as the judge sees it; a token's fingerprint is the token, a version a second."""
    versions = [
        Version(one.vault_data(), number, BEGUN + timedelta(seconds=number), BEGUN)
        for number, one in enumerate(documents, 1)
    ]
    told = [
        {"presented": token, "at": (BEGUN + timedelta(seconds=second)).isoformat(), "outcome": end}
        for token, second, end in posts
    ]
    return SimpleNamespace(
        posts=lambda: told,
        versions=lambda: versions,
        keys=SimpleNamespace(fingerprint=Secret.reveal),
        stored=lambda: SimpleNamespace(document=documents[-1]),
        **more,
    )


def test_a_grant_by_the_rules_has_no_flaw() -> None:
    ours = shop(
        document("old"), intended("old", "me"), document("new"), posts=[("old", 2, "granted")]
    )
    assert history_flaws(ours) == []


def test_two_calls_for_one_intent_are_a_flaw() -> None:
    twice = [("old", 2, "granted"), ("old", 2, "granted")]
    ours = shop(document("old"), intended("old", "me"), posts=twice)
    assert history_flaws(ours) == ["2 calls for 1 intents"]


def test_a_call_with_a_refused_token_is_a_flaw() -> None:
    again = [("old", 2, "invalid_grant"), ("old", 3, "invalid_grant")]
    ours = shop(intended("old", "me"), intended("old", "you"), posts=again)
    assert history_flaws(ours) == ["a call with a token that was refused before"]


@pytest.mark.parametrize(
    ("last", "is_flaw"),
    [(intended("old", "you"), False), (document("old", status="reauthorize"), True)],
)
def test_a_killed_holder_may_take_a_refusal_with_it_unless_vault_knows(
    last: MallDocument, is_flaw: bool
) -> None:
    again = [("old", 2, "invalid_grant"), ("old", 9, "invalid_grant")]
    ours = shop(intended("old", "me"), intended("old", "she"), last, posts=again)
    assert bool(history_flaws(ours, holder_died=True)) == is_flaw


def test_a_call_after_the_successor_was_in_vault_is_a_flaw() -> None:
    late = [("old", 9, "granted")]
    ours = shop(intended("old", "me"), document("new"), posts=late)
    assert history_flaws(ours) == ["a call with a token whose successor was in Vault"]


@pytest.mark.parametrize(
    ("held", "loss", "flaws"),
    [
        ({"new"}, "", ["reauthorize while a good pair is held"]),
        ({"old"}, "outside", ["a pair was lost outside the exposure"]),
    ],
)
def test_what_is_held_is_compared_with_what_lives(
    held: set[str], loss: str, flaws: list[str]
) -> None:
    ours = shop(
        document("old", status="reauthorize"), posts=[], held=lambda: held, live=lambda: {"new"}
    )
    found = examine(ours, [], COMMAND, answer_is_lost=False, pair_is_gone=False)
    assert (found.loss, found.broken) == (loss, flaws)
