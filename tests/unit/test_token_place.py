"""Where a granted pair belongs: what it was bought with decides, never a generation alone."""

from datetime import UTC, datetime, timedelta

import pytest

from cafe24.secret import Secret
from cafe24.tokens.document import MallDocument
from cafe24.tokens.held import HeldPair, Place, place
from cafe24.tokens.pair import TokenPair

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def pair(name: str, issued_at: datetime = NOW) -> TokenPair:
    return TokenPair(
        access_token=Secret(f"invented-access-{name}"),
        access_expires_at=issued_at + timedelta(hours=2),
        refresh_token=Secret(f"invented-refresh-{name}"),
        refresh_expires_at=issued_at + timedelta(days=14),
        issued_at=issued_at,
        scopes=("mall.read_product",),
    )


def document(name: str = "old", **fields: object) -> MallDocument:
    old = pair(name, NOW - timedelta(days=7))
    usual = {
        "environment": "test",
        "mall_id": "samplemall",
        "client_id": "invented-client",
        "lineage": "first",
        "generation": 3,
        "access_token": old.access_token,
        "access_expires_at": old.access_expires_at,
        "refresh_token": old.refresh_token,
        "refresh_expires_at": old.refresh_expires_at,
        "issued_at": old.issued_at,
        "scopes": [],
    }
    return MallDocument.model_validate({**usual, **fields})


def fingerprint(token: Secret) -> str:
    return token.fingerprint(b"invented-key")


OLD = document()
HELD = HeldPair.bought(OLD, fingerprint(OLD.refresh_token), pair("new"))
SAVED = OLD.with_pair(pair("new"))
LATER_SIBLING = OLD.with_pair(pair("sibling", NOW + timedelta(minutes=1)))
EARLIER_SIBLING = OLD.with_pair(pair("sibling", NOW - timedelta(minutes=1)))


@pytest.mark.parametrize(
    ("found", "where"),
    [
        (SAVED, Place.THERE),
        (OLD, Place.OVER),
        (OLD.marked("reauthorize"), Place.OVER),
        (OLD.model_copy(update={"generation": 9}), Place.OVER),
        (EARLIER_SIBLING, Place.OVER),
        (LATER_SIBLING, Place.ASIDE),
        (SAVED.with_pair(pair("newer")), Place.ASIDE),
        (OLD.model_copy(update={"lineage": "second"}), Place.ASIDE),
        (OLD.model_copy(update={"environment": "prod"}), Place.ASIDE),
    ],
    ids=[
        "it is there",
        "its parent is there",
        "its parent, believed dead",
        "its parent, counted differently",
        "an earlier pair of the same parent",
        "a later pair of the same parent",
        "a pair that came after it",
        "a consent came between",
        "another environment's",
    ],
)
def test_where_a_held_pair_belongs(found: MallDocument, where: Place) -> None:
    assert place(HELD, found, fingerprint) is where


def test_a_pair_without_a_new_refresh_token_is_not_taken_for_saved() -> None:
    not_rotated = TokenPair(
        access_token=Secret("invented-access-new"),
        access_expires_at=NOW + timedelta(hours=2),
        refresh_token=OLD.refresh_token,
        refresh_expires_at=OLD.refresh_expires_at,
        issued_at=NOW,
        scopes=(),
    )
    held = HeldPair.bought(OLD, fingerprint(OLD.refresh_token), not_rotated)
    assert place(held, OLD, fingerprint) is Place.OVER
    assert place(held, OLD.with_pair(not_rotated), fingerprint) is Place.THERE


def test_a_held_pair_survives_vault() -> None:
    assert HeldPair.parsed(HELD.vault_data(), "quarantine/samplemall") == HELD


def test_a_pair_that_comes_home_ends_every_trouble_and_no_pause() -> None:
    for status in ("ambiguous", "reauthorize", "unproven"):
        assert document(status=status).with_pair(pair("new")).status == "active"
    assert document(status="paused").with_pair(pair("new")).status == "paused"
