"""Every command that an alert prints is one that the command line takes."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from cafe24.alerts.languages import texts
from cafe24.alerts.news import command
from cafe24.alerts.tables import Incident, IncidentKind
from cafe24.commands import MANAGE
from cli import main

NOW = datetime(2026, 11, 24, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "client_id": "inventedclient",
    "redirect_uri": "https://shop.example/oauth",
    "scopes": "mall.read_product",
}


@pytest.mark.parametrize("kind", IncidentKind)
def test_a_printed_command_is_understood_by_manage_py(kind: IncidentKind) -> None:
    incident = Incident(
        mall_id="samplemall",
        subject="mall:samplemall",
        kind=kind,
        grade="critical",
        facts=FACTS,
        opened_at=NOW,
        last_seen_at=NOW,
        remind_at=NOW,
    )
    printed = command(texts("ko").kinds[kind], incident)
    assert not re.search(r"[A-Z]{3}|[{}]", printed)
    for one in printed.split(" && "):
        program, words = one[: len(MANAGE)], one[len(MANAGE) :].split()
        assert program == MANAGE
        parser, known = main._parser(words)
        assert known is not None
        parser.parse_args(words)


def test_a_braked_deletion_is_not_told_to_brake_again() -> None:
    assert "--allow-deletions" in texts("en").kinds[IncidentKind.deletion_braked].command
