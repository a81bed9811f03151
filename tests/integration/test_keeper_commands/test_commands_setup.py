"""`manage.py setup` in Vault: keys made, history kept, drift told, the mount left alone."""

from typing import Any

import pytest

from blocks.change import Change
from cafe24.settings import Settings
from cli.vault_changes import vault_changes
from tests.integration.surroundings import Prefect
from tests.integration.test_keeper_commands.desk import Desk


def drift(desk: Desk) -> list[Change]:
    tokens = Settings.load().keeper_tokens()
    return [one for one in vault_changes(tokens, desk.store) if one.is_drift]


def set_badly(desk: Desk, path: str, **settings: Any) -> None:
    order = {"max_versions": 5, "cas_required": False, **settings}
    desk.root.post(f"/v1/secret/metadata/{desk.prefix}/{path}", json=order).raise_for_status()


def lines(changes: list[Change]) -> list[str]:
    return [change.line(done=False) for change in changes]


def test_what_the_keeper_wrote_is_as_wanted(desk: Desk) -> None:
    assert desk.store.keys().spill
    assert drift(desk) == []


def test_both_keys_are_made_where_there_are_none(empty_desk: Desk) -> None:
    [change] = drift(empty_desk)
    assert change.line(done=False) == (
        f"vault secret/{empty_desk.prefix}/keys: would be created (fingerprint, spill)"
    )
    change.carry_out()
    assert drift(empty_desk) == []


def test_making_keys_again_keeps_those_there_are(desk: Desk) -> None:
    before = desk.store.keys().spill
    desk.store.keys().make()
    assert desk.store.keys().spill == before


@pytest.mark.parametrize(("folder", "kept"), [("malls", 200), ("access", 2)])
def test_history_that_is_kept_too_short_is_told_and_mended(
    desk: Desk, folder: str, kept: int
) -> None:
    desk.store.keys().make()
    described = desk.metadata.custom
    path = f"{folder}/{desk.mall}"
    set_badly(desk, path)
    changes = drift(desk)
    assert lines(changes) == [
        f"vault secret/{desk.prefix}/{path}: would be updated (cas_required, max_versions)"
    ]
    changes[0].carry_out()
    seen = desk.vault.metadata(f"{desk.prefix}/{path}")
    assert seen is not None
    assert (seen.keep_versions, seen.is_cas_required) == (kept, True)
    assert drift(desk) == []
    assert desk.metadata.custom == described


def test_the_keepers_own_rights_are_enough(desk: Desk) -> None:
    set_badly(desk, f"malls/{desk.mall}")
    desk.monkeypatch.setenv("VAULT_TOKEN", desk.token_with("keeper"))
    for change in drift(desk):
        change.carry_out()
    assert drift(desk) == []


@pytest.mark.usefixtures("prefect")
def test_the_command_tells_drift_in_vault_beside_prefects(desk: Desk, prefect: Prefect) -> None:
    assert prefect.api
    desk.store.keys().make()
    set_badly(desk, f"malls/{desk.mall}")
    told = desk.run("setup --diff --json", code=1).json["changes"]
    assert told[0] == {
        "what": f"vault secret/{desk.prefix}/malls/{desk.mall}",
        "verb": "update",
        "because": ["cas_required", "max_versions"],
    }
    assert {"block token-vault/keeper", "work pool cafe24"} <= {one["what"] for one in told}
    assert drift(desk)
