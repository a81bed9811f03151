"""KV v2 metadata and settings through hvac: versions kept, custom metadata, lists."""

from typing import Any

import httpx
import pytest
from hvac import exceptions
from hvac.api.secrets_engines.kv_v2 import KvV2

REQUIRED = "check-and-set parameter required for this call"
MERGE = {"Content-Type": "application/merge-patch+json"}


def write(kv: KvV2, mount: str, key: str, times: int = 1) -> None:
    for _ in range(times):
        kv.create_or_update_secret(key, {"a": 1}, mount_point=mount)


def metadata(kv: KvV2, mount: str, key: str) -> dict[str, Any]:
    data: dict[str, Any] = kv.read_secret_metadata(key, mount_point=mount)["data"]
    return data


def test_metadata_tells_versions_under_text_keys(kv: KvV2, mount: str, name: str) -> None:
    write(kv, mount, name, times=2)
    told = metadata(kv, mount, name)
    assert sorted(told["versions"]) == ["1", "2"]
    assert told["versions"]["1"].keys() >= {"created_time", "deletion_time", "destroyed"}
    assert (told["current_version"], told["oldest_version"]) == (2, 0)
    assert (told["max_versions"], told["delete_version_after"]) == (0, "0s")
    assert told["cas_required"] is False
    assert told["updated_time"] == told["versions"]["2"]["created_time"]
    assert told["created_time"] == told["versions"]["1"]["created_time"]


def test_ten_versions_are_kept_unless_told_otherwise(kv: KvV2, mount: str, name: str) -> None:
    write(kv, mount, name, times=12)
    told = metadata(kv, mount, name)
    assert (told["current_version"], told["oldest_version"]) == (12, 3)
    assert sorted(told["versions"], key=int) == [str(number) for number in range(3, 13)]


def test_a_trimmed_version_is_404(http: httpx.Client, kv: KvV2, mount: str, name: str) -> None:
    write(kv, mount, name, times=11)
    answer = http.get(f"{mount}/data/{name}?version=1")
    assert (answer.status_code, answer.json()) == (404, {"errors": []})


def test_a_key_keeps_as_many_versions_as_it_is_told(kv: KvV2, mount: str, name: str) -> None:
    kv.update_metadata(name, max_versions=2, mount_point=mount)
    write(kv, mount, name, times=5)
    assert sorted(metadata(kv, mount, name)["versions"]) == ["4", "5"]
    kv.update_metadata(name, max_versions=20, mount_point=mount)
    write(kv, mount, name, times=15)
    assert len(metadata(kv, mount, name)["versions"]) == 17


def test_metadata_alone_makes_a_key_without_versions(kv: KvV2, mount: str, name: str) -> None:
    kv.update_metadata(name, custom_metadata={"a": "b"}, mount_point=mount)
    told = metadata(kv, mount, name)
    assert (told["current_version"], told["versions"]) == (0, {})
    written = kv.create_or_update_secret(name, {"a": 1}, cas=0, mount_point=mount)
    assert written["data"]["version"] == 1
    assert written["data"]["custom_metadata"] == {"a": "b"}


def test_custom_metadata_makes_no_version_and_is_replaced_as_a_whole(
    kv: KvV2, mount: str, name: str
) -> None:
    write(kv, mount, name)
    kv.update_metadata(name, custom_metadata={"a": "1", "b": "2"}, mount_point=mount)
    kv.update_metadata(name, custom_metadata={"c": "3"}, mount_point=mount)
    told = metadata(kv, mount, name)
    assert (told["current_version"], told["custom_metadata"]) == (1, {"c": "3"})
    kv.update_metadata(name, max_versions=7, mount_point=mount)
    told = metadata(kv, mount, name)
    assert (told["max_versions"], told["custom_metadata"]) == (7, {"c": "3"})


@pytest.mark.parametrize(
    "custom",
    [
        {"a": ""},
        {"": "a"},
        {"a": None},
        {"a": "x" * 513},
        {"a" * 129: "x"},
        {"a": "line\nbreak"},
        {"a": {"b": "c"}},
        {f"k{number}": "x" for number in range(65)},
        "text",
    ],
)
def test_custom_metadata_holds_few_short_texts(
    http: httpx.Client, mount: str, name: str, custom: Any
) -> None:
    refused = http.post(f"{mount}/metadata/{name}", json={"custom_metadata": custom})
    assert refused.status_code == 400
    assert "custom_metadata" in refused.json()["errors"][0]
    assert http.get(f"{mount}/metadata/{name}").status_code == 404


def test_numbers_in_custom_metadata_become_texts(
    http: httpx.Client, kv: KvV2, mount: str, name: str
) -> None:
    http.post(f"{mount}/metadata/{name}", json={"custom_metadata": {"a": 1, "b": 2.5, "c": True}})
    assert metadata(kv, mount, name)["custom_metadata"] == {"a": "1", "b": "2.5", "c": "1"}


def test_a_patch_of_metadata_keeps_the_rest(
    http: httpx.Client, kv: KvV2, mount: str, name: str
) -> None:
    path = f"{mount}/metadata/{name}"
    assert http.patch(path, json={"max_versions": 3}, headers=MERGE).status_code == 404
    kv.update_metadata(name, custom_metadata={"a": "1", "b": "2"}, mount_point=mount)
    patch = {"custom_metadata": {"a": None, "c": "3"}, "max_versions": 3}
    assert http.patch(path, json=patch, headers=MERGE).status_code == 204
    told = metadata(kv, mount, name)
    assert (told["custom_metadata"], told["max_versions"]) == ({"b": "2", "c": "3"}, 3)


def test_cas_can_be_required_for_one_key(kv: KvV2, mount: str, name: str) -> None:
    kv.update_metadata(name, cas_required=True, mount_point=mount)
    with pytest.raises(exceptions.InvalidRequest, match=REQUIRED):
        write(kv, mount, name)
    kv.create_or_update_secret(name, {"a": 1}, cas=0, mount_point=mount)


def test_cas_can_be_required_for_a_whole_mount(kv: KvV2, own_mount: str) -> None:
    kv.configure(cas_required=True, mount_point=own_mount)
    with pytest.raises(exceptions.InvalidRequest, match=REQUIRED):
        write(kv, own_mount, "x")
    kv.create_or_update_secret("x", {"a": 1}, cas=0, mount_point=own_mount)


def test_the_settings_of_a_mount_are_changed_one_by_one(
    http: httpx.Client, kv: KvV2, own_mount: str
) -> None:
    for setting in ({"max_versions": 3}, {"delete_version_after": "3h"}):
        assert http.post(f"{own_mount}/config", json=setting).status_code == 204
    told = kv.read_configuration(mount_point=own_mount)["data"]
    assert told["max_versions"] == 3
    assert told["delete_version_after"] == "3h0m0s"
    assert told["cas_required"] is False
    write(kv, own_mount, "x", times=4)
    assert sorted(metadata(kv, own_mount, "x")["versions"]) == ["2", "3", "4"]


def test_a_version_can_delete_itself_later(http: httpx.Client, kv: KvV2, own_mount: str) -> None:
    kv.update_metadata("x", delete_version_after="1s", mount_point=own_mount)
    written = kv.create_or_update_secret("x", {"a": 1}, mount_point=own_mount)
    assert written["data"]["deletion_time"] > written["data"]["created_time"]
    while http.get(f"{own_mount}/data/x").status_code == 200:
        pass
    assert http.get(f"{own_mount}/data/x").json()["data"]["data"] is None


def test_a_list_is_in_byte_order_with_folders_and_deleted_keys(
    http: httpx.Client, kv: KvV2, own_mount: str
) -> None:
    for key in ("b", "a", "B", "b/c", "한글", "b/d/e"):
        write(kv, own_mount, key)
    kv.delete_latest_version_of_secret("a", mount_point=own_mount)
    listed = kv.list_secrets("", mount_point=own_mount)["data"]["keys"]
    assert listed == ["B", "a", "b", "b/", "한글"]
    assert kv.list_secrets("b", mount_point=own_mount)["data"]["keys"] == ["c", "d/"]
    for leaf in ("a", "b/c", "none"):
        answer = http.request("LIST", f"{own_mount}/metadata/{leaf}")
        assert (answer.status_code, answer.json()) == (404, {"errors": []})
