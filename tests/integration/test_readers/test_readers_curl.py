"""The shell example: curl and sed, no secret in an argument."""

import os
import subprocess

from cafe24.settings import PROJECT
from tests.integration.test_keeper_commands.desk import Desk

SCRIPT = PROJECT / "examples" / "curl" / "cafe24-get.sh"


def called(place: dict[str, str], **more: str) -> subprocess.CompletedProcess[str]:
    told = place | more
    environment = {
        **os.environ,
        "VAULT_ADDR": told["vault_addr"],
        "VAULT_ROLE_ID": told["role_id"],
        "VAULT_SECRET_ID": told["secret_id"],
        "CAFE24_VAULT_PREFIX": told["prefix"],
        "CAFE24_API_URL": told["api_url"],
    }
    words = ["sh", str(SCRIPT), told["mall_id"], "/api/v2/admin/products/count"]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


def test_it_prints_what_the_mall_answers(place: dict[str, str]) -> None:
    done = called(place)
    assert done.stderr == ""
    assert done.returncode == 0
    assert '"count"' in done.stdout


def test_after_a_rotation_it_has_the_new_token(desk: Desk, place: dict[str, str]) -> None:
    path = f"/__sandbox__/malls/{desk.mall}/behaviour"
    desk.malls.post(path, json={"old_access_token_dies": True}).raise_for_status()
    desk.run("refresh MALL --force")
    assert called(place).returncode == 0


def test_a_401_is_told_with_the_next_step(desk: Desk, place: dict[str, str]) -> None:
    desk.malls.post(f"/__sandbox__/malls/{desk.mall}/revoke", json={"what": "access"})
    done = called(place)
    assert done.returncode == 22
    assert f"manage.py keep-warm {desk.mall} on" in done.stderr


def test_a_wrong_secret_id_is_said_and_not_shown(place: dict[str, str]) -> None:
    done = called(place, secret_id="invented-wrong-secret")
    assert done.returncode == 1
    assert "have a new secret_id issued" in done.stderr
    assert "invented-wrong-secret" not in done.stderr


def test_undefined_is_no_mall(place: dict[str, str]) -> None:
    done = called(place, mall_id="undefined")
    assert done.returncode == 1
    assert "is no mall id" in done.stderr
