"""Token roles: what `auth/token/create/<role>` gives."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import hvac
import pytest
from hvac import exceptions

Connect = Callable[[str], httpx.Client]
Create = Callable[..., httpx.Response]
Role = Callable[..., None]


@pytest.fixture
def role(http: httpx.Client, name: str) -> Iterator[Role]:
    def role(**settings: Any) -> None:
        answer = http.post(f"auth/token/roles/{name}", json=settings)
        assert answer.status_code == 204, answer.text

    yield role
    http.delete(f"auth/token/roles/{name}")


@pytest.fixture
def create(http: httpx.Client, name: str) -> Create:
    def create(**wanted: Any) -> httpx.Response:
        return http.post(f"auth/token/create/{name}", json={"ttl": "1m", **wanted})

    return create


def test_hvac_makes_tells_lists_and_forgets_a_role(client: hvac.Client, name: str) -> None:
    tokens = client.auth.token
    tokens.create_or_update_role(name, allowed_policies=["default"], orphan=True)
    told = tokens.read_role(name)["data"]
    assert (told["name"], told["allowed_policies"], told["orphan"]) == (name, ["default"], True)
    assert (told["renewable"], told["token_type"]) == (True, "default-service")
    assert name in tokens.list_roles()["data"]["keys"]
    assert tokens.create(role_name=name)["auth"]["orphan"] is True
    tokens.delete_role(name)
    with pytest.raises(exceptions.InvalidPath):
        tokens.read_role(name)


def test_a_role_that_is_not_there_is_named(create: Create, name: str) -> None:
    answer = create()
    assert (answer.status_code, answer.json()) == (400, {"errors": [f"unknown role {name}"]})


def test_a_token_knows_its_role(http: httpx.Client, role: Role, create: Create, name: str) -> None:
    role(allowed_policies=["default"], path_suffix="v1x")
    accessor = create().json()["auth"]["accessor"]
    known = http.post("auth/token/lookup-accessor", json={"accessor": accessor}).json()["data"]
    assert (known["role"], known["path"]) == (name, f"auth/token/create/{name}/v1x")


def test_the_allowed_policies_are_given_and_no_others(role: Role, create: Create) -> None:
    role(allowed_policies=["one", "two"])
    assert create().json()["auth"]["policies"] == ["default", "one", "two"]
    assert create(policies=["one"]).json()["auth"]["policies"] == ["default", "one"]
    refused = create(policies=["three"])
    assert refused.status_code == 400
    assert "must be subset of the role's allowed policies" in refused.json()["errors"][0]


def test_a_disallowed_policy_is_never_given(role: Role, create: Create) -> None:
    role(disallowed_policies=["three", "default"])
    assert create(policies=["one"]).json()["auth"]["policies"] == ["one"]
    refused = create(policies=["three"])
    assert refused.json() == {"errors": ['token policy "three" is disallowed by this role']}


def test_a_role_gives_more_than_the_client_has(
    role: Role, grant: Callable[[str], str], connect: Connect, name: str
) -> None:
    role(allowed_policies=["beyond"], token_period="1h")
    holder = connect(grant(f'path "auth/token/create/{name}" {{ capabilities = ["update"] }}'))
    made = holder.post(f"auth/token/create/{name}", json={}).json()["auth"]
    assert made["policies"] == ["beyond", "default"]
    assert made["lease_duration"] == 3600


def test_the_lesser_limit_counts(role: Role, create: Create) -> None:
    role(allowed_policies=["default"], token_explicit_max_ttl="2m", renewable=False)
    auth = create(ttl="1h", explicit_max_ttl="10m").json()["auth"]
    assert (auth["lease_duration"], auth["renewable"]) == (120, False)


def test_a_role_insists_on_its_kind_of_token(role: Role, create: Create) -> None:
    role(allowed_policies=["default"], token_type="batch")
    assert create(type="service").json()["auth"]["token_type"] == "batch"


def test_a_path_suffix_is_made_of_word_characters(http: httpx.Client, name: str) -> None:
    refused = http.post(f"auth/token/roles/{name}", json={"path_suffix": "a b"})
    assert refused.status_code == 400
    assert "invalid characters" in refused.json()["errors"][0]
