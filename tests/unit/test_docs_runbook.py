"""docs/operations.md tells what to do about every alert, and every alert leads there."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from blocks.automations_yaml import WORDS, Surroundings, automation, read_automations
from cafe24.alerts.digests import digest
from cafe24.alerts.incident_page import incident_page
from cafe24.alerts.languages import LANGUAGES, texts
from cafe24.alerts.messages import Writer
from cafe24.alerts.news import News
from cafe24.alerts.runbook import PAGE, RULES, Runbook
from cafe24.alerts.tables import Incident, IncidentKind, Purpose
from cafe24.settings import PROJECT

NOW = datetime(2026, 11, 24, tzinfo=UTC)
URL = "https://wiki.example/operations.md"
SHOWN = Runbook(URL)
PARTS = ("**Means**", "**Check**", "**Do**", "**Over**")

SECTION = re.compile(r"^### ([a-z0-9-]+)\n(.*?)(?=^##)", re.MULTILINE | re.DOTALL)
EXPECTED = {kind.replace("_", "-") for kind in IncidentKind} | set(RULES.values())

each_kind = pytest.mark.parametrize("kind", IncidentKind)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def sections() -> dict[str, str]:
    text = (PROJECT / PAGE).read_text(encoding="utf-8")
    alerts = text.partition("\n## Alerts\n")[2].partition("\n## Install")[0] + "\n## "
    return dict(SECTION.findall(alerts))


def incident(kind: IncidentKind) -> Incident:
    return Incident(
        id=12,
        mall_id="samplemall",
        subject="mall:samplemall",
        kind=kind,
        grade="critical",
        facts={},
        opened_at=NOW,
        last_seen_at=NOW,
        remind_at=NOW,
    )


def test_every_alert_has_a_section_and_every_section_an_alert() -> None:
    assert set(sections()) == EXPECTED


def test_every_rule_of_the_server_lane_that_says_something_has_a_section() -> None:
    assert set(RULES) == set(WORDS)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_section_says_what_it_means_how_to_check_what_to_do_and_how_to_know_it_is_over(
    name: str,
) -> None:
    section = sections()[name]
    places = [section.find(part) for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)
    check = section[places[1] : places[2]]
    assert re.search(r"`[^`]*(manage\.py|prefect|vault|SELECT) [^`]+`", check), "no command"


@each_kind
def test_a_sections_first_words_are_the_headline_that_slack_shows(kind: IncidentKind) -> None:
    section = sections()[kind.replace("_", "-")].strip()
    assert section.startswith(f"*{texts('en').kinds[kind].title}*")


@each_language
@each_kind
def test_every_alert_links_to_its_section(kind: IncidentKind, language: str) -> None:
    news = News(incident(kind), Purpose.opened, (1,))
    words = json.dumps(Writer(texts(language), runbook=SHOWN).alert(news, NOW).blocks)
    assert f"<{URL}#{kind.replace('_', '-')}|" in words


@each_kind
def test_a_digest_links_to_the_section_of_each_group(kind: IncidentKind) -> None:
    news = News(incident(kind), Purpose.opened, (1,))
    assert f"<{URL}#{kind.replace('_', '-')}|" in json.dumps(
        digest(texts("ko"), [news], NOW, SHOWN).blocks
    )


@each_kind
def test_the_page_of_the_last_incident_links_to_the_section(kind: IncidentKind) -> None:
    told = incident_page(Writer(texts("en"), runbook=SHOWN), incident(kind), [], NOW)
    assert f"]({URL}#{kind.replace('_', '-')})" in told


def test_a_token_that_has_ended_leads_to_where_consent_is_told() -> None:
    one = incident(IncidentKind.token_expiring)
    one.facts = {"expires_at": (NOW - timedelta(hours=1)).isoformat()}
    words = json.dumps(
        Writer(texts("en"), runbook=SHOWN).alert(News(one, Purpose.opened, (1,)), NOW).blocks
    )
    assert f"<{URL}#reauthorize|" in words


def test_what_is_over_needs_no_runbook() -> None:
    one = incident(IncidentKind.token_overdue)
    news = News(one, Purpose.recovered, (1,))
    assert URL not in json.dumps(Writer(texts("en"), runbook=SHOWN).alert(news, NOW).blocks)
    assert URL not in json.dumps(digest(texts("en"), [news], NOW, SHOWN).blocks)


def test_without_an_address_an_alert_names_the_section_in_the_project() -> None:
    news = News(incident(IncidentKind.token_overdue), Purpose.opened, (1,))
    words = json.dumps(Writer(texts("en")).alert(news, NOW).blocks)
    assert "`docs/operations.md#token-overdue`" in words


@each_language
@pytest.mark.parametrize("runbook", [SHOWN, Runbook()], ids=["linked", "named"])
def test_every_message_of_the_server_lane_leads_to_its_section(
    language: str, runbook: Runbook
) -> None:
    some_id: Callable[[str], str] = lambda _: "00000000-0000-4000-8000-000000000001"  # noqa: E731
    around = Surroundings(language, timedelta(hours=13), some_id, some_id, runbook)
    told: dict[str, Any] = {}
    for entry in read_automations(PROJECT):
        payload = getattr(automation(entry, around).actions[0], "payload", "")
        told |= {action["words"]: payload for action in entry["actions"] if "block" in action}
    assert told
    for words, payload in told.items():
        assert runbook.place(RULES[words]) in payload
