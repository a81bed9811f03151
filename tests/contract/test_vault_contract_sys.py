"""`sys/`: what is asked without a token, and mounts."""

from collections.abc import Callable

import httpx
import pytest

Connect = Callable[[str], httpx.Client]


@pytest.mark.parametrize(
    ("path", "fact"),
    [
        ("sys/health", ("sealed", False)),
        ("sys/seal-status", ("sealed", False)),
        ("sys/init", ("initialized", True)),
    ],
)
def test_the_state_of_the_server_is_a_bare_object_for_anybody(
    connect: Connect, path: str, fact: tuple[str, bool]
) -> None:
    answer = connect("").get(path)
    assert answer.status_code == 200
    assert "request_id" not in answer.json()
    assert answer.json()[fact[0]] is fact[1]


def test_the_leader_is_asked_without_a_token(connect: Connect) -> None:
    assert "ha_enabled" in connect("").get("sys/leader").json()


def test_health_answers_head_and_the_codes_that_are_asked_for(connect: Connect) -> None:
    anybody = connect("")
    assert anybody.head("sys/health").status_code == 200
    assert anybody.get("sys/health?activecode=299").status_code == 299
    assert anybody.get("sys/health?sealedcode=299").status_code == 200
    assert anybody.get("sys/health?activecode=many").status_code == 400


def test_the_command_line_finds_the_engine_of_a_path(http: httpx.Client, mount: str) -> None:
    found = http.get(f"sys/internal/ui/mounts/{mount}/any/path").json()["data"]
    assert found["type"] == "kv"
    assert found["path"] == f"{mount}/"
    assert found["options"]["version"] == "2"


def test_a_path_that_nothing_serves_has_no_engine(http: httpx.Client, name: str) -> None:
    answer = http.get(f"sys/internal/ui/mounts/{name}/x")
    assert answer.status_code == 403
    assert "preflight capability check returned 403" in answer.json()["errors"][0]


def test_mounts_are_listed_in_data_and_beside_it(http: httpx.Client, mount: str) -> None:
    listed = http.get("sys/mounts").json()
    assert listed["data"][f"{mount}/"] == listed[f"{mount}/"]
    assert listed["data"][f"{mount}/"]["type"] == "kv"
    assert listed["data"][f"{mount}/"]["options"] == {"version": "2"}


def test_a_path_in_use_cannot_be_mounted_again_nor_below(http: httpx.Client, mount: str) -> None:
    for path in (mount, f"{mount}/below"):
        refused = http.post(f"sys/mounts/{path}", json={"type": "kv"})
        assert refused.status_code == 400
        assert "path is already in use" in refused.json()["errors"][0]


def test_an_unmounted_engine_is_gone_with_what_it_held(http: httpx.Client, own_mount: str) -> None:
    http.post(f"{own_mount}/data/x", json={"data": {}})
    assert http.delete(f"sys/mounts/{own_mount}").status_code == 204
    assert http.delete(f"sys/mounts/{own_mount}").status_code == 204
    assert "no handler for route" in http.get(f"{own_mount}/data/x").json()["errors"][0]


def test_a_mount_can_be_tuned(http: httpx.Client, own_mount: str) -> None:
    tuned = {"max_lease_ttl": "2h", "description": "tuned"}
    assert http.post(f"sys/mounts/{own_mount}/tune", json=tuned).status_code == 204
    told = http.get(f"sys/mounts/{own_mount}/tune").json()["data"]
    assert (told["max_lease_ttl"], told["description"]) == (7200, "tuned")


def test_an_unknown_type_cannot_be_mounted(http: httpx.Client, name: str) -> None:
    assert http.post(f"sys/mounts/{name}", json={"type": "no-such"}).status_code == 400
    assert http.post(f"sys/auth/{name}", json={"type": "no-such"}).status_code == 400


def test_an_auth_method_is_enabled_once_and_listed(http: httpx.Client, approle: str) -> None:
    assert http.get("sys/auth").json()["data"][f"{approle}/"]["type"] == "approle"
    assert http.post(f"sys/auth/{approle}", json={"type": "approle"}).status_code == 400


def test_kv_v1_has_no_versions_and_takes_v2s_body_for_a_value(
    http: httpx.Client, name: str
) -> None:
    assert http.post(f"sys/mounts/{name}", json={"type": "kv"}).status_code == 204
    assert http.post(f"{name}/data/x", json={"data": {"a": 1}}).status_code == 204
    assert http.get(f"{name}/data/x").json()["data"] == {"data": {"a": 1}}
    assert http.request("LIST", name).json()["data"] == {"keys": ["data/"]}
    assert http.delete(f"sys/mounts/{name}").status_code == 204


def test_an_unknown_path_of_sys_is_404(http: httpx.Client) -> None:
    answer = http.get("sys/no-such-path")
    assert answer.status_code == 404
    assert "unsupported path" in answer.json()["errors"][0]
