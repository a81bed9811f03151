"""The page of the last incident: what is wrong, what to do, what else is open."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from cafe24.alerts.findings import Finding, mall_subject
from cafe24.alerts.incident_page import incident_page
from cafe24.alerts.incidents import close, latest_incident, open_incidents, open_or_touch
from cafe24.alerts.languages import LANGUAGES, texts
from cafe24.alerts.messages import Writer
from cafe24.alerts.tables import AlertGrade, Incident, IncidentKind
from cafe24.malls import mall_id

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)


def form(mall: str) -> str:
    return f"http://prefect.example/form/{mall}"


def found(engine: Engine, mall: str, kind: IncidentKind, at: datetime = NOW, **facts: str) -> None:
    known = mall_id(mall)
    finding = Finding(
        mall_subject(known), kind, AlertGrade.critical, known, facts, "http://prefect.example/run"
    )
    open_or_touch(engine, finding, at)


def page(engine: Engine, language: str = "en", at: datetime = NOW) -> str:
    incident = latest_incident(engine)
    assert incident
    return incident_page(Writer(texts(language), form), incident, open_incidents(engine), at)


def test_an_open_incident_says_what_to_do_and_leads_there(engine: Engine) -> None:
    found(engine, "deadmall", IncidentKind.reauthorize, reason="invalid_grant")
    kind = texts("en").kinds[IncidentKind.reauthorize]
    links = (
        "[Open the run](http://prefect.example/run) · "
        "[Open the consent form](http://prefect.example/form/deadmall) · "
        "Runbook: `docs/operations.md#reauthorize`"
    )
    assert page(engine).split("\n\n") == [
        "## 🔴 deadmall: The app needs consent again",
        kind.what,
        r"> Reason: invalid\_grant",
        "| Incident #1 | critical |\n| --- | --- |\n| Since | 2026-11-24 14:00 KST |",
        f"**What to do now**: {kind.todo}",
        "```\n.venv/bin/python manage.py authorize deadmall\n```",
        links,
    ]


def test_the_newest_stands_in_full_and_the_others_in_a_line(engine: Engine) -> None:
    found(engine, "onemall", IncidentKind.sync_failed)
    found(engine, "twomall", IncidentKind.scope_missing, at=LATER)
    told = page(engine)
    assert told.startswith("## 🔴 twomall")
    assert told.endswith(
        "- 🔴 Incident #1, onemall: Product sync failed, since 2026-11-24 14:00 KST"
    )


def test_one_that_is_over_says_so_and_asks_for_nothing(engine: Engine) -> None:
    found(engine, "deadmall", IncidentKind.reauthorize)
    close(engine, "mall:deadmall", [IncidentKind.reauthorize], LATER)
    told = page(engine, at=LATER)
    assert told.startswith("## ✅ deadmall: Consent needed again")
    assert "is over after **3 hours**" in told
    assert "manage.py" not in told
    assert "/form/" not in told


def test_a_time_left_is_told(engine: Engine) -> None:
    ends = (NOW + timedelta(hours=20)).isoformat()
    found(engine, "lastmall", IncidentKind.token_expiring, expires_at=ends)
    assert "| Time left | 20 hours (until 2026-11-25 10:00 KST) |" in page(engine)
    assert "ended 2026-11-25 10:00 KST" in page(engine, at=NOW + timedelta(days=1))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_a_page_in_every_language(language: str) -> None:
    for kind in IncidentKind:
        incident = Incident(
            id=7, mall_id="samplemall", subject="mall:samplemall", kind=kind, grade="warning",
            opened_at=NOW, last_seen_at=NOW, remind_at=NOW,
        )  # fmt: skip
        told = incident_page(Writer(texts(language), form), incident, [incident], NOW)
        assert told.startswith("## 🟡 samplemall: ")
        assert "manage.py" in told


def test_nothing_from_outside_is_markup(engine: Engine) -> None:
    reason = "![x](http://evil.example/a.png) [here](javascript:alert(1)) <img src=x>\n# Head `x`"
    found(engine, "samplemall", IncidentKind.sync_failed, reason=reason)
    [line] = [one for one in page(engine).split("\n\n") if "Reason" in one]
    assert line == (
        r"> Reason: \!\[x\]\(http\:\/\/evil\.example\/a\.png\) \[here\]\(javascript\:alert\(1\)\) "
        r"&lt;img src\=x&gt; \# Head \`x\`"
    )


def test_without_any_incident_there_is_no_last_one(engine: Engine) -> None:
    assert latest_incident(engine) is None
