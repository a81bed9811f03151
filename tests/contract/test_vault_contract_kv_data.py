"""KV v2 data through hvac: writing, check-and-set, reading, merging, deleting."""

import re
from datetime import datetime
from typing import Any

import httpx
import pytest
from hvac import exceptions
from hvac.api.secrets_engines.kv_v2 import KvV2

RFC3339_NANO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
MISMATCH = "check-and-set parameter did not match the current version"
MERGE = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture
def write(kv: KvV2, mount: str, name: str) -> Any:
    def write(data: dict[str, Any], cas: int | None = None, key: str = name) -> int:
        written = kv.create_or_update_secret(key, data, cas=cas, mount_point=mount)
        version: int = written["data"]["version"]
        return version

    return write


@pytest.fixture
def read(kv: KvV2, mount: str, name: str) -> Any:
    def read(version: int | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = kv.read_secret_version(
            name, version=version, mount_point=mount, raise_on_deleted_version=True
        )["data"]
        return answer

    return read


def test_a_write_tells_its_version_and_time(http: httpx.Client, mount: str, name: str) -> None:
    told = http.post(f"{mount}/data/{name}", json={"data": {"a": 1}}).json()["data"]
    created_time = told.pop("created_time")
    assert RFC3339_NANO.fullmatch(created_time)
    assert datetime.fromisoformat(created_time).tzinfo is not None
    assert told.pop("custom_metadata", None) is None
    assert told == {"version": 1, "deletion_time": "", "destroyed": False}


def test_what_was_written_is_read_with_its_metadata(write: Any, read: Any) -> None:
    write({"text": "한글 <&>", "list": [1, {"a": None}], "flag": True})
    secret = read()
    assert secret["data"] == {"text": "한글 <&>", "list": [1, {"a": None}], "flag": True}
    assert secret["metadata"]["version"] == 1


def test_numbers_come_back_as_float64s(write: Any, read: Any) -> None:
    write({"exact": 2**53, "rounded": 2**53 + 1, "whole": 1.0, "part": 0.5, "long": 10**19 + 7})
    told = read()["data"]
    assert told == {
        "exact": 2**53,
        "rounded": 2**53,
        "whole": 1,
        "part": 0.5,
        "long": 10_000_000_000_000_000_000,
    }
    assert isinstance(told["whole"], int)


def test_cas_0_writes_only_where_nothing_is(write: Any) -> None:
    assert write({"n": 1}, cas=0) == 1
    with pytest.raises(exceptions.InvalidRequest, match=MISMATCH):
        write({"n": 2}, cas=0)


def test_cas_must_name_the_current_version(write: Any, read: Any) -> None:
    write({"n": 1})
    assert write({"n": 2}, cas=1) == 2
    for wrong in (0, 1, 3, -1):
        with pytest.raises(exceptions.InvalidRequest, match=MISMATCH):
            write({"n": 3}, cas=wrong)
    assert read()["data"] == {"n": 2}


def test_cas_counts_a_deleted_version_too(kv: KvV2, write: Any, mount: str, name: str) -> None:
    write({"n": 1})
    kv.delete_latest_version_of_secret(name, mount_point=mount)
    with pytest.raises(exceptions.InvalidRequest, match=MISMATCH):
        write({"n": 2}, cas=0)
    assert write({"n": 2}, cas=1) == 2


@pytest.mark.parametrize(
    ("cas", "status"),
    [("1", 200), (True, 200), ("x", 400), (1.5, 400), ([1], 400), (None, 400), ("", 400)],
)
def test_cas_is_read_as_go_reads_numbers(
    http: httpx.Client, mount: str, name: str, cas: Any, status: int
) -> None:
    path = f"{mount}/data/{name}"
    http.post(path, json={"data": {"n": 1}})
    sent = {"data": {"n": 2}, "options": {"cas": cas}}
    assert http.post(path, json=sent).status_code == status


def test_a_write_needs_data_and_a_name(http: httpx.Client, mount: str, name: str) -> None:
    for sent in ({}, {"options": {"cas": 0}}):
        refused = http.post(f"{mount}/data/{name}", json=sent)
        assert (refused.status_code, refused.json()) == (400, {"errors": ["no data provided"]})
    refused = http.post(f"{mount}/data/{name}/", json={"data": {}})
    assert refused.status_code == 400
    assert refused.json()["errors"] == ["cannot write to a path ending in '/'"]


def test_the_fields_must_be_objects(http: httpx.Client, mount: str, name: str) -> None:
    for sent in ({"data": "text"}, {"data": {}, "options": "text"}):
        refused = http.post(f"{mount}/data/{name}", json=sent)
        assert refused.status_code == 400
        assert "expected type 'map" in refused.json()["errors"][0].replace("a map", "type 'map")


def test_an_older_version_is_read_by_its_number_and_0_is_the_latest(write: Any, read: Any) -> None:
    write({"n": 1})
    write({"n": 2})
    assert read(version=1)["data"] == {"n": 1}
    assert read(version=0)["data"] == {"n": 2}


def test_a_version_that_never_was_is_404(
    http: httpx.Client, write: Any, mount: str, name: str
) -> None:
    write({"n": 1})
    answer = http.get(f"{mount}/data/{name}?version=9")
    assert (answer.status_code, answer.json()) == (404, {"errors": []})
    assert http.get(f"{mount}/data/{name}?version=many").status_code == 400


def test_a_deleted_version_is_404_with_its_metadata(
    http: httpx.Client, write: Any, mount: str, name: str
) -> None:
    write({"n": 1})
    assert http.delete(f"{mount}/data/{name}").status_code == 204
    answer = http.get(f"{mount}/data/{name}")
    assert answer.status_code == 404
    assert "errors" not in answer.json()
    assert answer.json()["data"]["data"] is None
    assert answer.json()["data"]["metadata"]["version"] == 1
    assert RFC3339_NANO.fullmatch(answer.json()["data"]["metadata"]["deletion_time"])


def test_a_destroyed_version_is_404_with_its_metadata(
    http: httpx.Client, kv: KvV2, write: Any, mount: str, name: str
) -> None:
    write({"n": 1})
    kv.destroy_secret_versions(name, [1], mount_point=mount)
    answer = http.get(f"{mount}/data/{name}")
    assert answer.status_code == 404
    assert answer.json()["data"]["data"] is None
    assert answer.json()["data"]["metadata"]["destroyed"] is True


def test_hvac_tells_a_deleted_version_from_a_missing_one(
    kv: KvV2, write: Any, read: Any, mount: str, name: str
) -> None:
    with pytest.raises(exceptions.InvalidPath) as missing:
        read()
    write({"n": 1})
    kv.delete_latest_version_of_secret(name, mount_point=mount)
    with pytest.raises(exceptions.InvalidPath) as deleted:
        read()
    left: Any = deleted.value.json
    assert missing.value.json == {"errors": []}
    assert left["data"]["metadata"]["version"] == 1


def test_an_undeleted_version_is_back_and_a_destroyed_one_is_not(
    kv: KvV2, write: Any, read: Any, mount: str, name: str
) -> None:
    write({"n": 1})
    write({"n": 2})
    kv.delete_secret_versions(name, [1, 2, 99], mount_point=mount)
    kv.destroy_secret_versions(name, [2], mount_point=mount)
    kv.undelete_secret_versions(name, [1, 2], mount_point=mount)
    assert read(version=1)["data"] == {"n": 1}
    with pytest.raises(exceptions.InvalidPath):
        read(version=2)


def test_deleting_what_is_not_there_is_204(http: httpx.Client, mount: str, name: str) -> None:
    assert http.delete(f"{mount}/data/{name}").status_code == 204
    assert http.delete(f"{mount}/metadata/{name}").status_code == 204
    for path in ("delete", "undelete", "destroy"):
        answer = http.post(f"{mount}/{path}/{name}", json={"versions": [1]})
        assert answer.status_code == 204
        assert http.post(f"{mount}/{path}/{name}", json={}).status_code == 400


def test_after_deleting_the_metadata_the_key_begins_again(
    kv: KvV2, write: Any, mount: str, name: str
) -> None:
    write({"n": 1})
    write({"n": 2})
    kv.delete_metadata_and_all_versions(name, mount_point=mount)
    assert write({"n": 3}, cas=0) == 1


def test_a_patch_merges_and_null_removes(
    http: httpx.Client, write: Any, read: Any, mount: str, name: str
) -> None:
    write({"a": 1, "b": {"c": 2, "d": 3}})
    patch = {"data": {"b": {"c": None, "e": 4}}, "options": {"cas": 1}}
    assert http.patch(f"{mount}/data/{name}", json=patch, headers=MERGE).status_code == 200
    assert read()["data"] == {"a": 1, "b": {"d": 3, "e": 4}}
    stale = http.patch(f"{mount}/data/{name}", json=patch, headers=MERGE)
    assert (stale.status_code, stale.json()) == (400, {"errors": [MISMATCH]})


def test_a_patch_must_be_called_one(http: httpx.Client, write: Any, mount: str, name: str) -> None:
    write({"a": 1})
    assert http.patch(f"{mount}/data/{name}", json={"data": {}}).status_code == 415


def test_a_patch_of_nothing_or_of_what_is_deleted_is_404(
    http: httpx.Client, write: Any, mount: str, name: str
) -> None:
    path = f"{mount}/data/{name}"
    assert http.patch(path, json={"data": {}}, headers=MERGE).status_code == 404
    write({"a": 1})
    http.delete(path)
    assert http.patch(path, json={"data": {}}, headers=MERGE).status_code == 404


# hvac's own patch() calls its own read without the argument that it warns about.
@pytest.mark.filterwarnings("ignore:The raise_on_deleted_version parameter:DeprecationWarning")
def test_hvacs_patch_reads_and_writes_with_cas(
    kv: KvV2, write: Any, read: Any, mount: str, name: str
) -> None:
    write({"a": "1"})
    kv.patch(name, {"b": "2"}, mount_point=mount)
    assert read()["data"] == {"a": "1", "b": "2"}
    assert read()["metadata"]["version"] == 2


def test_kv_v1s_paths_are_404_with_advice(http: httpx.Client, mount: str, name: str) -> None:
    for answer in (
        http.get(f"{mount}/{name}"),
        http.post(f"{mount}/{name}", json={"a": 1}),
        http.request("LIST", f"{mount}/{name}"),
        http.get(f"{mount}/data"),
    ):
        assert answer.status_code == 404
        assert "K/V" in answer.json()["warnings"][0]


def test_what_an_engine_does_not_know_is_405(http: httpx.Client, mount: str, name: str) -> None:
    assert http.get(f"{mount}/destroy/{name}").status_code == 405
    assert http.request("LIST", f"{mount}/data/{name}").status_code == 405


def test_the_shape_of_a_secret_is_told_without_its_values(
    http: httpx.Client, write: Any, mount: str, name: str
) -> None:
    write({"a": 1, "b": {"c": 2, "d": {}}, "e": [{"f": 3}]})
    told = http.get(f"{mount}/subkeys/{name}").json()["data"]
    assert told["subkeys"] == {"a": None, "b": {"c": None, "d": None}, "e": None}
    assert told["metadata"]["version"] == 1
