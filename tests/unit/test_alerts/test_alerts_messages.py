"""Every message says what a tired person needs, in Korean and in English."""

import json
import string
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cafe24.alerts.channel import SlackMessage
from cafe24.alerts.languages import LANGUAGES, texts
from cafe24.alerts.messages import Writer
from cafe24.alerts.moments import shown
from cafe24.alerts.news import News
from cafe24.alerts.several_malls import facts_of_malls
from cafe24.alerts.tables import AlertGrade, Incident, IncidentKind, Purpose
from cafe24.alerts.texts import KindText, Texts
from cafe24.errors import SettingsError
from sandbox.slack.block_rules import is_too_long, judge

NOW = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
FORM = "https://prefect.example/deployments/deployment/1/run?parameters="

MakeIncident = Callable[..., Incident]


@pytest.fixture
def incident() -> MakeIncident:
    """Make a stored incident; everything has a default."""

    def make(
        kind: IncidentKind = IncidentKind.token_expiring,
        mall: str | None = "samplemall",
        grade: AlertGrade = AlertGrade.warning,
        **more: Any,
    ) -> Incident:
        default: dict[str, Any] = {
            "subject": f"mall:{mall}" if mall else "credential:vault:keeper",
            "opened_at": NOW,
            "last_seen_at": NOW,
            "remind_at": NOW,
        }
        return Incident(id=12, mall_id=mall, kind=kind, grade=grade, **(default | more))

    return make


def writer(language: str = "ko") -> Writer:
    return Writer(texts(language), lambda mall: f"{FORM}{mall}")


def told(
    incident: Incident, purpose: Purpose = Purpose.opened, language: str = "ko"
) -> SlackMessage:
    return writer(language).alert(News(incident, purpose, (7,)), NOW)


def in_words(message: SlackMessage) -> str:
    """Return all a reader sees of a message."""
    return json.dumps(message.blocks, ensure_ascii=False)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", IncidentKind)
def test_every_kind_says_which_mall_since_when_what_to_do_and_where(
    incident: MakeIncident, kind: IncidentKind, language: str
) -> None:
    one = incident(kind, run_url="https://prefect.example/runs/1", opened_at=NOW - 3 * HOUR)
    message = told(one, language=language)
    words = in_words(message)
    assert message.text.startswith("🟡 samplemall: ")
    assert message.text.endswith("#12")
    for part in (
        "`samplemall`",
        "2026-11-23 11:05 KST",
        ".venv/bin/python manage.py ",
        "<https://prefect.example/runs/1|",
        f"<{FORM}samplemall|",
        "#12",
    ):
        assert part in words
    assert judge(message.blocks) == []
    assert not is_too_long(message.blocks)


def test_a_token_with_time_left_says_how_long_and_names_the_refresh(
    incident: MakeIncident,
) -> None:
    ends = {"expires_at": (NOW + timedelta(days=2, hours=12)).isoformat()}
    words = in_words(told(incident(facts=ends)))
    assert "리프레시 토큰이 2일 12시간 뒤 만료됩니다" in words
    assert "2일 12시간 (2026-11-26 02:05 KST까지)" in words
    assert "manage.py refresh samplemall" in words


def test_a_token_that_has_ended_asks_for_consent_instead(incident: MakeIncident) -> None:
    ends = {"expires_at": (NOW - HOUR).isoformat()}
    words = in_words(told(incident(facts=ends), language="en"))
    assert "The app needs consent again" in words
    assert "none (ended 2026-11-23 13:05 KST)" in words
    assert "manage.py authorize samplemall" in words


def test_a_dead_token_has_nothing_left_whatever_its_dates_say(incident: MakeIncident) -> None:
    facts = {"expires_at": (NOW + 300 * HOUR).isoformat()}
    dead = incident(IncidentKind.reauthorize, facts=facts)
    assert "*남은 시간*\\n없음" in in_words(told(dead))
    assert "*Time left*\\nnone" in in_words(told(dead, language="en"))
    undated = incident(IncidentKind.reauthorize)
    assert "*남은 시간*\\n없음" in in_words(told(undated))


def test_the_reason_and_known_facts_are_shown_and_others_are_not(incident: MakeIncident) -> None:
    facts = {
        "reason": "refused",
        "stored": 12034,
        "last_refresh_at": NOW.isoformat(),
        "internal_note": "hidden",
        "host": None,
    }
    words = in_words(told(incident(facts=facts), language="en"))
    assert "> Reason: refused" in words
    assert "*Products stored*\\n12,034" in words
    assert "*Last refresh*\\n2026-11-23 14:05 KST" in words
    assert "hidden" not in words
    assert "Host" not in words


def test_a_mall_s_trouble_says_how_to_snooze_it_and_our_own_cannot_be(
    incident: MakeIncident,
) -> None:
    snoozing = "No reminders for a while: `.venv/bin/python manage.py snooze samplemall 4h`"
    assert snoozing in in_words(told(incident(), language="en"))
    assert "snooze samplemall 4h" in in_words(told(incident()))
    assert "snooze" not in in_words(told(incident(IncidentKind.slack_refused, mall=None)))


def test_a_recovery_says_how_long_it_took_and_that_nothing_is_left_to_do(
    incident: MakeIncident,
) -> None:
    one = incident(
        opened_at=NOW - timedelta(days=3, hours=4), closed_at=NOW, grade=AlertGrade.critical
    )
    message = told(one, Purpose.recovered)
    assert message.text == "✅ samplemall 복구: 리프레시 토큰 만료 임박 · 인시던트 #12"
    assert "*3일 4시간* 만에 해결되었습니다" in in_words(message)
    assert "manage.py" not in in_words(message)
    assert judge(message.blocks) == []


def test_a_critical_incident_is_red_and_only_what_got_worse_is_loud(
    incident: MakeIncident,
) -> None:
    one = incident(grade=AlertGrade.critical)
    assert told(one).text.startswith("🔴")
    assert {p: told(one, p).is_loud for p in Purpose} == {
        Purpose.opened: False,
        Purpose.escalated: True,
        Purpose.reminder: False,
        Purpose.recovered: False,
    }


def test_our_own_credentials_are_named_and_offer_no_consent_form(incident: MakeIncident) -> None:
    words = in_words(told(incident(IncidentKind.vault_signin_expiring, mall=None), language="en"))
    assert "*Credential*\\n`vault:keeper`" in words
    assert FORM not in words


def test_without_links_the_runbook_stands_alone(incident: MakeIncident) -> None:
    message = Writer(texts("ko")).alert(News(incident(), Purpose.opened, (1,)), NOW)
    assert [block["type"] for block in message.blocks] == [
        "header",
        "section",
        "section",
        "section",
        "section",
        "context",
        "context",
    ]
    assert message.blocks[4]["text"]["text"] == "대응 절차: `docs/operations.md#token-expiring`"


def test_a_message_carries_its_incident_and_lines_unseen(incident: MakeIncident) -> None:
    payload = told(incident()).metadata()["event_payload"]
    assert payload == {"incidents": [12], "messages": [7]}


NASTY = '<!channel> & *b* `x` "q" \u202e\x07\ud800 {left} <https://evil.example|click>'


@pytest.mark.parametrize("kind", IncidentKind)
def test_nothing_from_outside_becomes_markup(incident: MakeIncident, kind: IncidentKind) -> None:
    one = incident(kind, mall=NASTY, facts={"reason": NASTY * 50, "client_id": NASTY})
    for purpose in Purpose:
        message = told(one, purpose)
        words = "".join(text for text in _mrkdwn_texts(message.blocks))
        assert "<!channel>" not in words
        assert "<https://evil.example" not in words
        assert "\u202e" not in in_words(message)
        assert "\x07" not in in_words(message)
        in_words(message).encode()
        assert judge(message.blocks) == []


def test_a_command_shows_nothing_a_shell_could_act_on(incident: MakeIncident) -> None:
    facts: dict[str, Any] = {"client_id": "x; rm -rf ~", "scopes": "mall.read_product"}
    words = in_words(told(incident(IncidentKind.app_refused, facts=facts)))
    assert "app CLIENT_ID --redirect-uri REDIRECT_URI --scopes mall.read_product" in words
    assert "rm -rf" not in words
    hostile = in_words(told(incident(mall="a`; rm -rf ~; `")))
    assert "refresh MALL_ID" in hostile


@pytest.mark.parametrize(
    ("language", "title", "app", "count"),
    [
        (
            "ko",
            "sampleapp: Cafe24가 앱을 거부해 몰 1,500곳이 새 토큰을 받지 못합니다",
            "앱",
            "몰 수",
        ),
        ("en", "sampleapp: Cafe24 refuses the app: 1,500 malls get no new tokens", "App", "Malls"),
    ],
)
def test_a_refused_app_is_told_by_how_many_malls_and_the_first_names(
    incident: MakeIncident, language: str, title: str, app: str, count: str
) -> None:
    facts = {
        "client_id": "sampleapp",
        "redirect_uri": "https://app.example.com/callback",
        "scopes": "mall.read_product",
        **facts_of_malls([f"mall{number:04}" for number in range(1500)]),
    }
    of_app = incident(IncidentKind.app_refused, mall=None, subject="app:sampleapp", facts=facts)
    message = told(of_app, language=language)
    words = in_words(message)
    assert title in words
    assert f"*{app}*" in words
    assert f"*{count}*" in words
    assert "mall0000, mall0001, mall0002, mall0003, mall0004, …" in words
    assert "mall0005" not in words
    assert "manage.py app sampleapp --redirect-uri https://app.example.com/callback" in words
    assert "manage.py snooze sampleapp 4h --app" in words
    assert "docs/operations.md#app-refused" in words
    assert judge(message.blocks) == []


def test_an_address_too_long_for_a_link_leaves_its_words(incident: MakeIncident) -> None:
    message = told(incident(run_url="https://a.example/" + "x" * 3000))
    assert "실행 보기 · <" in in_words(message)
    assert judge(message.blocks) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_digest_names_every_incident_and_says_what_to_do_about_each_group(
    incident: MakeIncident, language: str
) -> None:
    kinds = [IncidentKind.reauthorize, IncidentKind.sync_failed]
    news = [
        News(incident(kind, mall=f"{'m' * 40}{number}"), Purpose.opened, (number,))
        for number in range(50)
        for kind in kinds
    ]
    ended = incident(facts={"expires_at": (NOW - HOUR).isoformat()}, mall="endedmall")
    message = writer(language).digest([*news, News(ended, Purpose.opened, (999,))], NOW)
    words = in_words(message)
    assert all(f"`{'m' * 40}{number}`" in words for number in range(50))
    assert words.count("manage.py authorize MALL_ID") == 1
    assert words.count("manage.py sync MALL_ID") == 1
    assert "manage.py refresh" not in words
    assert judge(message.blocks) == []
    assert not is_too_long(message.blocks)


def test_a_digest_begins_with_the_worst(incident: MakeIncident) -> None:
    mild, bad = incident(mall="mildmall"), incident(mall="badmall", grade=AlertGrade.critical)
    news = [News(one, Purpose.opened, (1,)) for one in (mild, bad)]
    over = News(incident(mall="wellmall", closed_at=NOW), Purpose.recovered, (3,))
    words = in_words(writer().digest([over, *news], NOW))
    assert words.index("badmall") < words.index("mildmall") < words.index("wellmall")
    assert "🔴 한꺼번에 알리는 인시던트 3건" in words


def _mrkdwn_texts(blocks: Any) -> list[str]:
    if isinstance(blocks, list):
        return [text for one in blocks for text in _mrkdwn_texts(one)]
    if not isinstance(blocks, dict):
        return []
    if blocks.get("type") == "mrkdwn":
        return [blocks["text"]]
    return [text for one in blocks.values() for text in _mrkdwn_texts(one)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_words_for_everything(language: str) -> None:
    words = LANGUAGES[language]
    assert set(words.kinds) == set(IncidentKind)
    assert set(words.purposes) == set(Purpose)
    assert set(words.grades) == {grade.value for grade in AlertGrade}
    assert all(getattr(words, field.name) for field in fields(Texts))


def placeholders(kind: KindText) -> set[str]:
    patterns = (kind.title, kind.title_with_left, kind.what, kind.todo, kind.command)
    return {name for text in patterns for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_languages_say_the_same_with_the_same_facts() -> None:
    korean, english = texts("ko"), texts("en")
    assert korean.facts.keys() == english.facts.keys()
    for kind in IncidentKind:
        assert placeholders(korean.kinds[kind]) == placeholders(english.kinds[kind])
        assert korean.kinds[kind].command == english.kinds[kind].command


def test_another_language_is_refused_with_the_cure() -> None:
    with pytest.raises(SettingsError, match="CAFE24_LANGUAGE=ko"):
        texts("fr")


@pytest.mark.parametrize(
    ("duration", "korean", "english"),
    [
        (timedelta(days=2, hours=12), "2일 12시간", "2 days 12 hours"),
        (timedelta(days=1), "1일", "1 day"),
        (timedelta(days=1, minutes=5), "1일", "1 day"),
        (timedelta(hours=19, minutes=59, seconds=58), "20시간", "20 hours"),
        (timedelta(hours=1, minutes=1), "1시간 1분", "1 hour 1 minute"),
        (timedelta(seconds=29), "1분 미만", "less than a minute"),
        (timedelta(hours=-3), "3시간", "3 hours"),
    ],
)
def test_durations_are_told_in_words(duration: timedelta, korean: str, english: str) -> None:
    assert texts("ko").units.words(duration) == korean
    assert texts("en").units.words(duration) == english


def test_times_are_shown_in_korea_with_the_zones_name() -> None:
    assert shown(datetime(2026, 12, 31, 15, 30, tzinfo=UTC)) == "2027-01-01 00:30 KST"
