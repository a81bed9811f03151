"""A pair from elsewhere: every form it comes in, and what is not known of its times."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from cafe24.errors import UsageError
from cafe24.malls import MallId
from cafe24.tokens.foreign_pair import ForeignPair

MALL = MallId("samplemall")
NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
ANSWER = {
    "access_token": "invented-access",
    "expires_at": "2026-11-24T16:00:00.000",
    "refresh_token": "invented-refresh",
    "refresh_token_expires_at": "2026-12-08T14:00:00.000",
    "client_id": "inventedclient",
    "mall_id": "samplemall",
    "user_id": "samplemall",
    "scopes": ["mall.read_product"],
    "issued_at": "2026-11-24T14:00:00.000",
    "shop_no": "2",
}


def parsed(**fields: object) -> ForeignPair:
    given = {name: value for name, value in {**ANSWER, **fields}.items() if value is not None}
    return ForeignPair.parsed(json.dumps(given), MALL)


def test_times_without_an_offset_are_korean() -> None:
    found = parsed()
    pair = found.pair(NOW)
    assert pair.issued_at == datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
    assert pair.access_expires_at == datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    assert pair.refresh_expires_at == datetime(2026, 12, 8, 5, 0, tzinfo=UTC)
    assert (found.shop_no, found.scopes, found.status(NOW)) == (2, ("mall.read_product",), "active")


@pytest.mark.parametrize("text", ["2026-11-24T16:00:00+09:00", "2026-11-24T07:00:00Z", 1795503600])
def test_an_offset_is_honoured(text: object) -> None:
    pair = parsed(expires_at=text).pair(NOW)
    assert pair.access_expires_at == datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


def test_milliseconds_are_told_from_seconds() -> None:
    pair = parsed(expires_at=1795503600000).pair(NOW)
    assert pair.access_expires_at == datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


def test_an_expired_access_token_leaves_the_pair_unproven() -> None:
    assert parsed(expires_at="2026-11-24T15:00:00").status(NOW) == "unproven"
    assert parsed(access_token=None).status(NOW) == "unproven"


def test_without_its_end_a_refresh_token_lives_fourteen_days() -> None:
    found = parsed(refresh_token_expires_at=None)
    assert found.pair(NOW).refresh_expires_at == datetime(2026, 12, 8, 5, 0, tzinfo=UTC)
    assert found.status(NOW) == "active"


def test_its_end_alone_tells_when_it_was_granted() -> None:
    pair = parsed(issued_at=None).pair(NOW)
    assert pair.issued_at == datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


def test_undated_it_is_unproven_and_due_at_once() -> None:
    found = parsed(issued_at=None, refresh_token_expires_at=None)
    pair = found.pair(NOW)
    assert found.status(NOW) == "unproven"
    # check-expiry starts a refresh by itself from this age on.
    assert NOW - pair.issued_at == timedelta(days=8, hours=6)
    assert pair.refresh_expires_at > NOW


def test_a_time_in_the_future_does_not_put_the_next_refresh_off() -> None:
    assert parsed(issued_at="2026-12-24T14:00:00").pair(NOW).issued_at == NOW


@pytest.mark.parametrize(
    "prefix", ["", "CAFE24_", "NEXT_PUBLIC_CAFE24_", "SHOP_CAFE24_", "cafe24_"]
)
def test_env_lines_have_any_prefix(prefix: str) -> None:
    lines = (
        f"{prefix}ACCESS_TOKEN=invented-access\n{prefix}REFRESH_TOKEN='invented-refresh'\n"
        f"{prefix}TOKEN_EXPIRES_AT=2026-11-24T16:00:00.000\n{prefix}CLIENT_ID=inventedclient\n"
        "FACEBOOK_ACCESS_TOKEN=somebody-elses\n"
    )
    found = ForeignPair.parsed(lines, MALL)
    assert found.refresh_token.reveal() == "invented-refresh"
    assert found.access_token is not None
    assert found.access_token.reveal() == "invented-access"
    assert found.client_id == "inventedclient"
    assert found.expires_at == datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


def test_two_lines_that_disagree_are_refused_by_their_line() -> None:
    lines = "REFRESH_TOKEN=invented-one\n\nCAFE24_REFRESH_TOKEN=invented-two\n"
    with pytest.raises(UsageError, match=r"Line \d: CAFE24_REFRESH_TOKEN") as refusal:
        ForeignPair.parsed(lines, MALL)
    assert "invented" not in str(refusal.value)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"mall_id": "othermall"}, "of the mall 'othermall'"),
        ({"refresh_token": None}, "No refresh token"),
        ({"refresh_token": 5}, "refresh_token is no text"),
        ({"refresh_token": "canary one"}, "refresh_token is no token"),
        ({"expires_at": "canary"}, "expires_at is no time"),
        ({"issued_at": ["canary"]}, "issued_at is no time"),
        ({"shop_no": "canary"}, "shop_no is no number"),
    ],
)
def test_what_cannot_be_read_is_named_and_not_shown(fields: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said) as refusal:
        parsed(**fields)
    assert "canary" not in str(refusal.value)
