"""What an answer of the token endpoint means; the bodies are Cafe24's, values invented."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from cafe24.secret import Secret
from cafe24.tokens.answer import (
    Answer,
    ClientRefused,
    Granted,
    GrantRefused,
    NotSpent,
    Unclear,
    judged,
)

ASKED_AT = datetime(2026, 11, 23, 5, 5, 41, tzinfo=UTC)
SPENT = Secret("invented-spent")
TOKENS = {
    "access_token": "invented-access",
    "expires_at": "2026-11-23T16:05:41.000",
    "refresh_token": "invented-refresh",
    "refresh_token_expires_at": "2026-12-07T14:05:41.000",
    "client_id": "inventedclient",
    "mall_id": "samplemall",
    "user_id": "samplemall",
    "scopes": ["mall.read_product", "mall.read_category"],
    "issued_at": "2026-11-23T14:05:41.000",
    "shop_no": "1",
    "token_type": "Bearer",
}


def granted(**changes: object) -> Granted:
    verdict = judged(Answer(200, orjson.dumps({**TOKENS, **changes})))
    assert isinstance(verdict, Granted)
    return verdict


def refused(status: int, error: str, text: str = "") -> object:
    return judged(Answer(status, orjson.dumps({"error": error, "error_description": text})))


def test_a_pair_has_its_lifetimes_in_our_clock_whatever_the_zone() -> None:
    pair = granted().pair(ASKED_AT, SPENT)
    assert pair.access_token == Secret("invented-access")
    assert pair.refresh_token == Secret("invented-refresh")
    assert pair.access_expires_at - ASKED_AT == timedelta(hours=2)
    assert pair.refresh_expires_at - ASKED_AT == timedelta(days=14)
    assert pair.scopes == ("mall.read_product", "mall.read_category")


@pytest.mark.parametrize("fraction", ["", ".0", ".916", ".123456"])
def test_times_have_any_number_of_decimals(fraction: str) -> None:
    verdict = granted(
        issued_at=f"2026-11-23T14:05:41{fraction}", expires_at=f"2026-11-23T16:05:41{fraction}"
    )
    assert verdict.pair(ASKED_AT, SPENT).access_expires_at - ASKED_AT == timedelta(hours=2)


def test_an_offset_is_honoured_where_one_comes() -> None:
    verdict = granted(issued_at="2026-11-23T05:05:41Z", expires_at="2026-11-23T16:05:41+09:00")
    assert verdict.pair(ASKED_AT, SPENT).access_expires_at - ASKED_AT == timedelta(hours=2)


@pytest.mark.parametrize("odd", [None, "", "soon", 17, "0000-01-01T00:00:00"])
def test_times_that_cannot_be_read_give_the_documented_lifetimes(odd: object) -> None:
    pair = granted(expires_at=odd, refresh_token_expires_at=odd).pair(ASKED_AT, SPENT)
    assert pair.access_expires_at - ASKED_AT == timedelta(hours=2)
    assert pair.refresh_expires_at - ASKED_AT == timedelta(days=14)


def test_an_answer_without_a_refresh_token_keeps_the_old_one() -> None:
    verdict = granted(refresh_token=None)
    assert not verdict.rotated
    assert verdict.pair(ASKED_AT, SPENT).refresh_token == SPENT


def test_a_refresh_token_that_stands_whole_in_a_cut_body_is_saved() -> None:
    body = orjson.dumps({"refresh_token": "invented-refresh", **TOKENS})
    cut = body[: body.index(b"inventedclient")]
    verdict = judged(Answer(200, cut, is_whole=False))
    assert isinstance(verdict, Granted)
    pair = verdict.pair(ASKED_AT, SPENT)
    assert pair.refresh_token == Secret("invented-refresh")
    assert pair.access_token == Secret("invented-access")


def test_an_access_token_that_never_came_is_one_that_has_ended() -> None:
    verdict = judged(Answer(200, b'{"refresh_token": "invented-refresh", "acce', is_whole=False))
    assert isinstance(verdict, Granted)
    pair = verdict.pair(ASKED_AT, SPENT)
    assert pair.refresh_token == Secret("invented-refresh")
    assert pair.access_expires_at == ASKED_AT


def test_a_body_cut_inside_the_refresh_token_proves_nothing() -> None:
    cut = b'{"access_token": "invented", "refresh_token": "inven'
    verdict = judged(Answer(200, cut, is_whole=False))
    assert isinstance(verdict, Unclear)


@pytest.mark.parametrize("body", [b"<html>502</html>", b"", b"[]", b"null", b'{"a": 1}', b"\xff"])
def test_200_without_tokens_proves_nothing(body: bytes) -> None:
    assert isinstance(judged(Answer(200, body)), Unclear)


@pytest.mark.parametrize("status", [400, 401])
def test_invalid_grant_is_the_token_refused(status: int) -> None:
    assert isinstance(refused(status, "invalid_grant", "Invalid refresh_token"), GrantRefused)
    assert isinstance(refused(status, "other", "Invalid refresh_token"), GrantRefused)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ("invalid_client", "It is a wrong client_secret."),
        ("invalid_client", ""),
        ("invalid_grant", "Invalid client_secret"),
    ],
)
def test_a_wrong_client_secret_leaves_the_token_good(error: str, text: str) -> None:
    assert isinstance(refused(401, error, text), ClientRefused)


def test_a_429_spent_nothing_and_says_how_long_to_wait() -> None:
    verdict = judged(Answer(429, b"Too Many Requests"))
    assert isinstance(verdict, NotSpent)
    assert verdict.wait >= timedelta(minutes=1)
    told = judged(Answer(429, b"", retry_after_s=30))
    assert isinstance(told, NotSpent)
    assert told.wait == timedelta(seconds=30)


@pytest.mark.parametrize("status", [301, 302, 403, 404, 418, 500, 502, 503, 504])
def test_anything_else_leaves_the_tokens_fate_open(status: int) -> None:
    assert isinstance(judged(Answer(status, b"<html>...</html>")), Unclear)


def test_the_other_error_envelope_is_understood() -> None:
    body = orjson.dumps({"error": {"code": 401, "message": "Invalid refresh_token"}})
    assert isinstance(judged(Answer(401, body)), GrantRefused)


def test_no_form_of_an_answer_shows_a_token() -> None:
    answer = Answer(200, orjson.dumps(TOKENS))
    shown = repr(answer) + repr(judged(answer)) + repr(granted().pair(ASKED_AT, SPENT))
    assert "invented-" not in shown
