"""The seal; asked only of servers that these tests started themselves."""

import httpx


def test_a_sealed_vault_answers_health_and_status_and_nothing_else(own_http: httpx.Client) -> None:
    assert own_http.put("sys/seal").status_code == 204
    health = own_http.get("sys/health")
    assert (health.status_code, health.json()["sealed"]) == (503, True)
    assert own_http.head("sys/health").status_code == 503
    assert own_http.get("sys/health?sealedcode=200").status_code == 200
    status = own_http.get("sys/seal-status")
    assert (status.status_code, status.json()["sealed"]) == (200, True)
    for token in (own_http.headers["X-Vault-Token"], "unknown"):
        for path in ("secret/data/x", "sys/mounts", "auth/token/lookup-self", "no-such-mount/x"):
            answer = own_http.get(path, headers={"X-Vault-Token": token})
            assert (answer.status_code, answer.json()) == (503, {"errors": ["Vault is sealed"]})


def test_the_key_opens_the_seal_and_everything_is_still_there(
    own_http: httpx.Client, unseal_key: str
) -> None:
    own_http.post("cubbyhole/kept", json={"a": "b"})
    own_http.put("sys/seal")
    opened = own_http.put("sys/unseal", json={"key": unseal_key})
    assert (opened.status_code, opened.json()["sealed"]) == (200, False)
    assert own_http.get("cubbyhole/kept").json()["data"] == {"a": "b"}


def test_a_wrong_key_leaves_it_sealed(own_http: httpx.Client) -> None:
    own_http.put("sys/seal")
    for key in ("not a key!", "AAAA", "0" * 64):
        assert own_http.put("sys/unseal", json={"key": key}).status_code == 400
    assert own_http.put("sys/unseal", json={}).status_code == 400
    assert own_http.put("sys/unseal", json={"reset": True}).json()["sealed"] is True


def test_an_open_vault_is_not_initialized_again(own_http: httpx.Client) -> None:
    refused = own_http.put("sys/init", json={"secret_shares": 1, "secret_threshold": 1})
    assert (refused.status_code, refused.json()["errors"]) == (
        400,
        ["Vault is already initialized"],
    )
