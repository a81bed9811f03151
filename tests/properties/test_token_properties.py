"""What holds for any answer, any document, any moment."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cafe24.errors import VaultRefused
from cafe24.secret import Secret
from cafe24.tokens.answer import Answer, Granted, NotSpent, judged
from cafe24.tokens.document import MallDocument
from cafe24.tokens.pair import TokenPair

moments = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    max_value=datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
tokens = st.text(min_size=1, max_size=60)
secrets = tokens.map(Secret)


@st.composite
def documents(draw: st.DrawFn) -> MallDocument:
    issued_at = draw(moments)
    return MallDocument(
        environment="test",
        mall_id="samplemall",
        client_id="inventedclient",
        status=draw(st.sampled_from(["active", "unproven", "ambiguous", "reauthorize", "paused"])),
        lineage=draw(st.text(max_size=8)),
        generation=draw(st.integers(1, 10_000)),
        access_token=draw(secrets),
        access_expires_at=issued_at + timedelta(hours=2),
        refresh_token=draw(secrets),
        refresh_expires_at=issued_at + timedelta(days=14),
        issued_at=issued_at,
        scopes=draw(st.lists(st.text(max_size=20), max_size=3)),
        calls=draw(st.lists(moments, max_size=3)),
    )


@given(documents())
def test_a_document_comes_back_from_vault_as_it_went_there(document: MallDocument) -> None:
    stored = orjson.loads(orjson.dumps(document.vault_data()))
    assert MallDocument.parsed(stored, "malls/samplemall") == document


@given(documents(), st.data())
def test_a_damaged_document_is_refused_without_showing_a_token(
    document: MallDocument, data: st.DataObject
) -> None:
    stored = document.vault_data()
    field = data.draw(st.sampled_from(sorted(stored.keys() - {"schema", "not_before", "intent"})))
    required = field not in {"shop_no", "shop_nos", "keep_warm", "status", "calls", "sent"}
    if required and data.draw(st.booleans()):
        del stored[field]
    else:
        stored[field] = {"edited": "by hand"}
    with pytest.raises(VaultRefused, match=field) as refusal:
        MallDocument.parsed(stored, "malls/samplemall")
    assert repr(document.refresh_token.reveal())[1:-1] not in str(refusal.value) or (
        len(document.refresh_token.reveal()) < 8
    )


@given(status=st.integers(100, 599), body=st.binary(max_size=300), is_whole=st.booleans())
def test_any_answer_at_all_has_a_verdict(status: int, body: bytes, is_whole: bool) -> None:
    verdict = judged(Answer(status, body, is_whole))
    if status != 200:
        assert not isinstance(verdict, Granted)
    if status != 429:
        assert not isinstance(verdict, NotSpent)


@given(refresh=tokens, access=tokens, cut=st.integers(0, 400))
def test_a_cut_answer_gives_the_whole_refresh_token_or_none(
    refresh: str, access: str, cut: int
) -> None:
    body = orjson.dumps({"access_token": access, "refresh_token": refresh, "mall_id": "m"})
    verdict = judged(Answer(200, body[:cut], is_whole=cut >= len(body)))
    if isinstance(verdict, Granted):
        pair = verdict.pair(datetime.now(UTC), Secret("spent"))
        assert pair.refresh_token == Secret(refresh)


@given(documents(), secrets, moments)
def test_a_new_pair_is_one_generation_on_and_leaves_no_intent(
    document: MallDocument, token: Secret, moment: datetime
) -> None:
    pair = TokenPair(token, moment, token, moment, moment, ())
    after = document.with_pair(pair)
    status = "paused" if document.status == "paused" else "active"
    assert after.generation == document.generation + 1
    assert (after.lineage, after.status, after.intent, after.sent) == (
        document.lineage,
        status,
        None,
        [],
    )


@given(documents(), moments)
def test_only_the_last_two_hours_of_calls_count(document: MallDocument, now: datetime) -> None:
    for call in document.with_call(now).calls:
        assert now - call < timedelta(hours=2)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
odd_times = st.sampled_from(
    ["0001-01-01T00:00:00", "9999-12-31T23:59:59", "2026-11-02T10:00:00+23:59", "2026-11-31", ""]
)


@given(
    refresh=tokens,
    rest=st.dictionaries(
        st.sampled_from(
            [
                *("access_token", "scopes", "mall_id", "shop_no"),
                *("issued_at", "expires_at", "refresh_token_expires_at"),
            ]
        ),
        json_values | odd_times,
    ),
)
@example(refresh="r", rest={"scopes": 5})
@example(refresh="r", rest={"issued_at": "0001-01-01T00:00:00"})
@example(
    refresh="r",
    rest={"issued_at": "0001-01-02T00:00:00", "refresh_token_expires_at": "9999-12-31T00:00:00"},
)
def test_a_new_refresh_token_is_kept_whatever_stands_beside_it(
    refresh: str, rest: dict[str, object]
) -> None:
    verdict = judged(Answer(200, orjson.dumps({**rest, "refresh_token": refresh})))
    assert isinstance(verdict, Granted)
    pair = verdict.pair(datetime.now(UTC), Secret("spent"))
    assert pair.refresh_token == Secret(refresh)
    assert all(isinstance(scope, str) for scope in pair.scopes)


@pytest.mark.parametrize("odd", [rb'"\q"', rb'"\ud800"', b'"\xff"', b'"tab\there"'])
def test_a_new_refresh_token_is_kept_from_a_body_that_is_no_json(odd: bytes) -> None:
    body = b'{"refresh_token": "invented-r", "access_token": ' + odd + b', "shop_no": '
    verdict = judged(Answer(200, body, is_whole=False))
    assert isinstance(verdict, Granted)
    pair = verdict.pair(datetime.now(UTC), Secret("spent"))
    assert pair.refresh_token == Secret("invented-r")
