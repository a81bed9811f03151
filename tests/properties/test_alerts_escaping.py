"""Whatever text comes from outside, Slack shows it as text and takes the message."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from cafe24.alerts.block_kit import HEADER_LIMIT, cleaned, cut, escaped
from cafe24.alerts.languages import LANGUAGES, texts
from cafe24.alerts.messages import Writer
from cafe24.alerts.news import News, command
from cafe24.alerts.tables import AlertGrade, Incident, IncidentKind, Purpose
from sandbox.slack.block_rules import is_too_long, judge

NOW = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)

# Every character there is, lone surrogates included, and a leaning towards markup.
outside = st.text(
    st.one_of(st.characters(), st.sampled_from("<>&`*_~|{}\"'\\\n\x00\u202e\ud800한🔥")),
    max_size=400,
)
facts = st.dictionaries(
    st.sampled_from(["reason", "host", "client_id", "scopes", "expires_at", "stored", "mode"]),
    st.one_of(outside, st.integers(), st.floats(), st.booleans(), st.none()),
)
grades = st.sampled_from([*AlertGrade])


@st.composite
def incidents(draw: st.DrawFn) -> Incident:
    opened_at = NOW - timedelta(minutes=draw(st.integers(0, 100_000)))
    return Incident(
        id=draw(st.integers(1, 10**9)),
        mall_id=draw(st.one_of(st.none(), outside)),
        subject=f"credential:{draw(outside)}",
        kind=draw(st.sampled_from([*IncidentKind])),
        grade=draw(grades),
        facts=draw(facts),
        run_url=draw(st.one_of(st.none(), outside.map(lambda t: f"https://a.example/{t}"))),
        opened_at=opened_at,
        last_seen_at=NOW,
        remind_at=NOW,
        closed_at=draw(st.one_of(st.none(), st.just(NOW))),
    )


@given(outside, st.integers(2, 300))
def test_escaped_text_keeps_its_limit_and_no_half_entity(text: str, limit: int) -> None:
    shown = escaped(text, limit)
    assert len(shown) <= limit
    assert re.fullmatch(r"(?:[^&<>`]|&(?:amp|lt|gt);)*", shown, re.DOTALL)
    shown.encode()


@given(outside)
def test_escaping_loses_nothing_a_reader_could_see(text: str) -> None:
    assert unescape(escaped(text, 10_000)).replace("'", "`") == cleaned(text).replace("'", "`")


@given(outside)
def test_cleaned_text_is_one_printable_line_and_stays_so(text: str) -> None:
    once = cleaned(text)
    assert cleaned(once) == once
    assert not re.search(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", once)


@given(outside, st.integers(1, 300))
def test_cut_text_keeps_its_beginning(text: str, limit: int) -> None:
    shown = cut(text, limit)
    assert len(shown) <= limit
    assert text.startswith(shown.removesuffix("…"))


@given(incidents(), st.sampled_from([*Purpose]), st.sampled_from([*LANGUAGES]))
def test_slack_takes_every_message(incident: Incident, purpose: Purpose, language: str) -> None:
    writer = Writer(texts(language), lambda mall: f"https://a.example/run?mall={mall}")
    message = writer.alert(News(incident, purpose, (1,)), NOW)
    assert judge(message.blocks) == []
    assert not is_too_long(message.blocks)
    assert len(message.text) <= HEADER_LIMIT + 40
    str(message.blocks).encode()


@given(st.lists(incidents(), min_size=1, max_size=100), st.sampled_from([*LANGUAGES]))
def test_slack_takes_every_digest(many: list[Incident], language: str) -> None:
    news = [News(one, Purpose.opened, (one.number,)) for one in many]
    message = Writer(texts(language)).digest(news, NOW)
    assert judge(message.blocks) == []
    assert len(message.incident_ids) == len(many)


@given(incidents())
def test_a_command_is_words_that_no_shell_expands(incident: Incident) -> None:
    for kind in IncidentKind:
        line = command(texts("ko").kinds[kind], incident)
        for one in line.split(" && "):  # two commands of ours, not an operator from outside
            assert re.fullmatch(r"[A-Za-z0-9_.,:/@%+= -]+", one)
