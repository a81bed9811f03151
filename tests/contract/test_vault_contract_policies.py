"""Policies: how they are kept, and that they are enforced."""

from collections.abc import Callable

import httpx
import pytest

Connect = Callable[[str], httpx.Client]
Grant = Callable[[str], str]

DENIED = {"errors": ["1 error occurred:\n\t* permission denied\n\n"]}
READ = 'path "x" { capabilities = ["read"] }'


@pytest.fixture
def policy(name: str) -> str:
    return f"sys/policies/acl/{name}"


def test_a_policy_is_kept_as_it_was_written(http: httpx.Client, policy: str, name: str) -> None:
    assert http.put(policy, json={"policy": READ}).status_code == 204
    told = http.get(policy).json()["data"]
    assert (told["name"], told["policy"]) == (name, READ)
    assert http.get(f"sys/policy/{name}").json()["data"]["rules"] == READ
    assert name in http.request("LIST", "sys/policies/acl").json()["data"]["keys"]
    assert name in http.get("sys/policy").json()["data"]["policies"]
    assert http.delete(policy).status_code == 204
    assert http.delete(policy).status_code == 204
    assert (http.get(policy).status_code, http.get(policy).json()) == (404, {"errors": []})


@pytest.mark.parametrize(
    "broken",
    [
        'path "x" {',
        'path "x" { capabilities = ["fly"] }',
        'path "x" { capabilities = "read" }',
        'path "x" { capabilities = [read] }',
        'path "x" { abilities = ["read"] }',
        'road "x" { capabilities = ["read"] }',
        'path "+*" { capabilities = ["read"] }',
        'path "x" { policy = "fly" }',
        "path = 5",
        "",
    ],
)
def test_a_broken_policy_is_400(http: httpx.Client, policy: str, broken: str) -> None:
    refused = http.put(policy, json={"policy": broken})
    assert refused.status_code == 400
    assert "policy" in refused.json()["errors"][0]


def test_root_and_default_stay(http: httpx.Client) -> None:
    assert http.put("sys/policies/acl/root", json={"policy": READ}).status_code == 400
    for name in ("root", "default"):
        assert http.delete(f"sys/policies/acl/{name}").status_code == 400


def test_comments_and_json_are_read(
    http: httpx.Client, connect: Connect, grant: Grant, mount: str
) -> None:
    http.post(f"{mount}/data/x", json={"data": {}})
    commented = f"""
        /* what a reader may:
           nothing else */
        path "{mount}/data/x" {{ // one secret
            capabilities = ["read",  # only this
                            "list",]
        }}"""
    as_json = f'{{"path": {{"{mount}/data/x": {{"capabilities": ["read"]}}}}}}'
    for rules in (commented, as_json):
        assert connect(grant(rules)).get(f"{mount}/data/x").status_code == 200


def test_what_is_not_allowed_is_denied_whether_or_not_it_is_there(
    connect: Connect, grant: Grant, mount: str
) -> None:
    holder = connect(grant(f'path "{mount}/data/mine" {{ capabilities = ["read"] }}'))
    assert holder.get(f"{mount}/data/mine").json() == {"errors": []}
    for path in (f"{mount}/data/mine2", f"{mount}/data/other", "no-such-mount/x", "sys/mounts"):
        answer = holder.get(path)
        assert (answer.status_code, answer.json()) == (403, DENIED)
    assert holder.post(f"{mount}/data/mine", json={"data": {}}).json() == DENIED
    assert holder.delete(f"{mount}/data/mine").json() == DENIED


def test_create_and_update_are_two_things(
    http: httpx.Client, connect: Connect, grant: Grant, mount: str, name: str
) -> None:
    rules = f'path "{mount}/data/{name}/new" {{ capabilities = ["create"] }}\n'
    rules += f'path "{mount}/data/{name}/old" {{ capabilities = ["update"] }}'
    holder = connect(grant(rules))
    sent = {"data": {"a": 1}}
    first, again = (holder.post(f"{mount}/data/{name}/new", json=sent) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 403)
    assert holder.post(f"{mount}/data/{name}/old", json=sent).status_code == 403
    http.post(f"{mount}/data/{name}/old", json=sent)
    assert holder.post(f"{mount}/data/{name}/old", json=sent).status_code == 200


def test_the_monitor_sees_dates_and_never_a_secret(
    http: httpx.Client, connect: Connect, grant: Grant, mount: str, name: str
) -> None:
    http.post(f"{mount}/data/{name}/shop", json={"data": {"token": "invented"}})
    monitor = connect(grant(f'path "{mount}/metadata/*" {{ capabilities = ["read", "list"] }}'))
    assert monitor.get(f"{mount}/metadata/{name}/shop").status_code == 200
    assert monitor.request("LIST", f"{mount}/metadata/{name}").status_code == 200
    assert monitor.get(f"{mount}/data/{name}/shop").json() == DENIED
    assert monitor.get(f"{mount}/subkeys/{name}/shop").json() == DENIED


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        ("a/b/c", "a/b/*"),
        ("a/b/*", "a/*"),
        ("a/b*", "a/+/c"),
        ("a/+/c", "a/*"),
        ("a/b/+", "a/+/c"),
        ("a/+/c", "a/+/*"),
        ("a/+/c", "+/+/c"),
        ("a/+/c*", "a/+/*"),
    ],
)
def test_the_most_specific_rule_decides(
    connect: Connect, grant: Grant, mount: str, stronger: str, weaker: str
) -> None:
    def rules(stronger_can: str, weaker_can: str) -> str:
        return "\n".join(
            f'path "{mount}/data/{path}" {{ capabilities = ["{capability}"] }}'
            for path, capability in ((weaker, weaker_can), (stronger, stronger_can))
        )

    path = f"{mount}/data/a/b/c"
    assert connect(grant(rules("read", "deny"))).get(path).status_code == 404
    assert connect(grant(rules("list", "read"))).get(path).json() == DENIED


def test_deny_wins_over_the_same_path(connect: Connect, grant: Grant, mount: str) -> None:
    rules = f'path "{mount}/data/x" {{ capabilities = ["read", "deny"] }}'
    assert connect(grant(rules)).get(f"{mount}/data/x").json() == DENIED
    twice = f"""
        path "{mount}/data/*" {{ capabilities = ["read"] }}
        path "{mount}/data/*" {{ capabilities = ["deny"] }}"""
    assert connect(grant(twice)).get(f"{mount}/data/x").json() == DENIED


def test_plus_is_one_whole_segment(connect: Connect, grant: Grant, mount: str) -> None:
    holder = connect(grant(f'path "{mount}/data/+/shop" {{ capabilities = ["read"] }}'))
    assert holder.get(f"{mount}/data/a/shop").status_code == 404
    for path in ("shop", "a/b/shop", "a/shops"):
        assert holder.get(f"{mount}/data/{path}").status_code == 403


def test_a_list_needs_no_slash_in_the_rule(
    http: httpx.Client, connect: Connect, grant: Grant, mount: str, name: str
) -> None:
    http.post(f"{mount}/data/{name}/leaf", json={"data": {}})
    holder = connect(grant(f'path "{mount}/metadata/{name}" {{ capabilities = ["list"] }}'))
    assert holder.request("LIST", f"{mount}/metadata/{name}").status_code == 200


def test_some_paths_need_sudo(connect: Connect, grant: Grant, name: str) -> None:
    rules = f"""
        path "sys/auth/{name}" {{ capabilities = ["create", "update"] }}
        path "auth/token/accessors" {{ capabilities = ["list"] }}
        path "auth/token/accessors/" {{ capabilities = ["list"] }}"""
    holder = connect(grant(rules))
    assert holder.post(f"sys/auth/{name}", json={"type": "approle"}).json() == DENIED
    assert holder.request("LIST", "auth/token/accessors").json() == DENIED
    with_sudo = connect(grant(rules.replace('["list"]', '["list", "sudo"]')))
    assert with_sudo.request("LIST", "auth/token/accessors").status_code == 200


def test_a_changed_policy_binds_the_tokens_that_have_it(
    http: httpx.Client, connect: Connect, grant: Grant, mount: str, policy: str
) -> None:
    holder = connect(grant(f'path "{mount}/data/x" {{ capabilities = ["read"] }}'))
    assert holder.get(f"{mount}/data/y").status_code == 403
    rules = f'path "{mount}/data/y" {{ capabilities = ["read"] }}'
    http.put(policy, json={"policy": rules})
    assert holder.get(f"{mount}/data/y").status_code == 404
    assert holder.get(f"{mount}/data/x").status_code == 403


def test_the_default_policy_lets_a_token_care_for_itself(connect: Connect, grant: Grant) -> None:
    holder = connect(grant(READ))
    assert holder.get("auth/token/lookup-self").status_code == 200
    assert holder.post("auth/token/renew-self", json={}).status_code == 200
    assert holder.post("sys/capabilities-self", json={"paths": ["x"]}).status_code == 200
    assert holder.post("cubbyhole/mine", json={"a": "b"}).status_code == 204
    assert holder.get("cubbyhole/mine").json()["data"] == {"a": "b"}
    assert holder.post("auth/token/revoke-self").status_code == 204


def test_a_cubbyhole_is_its_tokens_alone(
    http: httpx.Client, connect: Connect, grant: Grant, name: str
) -> None:
    connect(grant(READ)).post(f"cubbyhole/{name}", json={"a": "b"})
    assert http.get(f"cubbyhole/{name}").status_code == 404


def test_capabilities_are_told_by_path(connect: Connect, grant: Grant, http: httpx.Client) -> None:
    holder = connect(grant('path "a/*" { capabilities = ["update", "read", "create"] }'))
    told = holder.post("sys/capabilities-self", json={"paths": ["a/x", "b"]}).json()["data"]
    assert told == {"a/x": ["create", "read", "update"], "b": ["deny"]}
    assert http.post("sys/capabilities-self", json={"paths": ["b"]}).json()["data"]["b"] == ["root"]
    assert holder.post("sys/capabilities-self", json={}).status_code == 400


def test_a_token_finds_only_the_engines_it_may_use(
    connect: Connect, grant: Grant, mount: str
) -> None:
    for rules, told in (
        (f'path "{mount}/data/x" {{ capabilities = ["read"] }}', 200),
        (f'path "{mount}/*" {{ capabilities = ["read"] }}', 200),
        ('path "+/data/x" { capabilities = ["read"] }', 200),
        (f'path "{mount}/data/x" {{ capabilities = ["deny"] }}', 403),
        (READ, 403),
    ):
        holder = connect(grant(rules))
        assert holder.get(f"sys/internal/ui/mounts/{mount}/data/x").status_code == told
