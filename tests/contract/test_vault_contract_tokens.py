"""Tokens: how they are refused, renewed, revoked and made."""

from collections.abc import Callable
from typing import Any

import httpx
import hvac

Connect = Callable[[str], httpx.Client]
SignIn = Callable[[str], hvac.Client]
Make = Callable[..., dict[str, Any]]

DENIED = {"errors": ["permission denied"]}


def test_an_unknown_token_is_denied_whatever_it_asks(connect: Connect, mount: str) -> None:
    for path in (f"{mount}/data/x", "no-such-mount/x", "auth/token/lookup-self"):
        answer = connect("unknown-token").get(path)
        assert (answer.status_code, answer.json()) == (403, DENIED)


def test_no_token_is_denied(connect: Connect, mount: str) -> None:
    answer = connect("").get(f"{mount}/data/x")
    assert answer.status_code in (400, 403)  # 400 is Vault 1.8's
    assert answer.json()["errors"] in (["permission denied"], ["missing client token"])


def test_a_token_knows_itself(make: Make, sign_in: SignIn) -> None:
    made = make(ttl="1h", meta={"shop": "sample"}, display_name="keeper")
    known = sign_in(made["client_token"]).auth.token.lookup_self()["data"]
    assert known["accessor"] == made["accessor"]
    assert known["policies"] == ["default"]
    assert known["meta"] == {"shop": "sample"}
    assert known["display_name"] == "token-keeper"
    assert 3590 < known["ttl"] <= 3600
    assert known["orphan"] is False


def test_a_renewal_gives_what_it_is_asked_for(make: Make, sign_in: SignIn) -> None:
    client = sign_in(make(ttl="1h")["client_token"])
    assert client.auth.token.renew_self(increment="7200s")["auth"]["lease_duration"] == 7200
    assert client.auth.token.renew_self()["auth"]["lease_duration"] == 7200


def test_a_renewal_is_capped_by_the_maximum(make: Make, sign_in: SignIn) -> None:
    client = sign_in(make(ttl="1h", explicit_max_ttl="90m")["client_token"])
    renewed = client.auth.token.renew_self(increment="7200s")
    assert renewed["auth"]["lease_duration"] in (5399, 5400)
    assert "exceeded the effective max_ttl" in renewed["warnings"][0]


def test_a_periodic_token_is_renewed_by_its_period(make: Make, sign_in: SignIn) -> None:
    client = sign_in(make(period="1h")["client_token"])
    assert client.auth.token.renew_self(increment="5h")["auth"]["lease_duration"] == 3600


def test_what_is_not_renewable_says_so(make: Make, connect: Connect) -> None:
    fixed = make(ttl="1h", renewable=False)
    answer = connect(fixed["client_token"]).post("auth/token/renew-self", json={})
    assert (answer.status_code, answer.json()) == (400, {"errors": ["lease is not renewable"]})


def test_a_revoked_token_is_denied(make: Make, connect: Connect) -> None:
    holder = connect(make(ttl="1h")["client_token"])
    assert holder.post("auth/token/revoke-self").status_code == 204
    assert holder.get("auth/token/lookup-self").json() == DENIED


def test_a_token_is_revoked_by_another_and_unknown_ones_are_no_error(
    make: Make, http: httpx.Client, connect: Connect
) -> None:
    made = make(ttl="1h")
    assert http.post("auth/token/revoke", json={"token": "unknown"}).status_code == 204
    assert http.post("auth/token/revoke", json={"token": made["client_token"]}).status_code == 204
    assert connect(made["client_token"]).get("auth/token/lookup-self").status_code == 403


def test_revoking_a_token_ends_its_children_but_not_its_orphans(
    make: Make, connect: Connect
) -> None:
    parent = connect(make(ttl="1h", policies=["root"])["client_token"])

    def born(**wanted: Any) -> httpx.Client:
        answer = parent.post("auth/token/create", json={"policies": ["default"], **wanted})
        return connect(answer.json()["auth"]["client_token"])

    child, orphan = born(), born(no_parent=True)
    parent.post("auth/token/revoke-self")
    assert child.get("auth/token/lookup-self").status_code == 403
    assert orphan.get("auth/token/lookup-self").status_code == 200
    orphan.post("auth/token/revoke-self")


def test_a_token_ends_with_its_lease(make: Make, connect: Connect) -> None:
    holder = connect(make(ttl="1s")["client_token"])
    assert holder.get("auth/token/lookup-self").status_code == 200
    answer = holder.get("auth/token/lookup-self")
    while answer.status_code == 200:
        answer = holder.get("auth/token/lookup-self")
    assert answer.json() == DENIED


def test_a_token_is_used_up_after_its_uses(make: Make, connect: Connect) -> None:
    holder = connect(make(ttl="1h", num_uses=2)["client_token"])
    assert holder.get("auth/token/lookup-self").json()["data"]["num_uses"] == 1
    assert holder.get("auth/token/lookup-self").status_code == 200
    assert holder.get("auth/token/lookup-self").json() == DENIED


def test_a_denied_request_is_a_use_too(make: Make, connect: Connect, mount: str) -> None:
    holder = connect(make(ttl="1h", num_uses=1)["client_token"])
    assert "1 error occurred" in holder.get(f"{mount}/data/x").json()["errors"][0]
    assert holder.get("auth/token/lookup-self").json() == DENIED


def test_a_token_may_lack_the_default_policy(make: Make, connect: Connect, name: str) -> None:
    bare = make(ttl="1h", policies=[name], no_default_policy=True)
    assert bare["policies"] == [name]
    assert connect(bare["client_token"]).get("auth/token/lookup-self").status_code == 403


def test_a_token_gives_no_more_than_it_has(grant: Callable[[str], str], connect: Connect) -> None:
    rules = 'path "auth/token/create" { capabilities = ["create", "update"] }'
    holder = connect(grant(rules))
    for wanted in ({"policies": ["root"]}, {"no_parent": True}, {"period": "1h"}, {"id": "mine"}):
        assert holder.post("auth/token/create", json=wanted).status_code == 400
    child = holder.post("auth/token/create", json={"ttl": "5m"}).json()["auth"]
    assert "root" not in child["policies"]


def test_an_accessor_stands_for_its_token_without_naming_it(
    make: Make, http: httpx.Client, connect: Connect
) -> None:
    made = make(ttl="1h")
    named = {"accessor": made["accessor"]}
    assert http.post("auth/token/lookup-accessor", json=named).json()["data"]["id"] == ""
    assert made["accessor"] in http.request("LIST", "auth/token/accessors").json()["data"]["keys"]
    assert http.post("auth/token/renew-accessor", json=named).json()["auth"]["client_token"] == ""
    assert http.post("auth/token/revoke-accessor", json=named).status_code == 204
    assert connect(made["client_token"]).get("auth/token/lookup-self").status_code == 403


def test_a_child_gets_the_default_policy_only_from_a_parent_that_has_it(
    make: Make, http: httpx.Client, connect: Connect, name: str
) -> None:
    rules = 'path "auth/token/create" { capabilities = ["update"] }'
    assert http.put(f"sys/policies/acl/{name}", json={"policy": rules}).status_code == 204
    parent = connect(make(policies=[name], no_default_policy=True, ttl="1h")["client_token"])
    child = parent.post("auth/token/create", json={"policies": [name], "ttl": "1m"})
    assert child.json()["auth"]["policies"] == [name]
    refused = parent.post("auth/token/create", json={"policies": [name, "default"]})
    assert refused.json() == {"errors": ["child policies must be subset of parent"]}
    assert http.delete(f"sys/policies/acl/{name}").status_code == 204
