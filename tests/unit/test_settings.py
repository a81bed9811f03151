"""A setting that is not read is refused, not ignored; no value is ever shown."""

from datetime import timedelta
from pathlib import Path

import pytest

from cafe24.errors import SettingsError
from cafe24.setting_names import LEGACY
from cafe24.setting_values import duration
from cafe24.settings import PROJECT, Settings

CANARY = "canary-invented-0002"


def env(folder: Path, text: str, name: str = ".env") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_the_defaults_are_safe(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path)
    assert settings.api_url == "https://{mall_id}.cafe24api.com"
    assert settings.environment == "prod"
    assert settings.language == "ko"
    assert settings.dead_man_after == timedelta(hours=13)
    assert settings.database_url.get_secret_value() == f"sqlite:///{PROJECT}/var/cafe24.sqlite"


def test_dot_env_is_read_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env(tmp_path, "CAFE24_LANGUAGE=en\nCAFE24_ENVIRONMENT=staging\n")
    monkeypatch.setenv("CAFE24_ENVIRONMENT", "dev")
    settings = Settings.load(tmp_path)
    assert (settings.language, settings.environment) == ("en", "dev")


def test_the_example_can_be_copied_as_it_is(tmp_path: Path) -> None:
    env(tmp_path, (PROJECT / ".env.example").read_text(encoding="utf-8"))
    assert Settings.load(tmp_path).vault_addr == "https://vault.example.internal:8200"


def test_the_example_names_every_setting() -> None:
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    assert [name for name in sorted(Settings.names()) if f"{name}=" not in example] == []


@pytest.mark.parametrize("name", sorted(LEGACY))
def test_a_name_of_the_old_days_is_refused_with_its_line_and_its_cure(
    tmp_path: Path, name: str
) -> None:
    env(tmp_path, f"# first\nVAULT_ADDR=https://vault.example\n{name}={CANARY}\n")
    with pytest.raises(SettingsError, match=rf"\.env line 3: {name} is no setting") as refusal:
        Settings.load(tmp_path)
    assert "Delete it" in str(refusal.value)
    assert CANARY not in str(refusal.value)


def test_a_legacy_name_in_the_environment_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MALL_ID", "samplemall")
    with pytest.raises(SettingsError, match="environment: MALL_ID is no setting"):
        Settings.load(tmp_path)


def test_the_commands_that_cure_names_of_the_old_days_run_despite_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MALL_ID", "samplemall")
    env(tmp_path, f"CAFE24_REFRESH_TOKEN={CANARY}\nVAULT_ADDR=https://a.example\n")
    env(tmp_path, "MALL_ID=samplemall\n", ".env.local")
    settings = Settings.load(tmp_path, despite_legacy=True)
    assert settings.vault_addr == "https://a.example"
    env(tmp_path, "CAFE24_SLACK_WEBHOOK=x\n")
    with pytest.raises(SettingsError, match="Did you mean"):
        Settings.load(tmp_path, despite_legacy=True)


def test_a_typo_is_refused_with_the_likely_name(tmp_path: Path) -> None:
    env(tmp_path, f"CAFE24_SLACK_WEBHOOK={CANARY}\n")
    with pytest.raises(SettingsError, match="Did you mean CAFE24_SLACK_WEBHOOK_URL") as refusal:
        Settings.load(tmp_path)
    assert CANARY not in str(refusal.value)


def test_a_second_file_that_disagrees_is_refused(tmp_path: Path) -> None:
    env(tmp_path, "VAULT_ADDR=https://a.example\n")
    env(tmp_path, "NEXT_PUBLIC_X=1\nVAULT_ADDR=https://b.example\n", ".env.local")
    with pytest.raises(SettingsError, match=r"\.env\.local line 2: VAULT_ADDR"):
        Settings.load(tmp_path)


def test_blank_lines_before_a_name_count(tmp_path: Path) -> None:
    env(tmp_path, "# Vault\n\n\nMALL_ID=samplemall\n")
    with pytest.raises(SettingsError, match=r"\.env line 4: MALL_ID"):
        Settings.load(tmp_path)


def test_a_second_file_that_agrees_or_is_about_something_else_is_left_alone(
    tmp_path: Path,
) -> None:
    env(tmp_path, "VAULT_ADDR=https://a.example\n")
    env(tmp_path, "VAULT_ADDR=https://a.example\nNEXT_PUBLIC_X=1\n", ".env.local")
    assert Settings.load(tmp_path).vault_addr == "https://a.example"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("VAULT_ADDR=http://vault.example:8200", "VAULT_ADDR must be https"),
        ("VAULT_TOKEN=changeme", "VAULT_TOKEN is still a placeholder"),
        ("VAULT_SECRET_ID=<secret-id>", "VAULT_SECRET_ID is still a placeholder"),
        ("CAFE24_SLACK_WEBHOOK_URL=http://hooks.example/x", "CAFE24_SLACK_WEBHOOK_URL must be"),
        ("CAFE24_API_URL=https://cafe24api.com", "CAFE24_API_URL must contain"),
        ("CAFE24_API_URL=http://{mall_id}.cafe24api.com", "plain http"),
        ("CAFE24_LANGUAGE=fr", "CAFE24_LANGUAGE"),
        ("CAFE24_TOKEN_LEASE=soon", "CAFE24_TOKEN_LEASE must be a time span"),
        ("CAFE24_DETAIL_CALLS_PER_RUN=-1", "CAFE24_DETAIL_CALLS_PER_RUN"),
        ("VAULT_ADDR=vault.example:8200", "VAULT_ADDR must be an address that begins with https"),
        ("VAULT_ADDR=https://vault.example:99999", "VAULT_ADDR must be an address"),
        ("VAULT_ADDR=https://vault.example:8200/v1/", "VAULT_ADDR must end before /v1"),
        ("VAULT_CACERT=/nowhere/ca.pem", "VAULT_CACERT names a file that is not there"),
        ("CAFE24_VAULT_PREFIX=../other", "CAFE24_VAULT_PREFIX must be a path in Vault"),
        ("CAFE24_API_VERSION=newest", "CAFE24_API_VERSION must be a date"),
        ("CAFE24_DATABASE_URL=mysql://h/x", "CAFE24_DATABASE_URL names a mysql database"),
    ],
)
def test_an_unusable_value_is_refused_by_its_name(tmp_path: Path, line: str, said: str) -> None:
    env(tmp_path, line)
    with pytest.raises(SettingsError, match=said) as refusal:
        Settings.load(tmp_path)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('"invented-token"', "VAULT_TOKEN stands in quotes"),
        ("   ", "VAULT_TOKEN is nothing but white space"),
    ],
)
def test_an_environment_that_kept_quotes_or_blanks_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, said: str
) -> None:
    monkeypatch.setenv("VAULT_TOKEN", value)
    with pytest.raises(SettingsError, match=said) as refusal:
        Settings.load(tmp_path)
    assert "invented-token" not in str(refusal.value)


def test_white_space_and_slashes_around_a_value_do_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_ADDR", " https://a.example ")
    monkeypatch.setenv("CAFE24_VAULT_PREFIX", "team/cafe24/")
    settings = Settings.load(tmp_path)
    assert (settings.vault_addr, settings.vault_prefix) == ("https://a.example", "team/cafe24")


def test_a_name_that_stands_twice_with_two_values_is_refused(tmp_path: Path) -> None:
    env(tmp_path, f"VAULT_TOKEN={CANARY}\nCAFE24_LANGUAGE=en\nVAULT_TOKEN=other-invented\n")
    with pytest.raises(SettingsError, match=r"\.env line 3: VAULT_TOKEN is set again.* line 1"):
        Settings.load(tmp_path)


def test_a_name_that_stands_twice_with_one_value_is_taken(tmp_path: Path) -> None:
    env(tmp_path, "CAFE24_LANGUAGE=en\nCAFE24_LANGUAGE=en\n")
    assert Settings.load(tmp_path).language == "en"


def test_a_legacy_name_in_small_letters_is_one_too(tmp_path: Path) -> None:
    env(tmp_path, "cafe24_mall_id=samplemall\n")
    with pytest.raises(SettingsError, match="CAFE24_MALL_ID is no setting"):
        Settings.load(tmp_path)


def test_a_line_that_is_none_is_refused(tmp_path: Path) -> None:
    env(tmp_path, "CAFE24_LANGUAGE=en\nthis is no line\n")
    with pytest.raises(SettingsError, match=r"\.env line 2 is not NAME=value"):
        Settings.load(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_a_windows_editor_adds_does_no_harm(tmp_path: Path, encoding: str, end: str) -> None:
    (tmp_path / ".env").write_bytes(f"VAULT_ADDR=https://a.example{end}".encode(encoding))
    assert Settings.load(tmp_path).vault_addr == "https://a.example"


def test_a_file_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("CAFE24_LANGUAGE=en\n".encode("utf-16"))
    with pytest.raises(SettingsError, match=r"\.env is not UTF-8"):
        Settings.load(tmp_path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with pytest.raises(SettingsError, match=r"\.env cannot be read"):
        Settings.load(tmp_path)


def test_a_file_beside_it_that_is_no_text_is_nobodys_setting(tmp_path: Path) -> None:
    env(tmp_path, "CAFE24_LANGUAGE=en\n")
    (tmp_path / ".env.gpg").write_bytes(b"\x85\xff\xfe\x00")
    assert Settings.load(tmp_path).language == "en"


def test_a_sign_in_for_vault_is_needed_by_who_uses_vault(tmp_path: Path) -> None:
    settings = Settings.load(env(tmp_path, "VAULT_ADDR=https://a.example"))
    with pytest.raises(SettingsError, match="no sign-in for Vault"):
        settings.keeper_tokens()
    with pytest.raises(SettingsError, match="no sign-in for the monitor"):
        settings.monitor_tokens()


def test_where_vault_is_must_be_said(tmp_path: Path) -> None:
    settings = Settings.load(env(tmp_path, f"VAULT_TOKEN={CANARY}"))
    with pytest.raises(SettingsError, match="VAULT_ADDR is not set") as refusal:
        settings.keeper_tokens()
    assert CANARY not in str(refusal.value)


def test_times_that_break_the_protocol_are_refused(tmp_path: Path) -> None:
    env(tmp_path, f"VAULT_ADDR=https://a.example\nVAULT_TOKEN={CANARY}\nCAFE24_TOKEN_LEASE=10s")
    with pytest.raises(SettingsError, match="CAFE24_TOKEN_LEASE"):
        Settings.load(tmp_path).keeper_tokens().keeper()


def test_no_form_of_the_settings_shows_a_secret(tmp_path: Path) -> None:
    env(tmp_path, f"VAULT_ADDR=https://a.example\nVAULT_TOKEN={CANARY}")
    settings = Settings.load(tmp_path)
    assert CANARY not in repr(settings) + str(settings) + repr(settings.keeper_tokens())


@pytest.mark.parametrize(
    ("text", "seconds"), [("45", 45), ("45s", 45), ("1.5m", 90), ("6h", 21_600), (" 2d ", 172_800)]
)
def test_time_spans_have_units(text: str, seconds: float) -> None:
    assert duration(text).total_seconds() == seconds


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("https://git.example/operations.md#alerts", "must end before the #"),
        ("http://git.example/operations.md", "must be https outside loopback"),
        ("docs/operations.md", "must be an address"),
    ],
)
def test_the_runbooks_address_is_a_page(tmp_path: Path, address: str, why: str) -> None:
    env(tmp_path, f"CAFE24_RUNBOOK_URL={address}\n")
    with pytest.raises(SettingsError, match=f"CAFE24_RUNBOOK_URL {why}"):
        Settings.load(tmp_path)
