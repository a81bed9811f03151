"""`manage.py doctor`: a line for each thing, the next step for each flaw, nothing changed."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cafe24.checkup import this_host, vault_server
from cafe24.checkup.finding import Patient
from cafe24.settings import Settings
from cafe24.tokens.held import HeldPair
from cafe24.tokens.spill import SpillFolder
from tests.integration.test_keeper_commands.desk import Desk
from tests.integration.test_keeper_commands.patients import ailing, found


def test_where_all_is_well_every_line_says_so(well: Desk) -> None:
    said = well.run("doctor --json")
    assert said.json["ok"]
    assert {one["verdict"] for one in said.json["checks"]} == {"ok"}
    assert {one["name"] for one in said.json["checks"]} >= {
        *("settings", "spill folder", "spills", "vault", "sign-in", "mount", "clock"),
        *("policy: keeper", "policy: monitor", "history", "malls", "apps", "quarantine"),
        *("sources", "database", "slack: webhook", "mall hosts"),
        *("prefect", "worker", "schedule", "drift"),
    }


def test_people_get_a_line_each(well: Desk) -> None:
    said = well.run("doctor")
    assert all(line.startswith("ok ") for line in said.out.splitlines())
    assert "mount            secret/ is KV version 2" in said.out


def test_a_name_of_the_old_days_is_found_and_the_rest_is_looked_at(well: Desk) -> None:
    well.monkeypatch.setenv("CAFE24_MALL_ID", "invented")
    ailing(well, 3, "settings", "environment: CAFE24_MALL_ID", "Delete it")
    assert found(well.run("doctor --json", code=3), "malls")["verdict"] == "ok"


def test_a_vault_that_is_away_ends_the_round(well: Desk) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        well.monkeypatch.setenv("VAULT_ADDR", f"http://127.0.0.1:{probe.getsockname()[1]}")
    ailing(well, 4, "vault", "does not answer", "VAULT_ADDR")


def test_a_sealed_vault_is_said(start_sandbox: Any, well: Desk) -> None:
    server = start_sandbox("vault")
    root = {"X-Vault-Token": server["root_token"]}
    well.root.put(f"{server['url']}/v1/sys/seal", headers=root).raise_for_status()
    well.monkeypatch.setenv("VAULT_ADDR", server["url"])
    ailing(well, 4, "vault", "is sealed", "vault operator unseal")


def test_a_sign_in_that_vault_does_not_know_ends_the_round(well: Desk) -> None:
    well.monkeypatch.setenv("VAULT_TOKEN", "invented-token")
    ailing(well, 4, "sign-in", "denies", "deploy/policies")


def test_a_root_token_works_and_is_too_much(well: Desk, vault_server: dict[str, Any]) -> None:
    well.monkeypatch.setenv("VAULT_TOKEN", vault_server["root_token"])
    ailing(well, 1, "sign-in", "root token", "AppRole", verdict="warning")
    ailing(well, 1, "policy: keeper", "delete or destroy", verdict="warning")


def test_a_sign_in_that_is_about_to_end_is_said(well: Desk) -> None:
    policies = {"policies": [f"{well.prefix}-keeper"]}
    short = {**policies, "ttl": "60s", "renewable": False}
    made = well.root.post("/v1/auth/token/create", json=short).json()
    well.monkeypatch.setenv("VAULT_TOKEN", made["auth"]["client_token"])
    ailing(well, 4, "sign-in", "too soon", "token_ttl=1h")
    counted = {**policies, "ttl": "24h", "num_uses": 50}
    made = well.root.post("/v1/auth/token/create", json=counted).json()
    well.monkeypatch.setenv("VAULT_TOKEN", made["auth"]["client_token"])
    ailing(well, 4, "sign-in", "more times", "num_uses")


def test_a_secret_id_that_is_about_to_end_is_said(well: Desk) -> None:
    well.give_keeper(secret_id_ttl="1h", token_ttl="30m")
    ailing(well, 1, "secret_id", "VAULT_SECRET_ID ends", "vault write", verdict="warning")
    sign_in = found(well.run("doctor --json", code=1), "sign-in")
    assert sign_in["what"].startswith("works, ends in 0:")
    assert sign_in["what"].endswith("can be renewed")


def test_a_kv_v1_mount_is_said_with_its_cure(well: Desk, vault_server: dict[str, Any]) -> None:
    well.monkeypatch.setenv("VAULT_TOKEN", vault_server["root_token"])
    path = f"/v1/sys/mounts/{well.prefix}-v1"
    well.root.post(path, json={"type": "kv", "options": {"version": "1"}}).raise_for_status()
    well.monkeypatch.setenv("CAFE24_VAULT_MOUNT", f"{well.prefix}-v1")
    ailing(well, 4, "mount", "KV version 1", "vault kv enable-versioning")
    well.root.delete(path).raise_for_status()


def test_a_mount_that_is_not_there_is_said(well: Desk) -> None:
    well.monkeypatch.setenv("CAFE24_VAULT_MOUNT", "nosuchmount")
    ailing(well, 4, "mount", "nosuchmount/", "CAFE24_VAULT_MOUNT")


@pytest.mark.usefixtures("well")
def test_clocks_that_disagree_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class NineHoursAhead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "NineHoursAhead":
            ahead = datetime.now(tz) + timedelta(hours=9)
            return cls.fromtimestamp(ahead.timestamp(), UTC)

    monkeypatch.setattr(vault_server, "datetime", NineHoursAhead)
    patient = Patient(Settings.load())
    [clock] = vault_server.check_clock(patient)
    patient.leave()
    assert clock.verdict == "warning"
    assert clock.what.startswith("This host's clock and Vault's are 32")


@pytest.mark.parametrize(
    ("denied", "said"),
    [
        ("data/{}/access/*", "create, read, update on secret/data/{}/access/*"),
        ("metadata/{}/malls", "list on secret/metadata/{}/malls"),
        ("metadata/{}/keys/*", "read, update on secret/metadata/{}/keys/*"),
    ],
)
def test_a_policy_that_lacks_one_path_is_said_with_the_path(
    well: Desk, denied: str, said: str
) -> None:
    token = well.token_with("keeper", without=f"secret/{denied.format(well.prefix)}")
    well.monkeypatch.setenv("VAULT_TOKEN", token)
    ailing(well, 4, "policy: keeper", said.format(well.prefix), "deploy/policies/keeper.hcl")


def test_a_monitor_that_sees_tokens_is_wrong(well: Desk) -> None:
    well.give_monitor("keeper")
    ailing(well, 4, "policy: monitor", f"secret/data/{well.prefix}/malls/*", "monitor.hcl")


def test_no_monitor_is_a_warning(well: Desk) -> None:
    well.monkeypatch.delenv("CAFE24_MONITOR_ROLE_ID")
    ailing(well, 1, "policy: monitor", "CAFE24_MONITOR_ROLE_ID", verdict="warning")


def test_history_that_is_kept_too_short_is_said(well: Desk) -> None:
    path = f"/v1/secret/metadata/{well.prefix}/malls/{well.mall}"
    well.root.post(path, json={"max_versions": 5}).raise_for_status()
    ailing(well, 1, "history", f"malls/{well.mall} (max_versions)", "setup", verdict="warning")


def test_a_damaged_mall_an_app_without_secret_and_an_unknown_app_are_named(well: Desk) -> None:
    well.edit(client_id="nosuchapp")
    apps = f"/v1/secret/data/{well.prefix}/apps"
    well.root.post(f"{apps}/emptyapp", json={"data": {"client_id": "x"}}).raise_for_status()
    ailing(well, 4, "app emptyapp", "no client_secret", "manage.py app emptyapp")
    ailing(well, 4, "app nosuchapp", "no app nosuchapp")
    well.edit(generation="many")
    ailing(well, 4, f"mall {well.mall}", "generation", "vault kv rollback")


def test_a_name_that_is_no_mall_id_is_named_and_stops_nothing(well: Desk) -> None:
    path = f"/v1/secret/data/{well.prefix}/malls/undefined"
    well.root.post(path, json={"data": {"invented": "x"}}).raise_for_status()
    ailing(well, 1, "mall undefined", "no mall id", "vault kv metadata delete", verdict="warning")
    assert found(well.run("doctor --json", code=1), "malls")["what"].startswith("1 documents")


def test_a_removed_mall_is_no_flaw(well: Desk) -> None:
    well.monkeypatch.setenv("VAULT_TOKEN", well.token_with("keeper", "operator"))
    well.run("remove MALL --yes")
    assert found(well.run("doctor --json"), "malls")["what"].startswith("0 documents")


def test_a_newer_pair_in_quarantine_is_said_and_an_older_one_is_evidence(well: Desk) -> None:
    document = well.document
    fields = document.model_dump(include=set(HeldPair.model_fields) - {"shape"})
    held = HeldPair.model_validate({**fields, "parent": "invented"})
    well.store.quarantine(held)
    assert found(well.run("doctor --json"), "quarantine")["what"].startswith("evidence of 1")
    newer = document.issued_at + timedelta(hours=1)
    well.store.quarantine(held.model_copy(update={"issued_at": newer}))
    ailing(well, 1, f"quarantine {well.mall}", "newer", "drain", verdict="warning")


def test_a_spill_folder_is_made_when_needed_or_said_to_be_unusable(
    well: Desk, tmp_path: Path
) -> None:
    folder = Settings.load().spill_dir
    assert found(well.run("doctor --json"), "spill folder")["what"].endswith("made when needed")
    assert not folder.exists()
    folder.mkdir(mode=0o755)
    ailing(well, 3, "spill folder", str(folder), "0755, not 0700")
    folder.rmdir()
    folder.symlink_to(tmp_path)
    ailing(well, 3, "spill folder", "it is no folder")


def test_spills_that_wait_or_were_set_aside_are_counted(well: Desk) -> None:
    folder = Settings.load().spill_dir
    spill = SpillFolder(folder).prepare(well.mall, well.store.keys().spill)
    spill.close()
    ailing(well, 1, "spills", "1 wait", "drain", verdict="warning")
    SpillFolder(folder).set_aside(spill.path)
    ailing(well, 1, "spills", "1 were set aside", verdict="warning")


def test_a_folder_that_does_not_outlive_a_restart_is_a_warning(well: Desk, tmp_path: Path) -> None:
    well.monkeypatch.setattr(this_host, "PASSING", (str(tmp_path),))
    ailing(well, 1, "spill folder", f"it is under {tmp_path}", "volume", verdict="warning")
    well.monkeypatch.setattr(this_host, "PASSING", ())
    well.monkeypatch.setattr(this_host, "FORGETFUL", frozenset({"tmpfs"}))
    well.monkeypatch.setattr(this_host, "_filesystem", lambda _folder: "tmpfs")
    ailing(well, 1, "spill folder", "its disk is a tmpfs", verdict="warning")


def test_the_kind_of_disk_is_that_of_the_innermost_mount() -> None:
    assert this_host._filesystem(Path("/proc/self")) == "proc"
