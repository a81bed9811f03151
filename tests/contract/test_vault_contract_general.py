"""What every answer of Vault has in common."""

import uuid
from collections.abc import Callable

import httpx
import pytest

Connect = Callable[[str], httpx.Client]

TOO_LONG = 33 * 1024 * 1024


def test_the_content_type_is_json_to_the_letter_and_nothing_is_cached(
    http: httpx.Client, mount: str, name: str
) -> None:
    written = http.post(f"{mount}/data/{name}", json={"data": {"a": 1}})
    deleted = http.delete(f"{mount}/data/{name}")
    missing = http.get(f"{mount}/data/{name}-not")
    health = http.get("sys/health")
    for answer in (written, deleted, missing, health):
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Date" in answer.headers


def test_a_success_comes_in_the_whole_envelope(http: httpx.Client, mount: str, name: str) -> None:
    answer = http.post(f"{mount}/data/{name}", json={"data": {"a": 1}}).json()
    assert str(uuid.UUID(answer.pop("request_id")))
    data = answer.pop("data")
    answer.pop("mount_type", None)  # newer servers name the engine
    assert data["version"] == 1
    assert answer == {
        "lease_id": "",
        "renewable": False,
        "lease_duration": 0,
        "wrap_info": None,
        "warnings": None,
        "auth": None,
    }


def test_an_error_is_a_list_of_texts_and_nothing_else(
    http: httpx.Client, mount: str, name: str
) -> None:
    refused = http.post(f"{mount}/data/{name}", json={})
    assert refused.status_code == 400
    assert refused.json() == {"errors": ["no data provided"]}


def test_nothing_there_is_404_with_no_text(http: httpx.Client, mount: str, name: str) -> None:
    answer = http.get(f"{mount}/data/{name}")
    assert (answer.status_code, answer.json()) == (404, {"errors": []})


def test_no_mount_there_is_404_that_says_so(http: httpx.Client, name: str) -> None:
    for answer in (http.get(f"{name}/data/x"), http.post(f"{name}/data/x", json={"data": {}})):
        assert answer.status_code == 404
        assert answer.json()["errors"][0].startswith("no handler for route")


def test_put_equals_post(http: httpx.Client, mount: str, name: str) -> None:
    assert http.put(f"{mount}/data/{name}", json={"data": {}}).json()["data"]["version"] == 1
    assert http.post(f"{mount}/data/{name}", json={"data": {}}).json()["data"]["version"] == 2


def test_list_equals_get_with_list_true(http: httpx.Client, mount: str, name: str) -> None:
    http.post(f"{mount}/data/{name}/leaf", json={"data": {}})
    listed = http.request("LIST", f"{mount}/metadata/{name}").json()["data"]
    assert listed == {"keys": ["leaf"]}
    assert http.get(f"{mount}/metadata/{name}?list=true").json()["data"] == listed
    assert http.get(f"{mount}/metadata/{name}/?list=true").json()["data"] == listed


def test_a_bearer_token_is_accepted(
    http: httpx.Client, connect: Connect, mount: str, name: str
) -> None:
    token = http.headers["X-Vault-Token"]
    bearer = {"Authorization": f"Bearer {token}"}
    answer = connect("").post(f"{mount}/data/{name}", json={"data": {}}, headers=bearer)
    assert answer.status_code == 200


def test_the_header_that_the_command_line_sends_changes_nothing(
    http: httpx.Client, mount: str, name: str
) -> None:
    marked = {"X-Vault-Request": "true"}
    answer = http.post(f"{mount}/data/{name}", json={"data": {}}, headers=marked)
    assert answer.status_code == 200


def test_the_root_namespace_may_be_named(http: httpx.Client, mount: str, name: str) -> None:
    answer = http.get(f"{mount}/data/{name}", headers={"X-Vault-Namespace": "/"})
    assert answer.json() == {"errors": []}


@pytest.mark.parametrize("body", ["{broken", "[1]", '"text"', '{"data": {"a": NaN}}'])
def test_what_is_no_json_object_is_400(
    http: httpx.Client, mount: str, name: str, body: str
) -> None:
    answer = http.post(f"{mount}/data/{name}", content=body)
    assert answer.status_code == 400
    assert "JSON" in answer.json()["errors"][0]


def test_a_body_over_32_mib_is_413(http: httpx.Client, mount: str, name: str) -> None:
    answer = http.post(f"{mount}/data/{name}", json={"data": {"a": "x" * TOO_LONG}})
    assert answer.status_code == 413
    assert http.get(f"{mount}/data/{name}").status_code == 404


def test_a_form_is_read_like_json(http: httpx.Client, name: str) -> None:
    """`curl -d` says that it sends a form, whatever it sends."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    as_json = http.post("sys/capabilities-self", content='{"paths": ["a"]}', headers=form)
    as_form = http.post("sys/capabilities-self", content=f"paths={name}", headers=form)
    assert as_json.json()["data"]["a"] == ["root"]
    assert as_form.json()["data"][name] == ["root"]


def test_a_path_with_empty_segments_is_sent_to_the_clean_one(
    http: httpx.Client, mount: str, name: str
) -> None:
    answer = http.get(f"{mount}//data/{name}")
    assert answer.status_code == 307
    assert answer.headers["Location"] == f"/v1/{mount}/data/{name}"


def test_an_unknown_method_is_405(http: httpx.Client, mount: str, name: str) -> None:
    assert http.request("BREW", f"{mount}/data/{name}").status_code == 405
    assert http.head(f"{mount}/data/{name}").status_code == 405
