"""Every setting that somebody gets wrong is named by `manage.py doctor`, with the cure."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url

import cli.doctor
from cafe24.checkup import mall_hosts
from cafe24.settings import Settings
from tests.integration.test_keeper_commands.desk import Desk
from tests.integration.test_keeper_commands.patients import ailing, found
from tests.integration.test_keeper_commands.prefect_stand_in import PrefectStandIn

SECRET = "looks-invented-and-must-not-be-shown"
DEAD = "127.0.0.1:1"


@pytest.fixture
def folder(well: Desk, tmp_path: Path) -> Path:
    """A project's folder of this test alone, for its `.env` files."""
    folder = tmp_path / "project"
    folder.mkdir()
    well.monkeypatch.setattr(cli.doctor, "PROJECT", folder)
    return folder


@pytest.mark.parametrize(
    ("name", "value", "line", "code", "words"),
    [
        ("CAFE24_MALL_ID", "samplemall", "settings", 3, ["environment: CAFE24_MALL_ID"]),
        ("MALL_ID", "samplemall", "settings", 3, ["environment: MALL_ID", "Delete it"]),
        ("CAFE24_CLIENT_SECRET", SECRET, "settings", 3, ["CAFE24_CLIENT_SECRET", "manage.py app"]),
        ("CAFE24_DATBASE_URL", "x", "settings", 3, ["Did you mean CAFE24_DATABASE_URL?"]),
        ("CAFE24_NOSUCH", "x", "settings", 3, ["CAFE24_NOSUCH", ".env.example"]),
        ("VAULT_ADDR", "http://vault.internal:8200", "settings", 3, ["VAULT_ADDR", "https"]),
        ("VAULT_ADDR", f"http://{DEAD}/v1", "settings", 3, ["VAULT_ADDR", "before /v1"]),
        ("VAULT_ADDR", '"https://vault.internal"', "settings", 3, ["VAULT_ADDR", "quotes"]),
        ("VAULT_ADDR", "", "vault", 3, ["VAULT_ADDR is not set"]),
        ("VAULT_ADDR", f"http://{DEAD}", "vault", 4, ["does not answer", "VAULT_ADDR"]),
        ("VAULT_TOKEN", "", "vault", 3, ["VAULT_TOKEN", "VAULT_ROLE_ID"]),
        ("VAULT_TOKEN", SECRET, "sign-in", 4, ["denies"]),
        ("VAULT_TOKEN", "changeme", "settings", 3, ["VAULT_TOKEN", "placeholder"]),
        ("VAULT_CACERT", "/no/such/file", "settings", 3, ["VAULT_CACERT", "not there"]),
        ("CAFE24_VAULT_MOUNT", "nosuchmount", "mount", 4, ["nosuchmount", "CAFE24_VAULT_MOUNT"]),
        ("CAFE24_VAULT_MOUNT", "a//b", "settings", 3, ["CAFE24_VAULT_MOUNT", "path in Vault"]),
        ("CAFE24_MONITOR_SECRET_ID", SECRET, "policy: monitor", 4, ["sign-in"]),
        ("CAFE24_TOKEN_LEASE", "soon", "settings", 3, ["CAFE24_TOKEN_LEASE", "45s"]),
        ("CAFE24_API_URL", "https://cafe24api.com", "settings", 3, ["CAFE24_API_URL", "{mall_id}"]),
        ("CAFE24_API_URL", "http://{mall_id}.example", "settings", 3, ["CAFE24_API_URL", "clear"]),
        ("CAFE24_API_URL", "https://{mall_id}.example", "mall hosts", 3, ["No token is sent to"]),
        ("CAFE24_API_URL", f"http://{DEAD}/{{mall_id}}", "mall hosts", 6, ["no answer"]),
        ("CAFE24_API_VERSION", "latest", "settings", 3, ["CAFE24_API_VERSION", "2026-03-01"]),
        ("CAFE24_DATABASE_URL", "mysql://db/x", "settings", 3, ["CAFE24_DATABASE_URL", "mysql"]),
        ("CAFE24_DATABASE_URL", "sqlite:///here.db", "database", 3, ["absolute path"]),
        ("CAFE24_DATABASE_URL", "no address", "database", 3, ["CAFE24_DATABASE_URL"]),
        ("CAFE24_DATABASE_URL", "sqlite:////no/such.db", "database", 7, ["/no/such.db", "setup"]),
        ("CAFE24_DATABASE_URL", f"postgresql://u:{SECRET}@{DEAD}/x", "database", 7, ["127.0.0.1"]),
        ("CAFE24_SPILL_DIR", "/dev/null", "spill folder", 3, ["CAFE24_SPILL_DIR"]),
        ("CAFE24_SLACK_WEBHOOK_URL", "http://slack.example/x", "settings", 3, ["https"]),
        ("CAFE24_SLACK_WEBHOOK_URL", "", "slack", 3, ["CAFE24_SLACK_WEBHOOK_URL"]),
        ("CAFE24_SLACK_BOT_TOKEN", "xoxb-invented", "slack", 3, ["CAFE24_SLACK_CHANNEL"]),
        ("CAFE24_LANGUAGE", "fr", "settings", 3, ["CAFE24_LANGUAGE"]),
        ("PREFECT_API_URL", f"http://{DEAD}/api", "prefect", 8, ["does not answer"]),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_its_cure(  # noqa: PLR0913, PLR0917 - a table's columns
    well: Desk, name: str, value: str, line: str, code: int, words: list[str]
) -> None:
    well.monkeypatch.setenv(name, value)
    ailing(well, code, line, *words)
    said = well.run("doctor", code=code)
    assert SECRET not in said.out + said.err


@pytest.mark.parametrize(
    ("files", "line", "verdict", "words"),
    [
        ({".env": "CAFE24_REFRESH_TOKEN={}"}, "settings", "wrong", [".env line 1", "Vault alone"]),
        ({".env.local": "MALL_ID=x"}, "settings", "wrong", [".env.local line 1: MALL_ID"]),
        (
            {".env": "", ".env.local": "\nVAULT_NAMESPACE=x"},
            *("settings", "wrong"),
            [".env.local line 2: VAULT_NAMESPACE", "only .env is read"],
        ),
        (
            {".env": "CAFE24_LANGUAGE=en", ".env.production": "CAFE24_LANGUAGE=ko"},
            *("settings", "wrong", [".env.production line 1: CAFE24_LANGUAGE"]),
        ),
        (
            {".env": "CAFE24_LANGUAGE=en\nCAFE24_LANGUAGE=ko"},
            *("settings", "wrong", [".env line 2: CAFE24_LANGUAGE is set again"]),
        ),
        ({".env": "no line of a setting"}, "settings", "wrong", [".env line 1", "NAME=value"]),
        (
            {".env": "\nVAULT_ADDR=https://vault.internal"},
            *("sources", "warning"),
            ["VAULT_ADDR", "environment, which hides another value at .env line 2"],
        ),
    ],
)
def test_a_file_that_misleads_is_named_with_its_line(  # noqa: PLR0913, PLR0917 - a table's columns
    well: Desk, folder: Path, files: dict[str, str], line: str, verdict: str, words: list[str]
) -> None:
    for name, text in files.items():
        (folder / name).write_text(text.format(SECRET), encoding="utf-8")
    ailing(well, 3 if verdict == "wrong" else 1, line, *words, verdict=verdict)
    assert SECRET not in well.run("doctor", code=None).out


def test_where_each_setting_comes_from_is_told(well: Desk, folder: Path) -> None:
    (folder / ".env").write_text("CAFE24_LANGUAGE=en\n", encoding="utf-8")
    told = found(well.run("doctor --json"), "sources")["what"]
    assert ".env: CAFE24_LANGUAGE;" in told
    assert "VAULT_ADDR" in told.split("environment: ")[1]


@pytest.mark.parametrize(
    ("state", "line", "words"),
    [
        ({"webhook": "dead"}, "slack: webhook", ["no_service", "CAFE24_SLACK_WEBHOOK_URL"]),
        ({"webhook": "archived"}, "slack: webhook", ["channel_is_archived", "Unarchive"]),
        ({"webhook": "prohibited"}, "slack: webhook", ["action_prohibited", "admin"]),
        ({"fallback": "dead"}, "slack: fallback webhook", ["CAFE24_SLACK_FALLBACK_WEBHOOK_URL"]),
        ({"bot": "revoked"}, "slack: bot", ["token_revoked", "CAFE24_SLACK_BOT_TOKEN"]),
        ({"bot": "inactive"}, "slack: bot", ["account_inactive", "CAFE24_SLACK_BOT_TOKEN"]),
        ({"channel": "archived"}, "slack: bot", ["is_archived", "Unarchive"]),
    ],
)
def test_a_slack_channel_that_would_take_nothing_is_named_and_nothing_is_posted(
    well: Desk, slack_server: dict[str, Any], state: dict[str, str], line: str, words: list[str]
) -> None:  # fmt: skip
    give_slack(well, slack_server)
    with httpx.Client(base_url=slack_server["url"]) as slack:
        slack.delete("/__sandbox__/messages")
        healthy = well.run("doctor --json").json["checks"]
        assert [one["name"] for one in healthy if one["name"].startswith("slack: ")] == [
            *(f"slack: bot in {slack_server['channel']}", "slack: webhook"),
            "slack: fallback webhook",
        ]
        slack.post("/__sandbox__/state", json=state).raise_for_status()
        name = f"{line} in {slack_server['channel']}" if line == "slack: bot" else line
        said = well.run("doctor --json", code=5)
        assert found(said, name)["verdict"] == "wrong"
        told = found(said, name)
        assert all(word in told["what"] + told["next_step"] for word in words), told
        assert slack.get("/__sandbox__/messages").json() == {"messages": []}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CAFE24_SLACK_BOT_TOKEN", "xoxb-invented", ["invalid_auth", "CAFE24_SLACK_BOT_TOKEN"]),
        ("CAFE24_SLACK_CHANNEL", "C0INVENTED", ["channel_not_found", "CAFE24_SLACK_CHANNEL"]),
        ("CAFE24_SLACK_CHANNEL", "#no-such", ["'no-such'", "CAFE24_SLACK_CHANNEL"]),
    ],
)
def test_a_bot_that_is_set_up_wrongly_is_named(
    well: Desk, slack_server: dict[str, Any], name: str, value: str, words: list[str]
) -> None:
    give_slack(well, slack_server)
    well.monkeypatch.setenv(name, value)
    channel = value if name == "CAFE24_SLACK_CHANNEL" else slack_server["channel"]
    ailing(well, 5, f"slack: bot in {channel}", *words)


def test_a_fallback_that_is_none_is_a_warning(well: Desk, slack_server: dict[str, Any]) -> None:
    well.monkeypatch.setenv("CAFE24_SLACK_FALLBACK_WEBHOOK_URL", slack_server["webhook_url"])
    said = well.run("doctor --json", code=1).json["checks"]
    [flaw] = [one for one in said if one["verdict"] == "warning"]
    assert flaw["name"] == "slack: fallback webhook"
    assert "both are" in flaw["what"]


def give_slack(desk: Desk, slack: dict[str, Any]) -> None:
    """Set every way into Slack."""
    for name, value in {
        "CAFE24_SLACK_FALLBACK_WEBHOOK_URL": slack["fallback_webhook_url"],
        "CAFE24_SLACK_BOT_TOKEN": slack["bot_token"],
        "CAFE24_SLACK_CHANNEL": slack["channel"],
    }.items():
        desk.monkeypatch.setenv(name, value)


def _to_version(number: str) -> Callable[[sqlite3.Connection], Any]:
    return lambda database: database.execute("UPDATE alembic_version SET version_num = ?", [number])


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_to_version("0001"), ["version 0001", "setup"]),
        (_to_version("9999"), ["newer than this code"]),
        (lambda database: database.execute("DROP TABLE alembic_version"), ["setup"]),
    ],
)
def test_tables_of_another_version_are_said(
    well: Desk, spoil: Callable[[sqlite3.Connection], Any], words: list[str]
) -> None:
    url = make_url(Settings.load().database_url.get_secret_value())
    database = sqlite3.connect(str(url.database))
    with database:
        spoil(database)
    database.close()
    ailing(well, 7, "database", *words)


def test_another_environments_mall_is_named(well: Desk) -> None:
    well.monkeypatch.setenv("CAFE24_ENVIRONMENT", "dev")
    ailing(well, 4, f"mall {well.mall}", "'prod'", "CAFE24_ENVIRONMENT")


def test_an_address_where_something_else_answers_is_named(
    well: Desk, slack_server: dict[str, Any]
) -> None:
    well.monkeypatch.setenv("CAFE24_API_URL", f"{slack_server['url']}/{{mall_id}}")
    ailing(
        *(well, 1, "mall hosts", str(well.mall), "401", "CAFE24_API_URL"),
        verdict="warning",
    )


def test_a_host_whose_clock_is_wrong_is_said(well: Desk) -> None:
    class TwoMinutesAhead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "TwoMinutesAhead":
            return cls.fromtimestamp((datetime.now(tz) + timedelta(minutes=2)).timestamp(), UTC)

    well.monkeypatch.setattr(mall_hosts, "datetime", TwoMinutesAhead)
    ailing(well, 1, "mall clocks", str(well.mall), "NTP", verdict="warning")


@pytest.mark.parametrize(
    ("spoil", "line", "verdict", "code", "words"),
    [
        ({"status": 401}, "prefect", "wrong", 8, ["401", "PREFECT_API_AUTH_STRING"]),
        ({"status": 503}, "prefect", "wrong", 8, ["does not answer"]),
        ({"version": "3.1.0"}, "prefect", "warning", 1, ["3.1.0", "Upgrade the server"]),
        ({"pool": "NOT_READY"}, "worker", "wrong", 8, ["No worker", "worker start"]),
        ({"planned": ()}, "schedule", "warning", 1, ["refresh-tokens/weekly", "paused"]),
        (
            {"drift": {"error": "No such.", "next_step": "Mend it.", "exit_code": 8}},
            *("drift", "wrong", 8, ["No such.", "Mend it."]),
        ),
        (
            {"drift": {"changes": [{"what": "automation a", "verb": "create", "because": []}]}},
            *("drift", "warning", 1, ["automation a (create)", "setup"]),
        ),
        (
            {"drift": {"changes": [{"what": "block b", "verb": "update", "because": ["url"]}]}},
            *("drift", "warning", 1, ["block b (url)", "setup"]),
        ),
        (
            {
                "drift": {
                    "changes": [
                        {"what": "deployment d", "verb": "keep", "because": ["paused by hand"]}
                    ]
                }
            },
            *("drift", "warning", 1, ["Paused by hand: deployment d"]),
        ),
    ],
)
def test_what_is_wrong_in_prefect_is_named(  # noqa: PLR0913, PLR0917 - a table's columns
    well: Desk,
    prefect_stand_in: PrefectStandIn,
    spoil: dict[str, Any],
    line: str,
    verdict: str,
    code: int,
    words: list[str],
) -> None:
    for name, value in spoil.items():
        setattr(prefect_stand_in, name, value)
    ailing(well, code, line, *words, verdict=verdict)


def test_prefects_pages_are_not_its_api(well: Desk, prefect_stand_in: PrefectStandIn) -> None:
    well.monkeypatch.setenv("PREFECT_API_URL", prefect_stand_in.url.removesuffix("/api"))
    ailing(well, 8, "prefect", "does not answer", ":4200/api")


def test_no_address_of_prefect_is_a_warning(well: Desk) -> None:
    well.monkeypatch.delenv("PREFECT_API_URL")
    ailing(well, 1, "prefect", "PREFECT_API_URL", verdict="warning")
