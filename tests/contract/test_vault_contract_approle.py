"""AppRole through hvac: roles, secret_ids and the sign-in."""

from collections.abc import Callable
from typing import Any

import httpx
import hvac
import pytest
from hvac import exceptions

Connect = Callable[[str], httpx.Client]
SignIn = Callable[[str], hvac.Client]
Login = Callable[..., httpx.Response]
Ids = dict[str, str]

AppRole = Any
"""hvac's AppRole; its type stubs leave it untyped."""

ROLE = "keeper"


@pytest.fixture
def roles(client: hvac.Client) -> AppRole:
    return client.auth.approle


@pytest.fixture
def role(roles: AppRole, approle: str) -> str:
    """The role_id of a role whose secret_ids sign in twice."""
    roles.create_or_update_approle(
        ROLE,
        token_policies=["keeper-policy"],
        token_ttl="20m",
        token_max_ttl="30m",
        secret_id_num_uses=2,
        secret_id_ttl="1h",
        mount_point=approle,
    )
    role_id: str = roles.read_role_id(ROLE, mount_point=approle)["data"]["role_id"]
    return role_id


@pytest.fixture
def secret_id(roles: AppRole, role: str, approle: str) -> dict[str, Any]:
    assert role
    data: dict[str, Any] = roles.generate_secret_id(ROLE, mount_point=approle)["data"]
    return data


@pytest.fixture
def ids(role: str, secret_id: dict[str, Any]) -> dict[str, str]:
    """What signs in: the role's id and one secret_id."""
    return {"role_id": role, "secret_id": secret_id["secret_id"]}


@pytest.fixture
def login(connect: Connect, approle: str) -> Login:
    def login(**ids: str) -> httpx.Response:
        return connect("").post(f"auth/{approle}/login", json=ids)

    return login


def test_a_role_is_told_as_it_was_made(roles: AppRole, role: str, approle: str) -> None:
    assert role
    told = roles.read_role(ROLE, mount_point=approle)["data"]
    assert told["token_policies"] == ["keeper-policy"]
    assert (told["token_ttl"], told["token_max_ttl"]) == (1200, 1800)
    assert (told["secret_id_num_uses"], told["secret_id_ttl"]) == (2, 3600)
    assert told["bind_secret_id"] is True
    assert roles.list_roles(mount_point=approle)["data"]["keys"] == [ROLE]


def test_a_change_leaves_the_rest_of_a_role(roles: AppRole, role: str, approle: str) -> None:
    roles.create_or_update_approle(ROLE, token_num_uses=7, mount_point=approle)
    told = roles.read_role(ROLE, mount_point=approle)["data"]
    assert (told["token_num_uses"], told["token_ttl"]) == (7, 1200)
    assert roles.read_role_id(ROLE, mount_point=approle)["data"]["role_id"] == role


def test_a_role_that_is_not_there_is_404(roles: AppRole, approle: str) -> None:
    with pytest.raises(exceptions.InvalidPath):
        roles.read_role("nobody", mount_point=approle)
    with pytest.raises(exceptions.InvalidPath):
        roles.list_roles(mount_point=approle)
    with pytest.raises(exceptions.InvalidPath, match="does not exist"):
        roles.generate_secret_id("nobody", mount_point=approle)


def test_signing_in_needs_no_token_and_gives_the_roles_lease(login: Login, ids: Ids) -> None:
    answer = login(**ids)
    assert answer.status_code == 200
    auth = answer.json()["auth"]
    assert answer.json()["data"] is None
    assert auth["lease_duration"] == 1200
    assert auth["metadata"]["role_name"] == ROLE
    assert auth["policies"] == ["default", "keeper-policy"]
    assert auth["renewable"] is True
    assert auth["orphan"] is True


def test_a_renewal_stops_at_the_roles_maximum(login: Login, sign_in: SignIn, ids: Ids) -> None:
    auth = login(**ids).json()["auth"]
    client = sign_in(auth["client_token"])
    assert client.auth.token.renew_self(increment="7200s")["auth"]["lease_duration"] in (1799, 1800)
    assert client.auth.token.renew_self(increment="60s")["auth"]["lease_duration"] == 60
    assert client.auth.token.renew_self()["auth"]["lease_duration"] == 1200


def test_wrong_ids_are_400_and_not_told_apart(login: Login, ids: Ids) -> None:
    for wrong in ("role_id", "secret_id"):
        answer = login(**{**ids, wrong: "wrong"})
        assert answer.status_code == 400
        assert answer.json()["errors"][0].lower().startswith("invalid ")


def test_no_secret_id_is_400_and_says_so(login: Login, role: str) -> None:
    for answer in (login(role_id=role), login(role_id=role, secret_id="")):
        assert (answer.status_code, answer.json()) == (400, {"errors": ["missing secret_id"]})


def test_a_secret_id_signs_in_as_often_as_it_may(login: Login, ids: Ids) -> None:
    assert [login(**ids).status_code for _ in range(3)] == [200, 200, 400]


def test_a_destroyed_secret_id_signs_nobody_in(
    login: Login, roles: AppRole, approle: str, ids: Ids
) -> None:
    roles.destroy_secret_id(ROLE, ids["secret_id"], mount_point=approle)
    roles.destroy_secret_id(ROLE, ids["secret_id"], mount_point=approle)
    assert login(**ids).status_code == 400


def test_a_secret_id_ends_with_its_time(
    login: Login, http: httpx.Client, approle: str, role: str
) -> None:
    made = http.post(f"auth/{approle}/role/{ROLE}/secret-id", json={"ttl": "1s"}).json()["data"]
    looked_up = f"auth/{approle}/role/{ROLE}/secret-id/lookup"
    while http.post(looked_up, json={"secret_id": made["secret_id"]}).status_code == 200:
        pass
    assert login(role_id=role, secret_id=made["secret_id"]).status_code == 400


def test_a_secret_id_is_looked_up_by_itself_and_by_its_accessor(
    roles: AppRole, approle: str, secret_id: dict[str, Any]
) -> None:
    accessor = secret_id["secret_id_accessor"]
    by_id = roles.read_secret_id(ROLE, secret_id["secret_id"], mount_point=approle)["data"]
    by_accessor = roles.read_secret_id_accessor(ROLE, accessor, mount_point=approle)["data"]
    assert by_id == by_accessor
    assert by_id["secret_id_num_uses"] == 2
    assert by_id["secret_id_ttl"] == 3600
    listed = roles.list_secret_id_accessors(ROLE, mount_point=approle)["data"]["keys"]
    assert listed == [accessor]


def test_an_unknown_secret_id_is_looked_up_without_an_answer(
    http: httpx.Client, approle: str, role: str
) -> None:
    assert role
    asked = http.post(f"auth/{approle}/role/{ROLE}/secret-id/lookup", json={"secret_id": "unknown"})
    assert asked.status_code == 204


def test_a_secret_id_may_be_chosen(login: Login, roles: AppRole, approle: str, role: str) -> None:
    roles.create_custom_secret_id(ROLE, "invented-secret-id", mount_point=approle)
    assert login(role_id=role, secret_id="invented-secret-id").status_code == 200


def test_a_secret_ids_metadata_goes_into_the_token(
    login: Login, roles: AppRole, approle: str, role: str
) -> None:
    made = roles.generate_secret_id(ROLE, metadata={"host": "one"}, mount_point=approle)["data"]
    auth = login(role_id=role, secret_id=made["secret_id"]).json()["auth"]
    assert auth["metadata"] == {"host": "one", "role_name": ROLE}


def test_a_secret_id_cannot_outdo_its_role(http: httpx.Client, approle: str, role: str) -> None:
    assert role
    for wanted in ({"num_uses": 5}, {"ttl": "2h"}):
        refused = http.post(f"auth/{approle}/role/{ROLE}/secret-id", json=wanted)
        assert refused.status_code == 400


def test_a_role_id_may_be_chosen(login: Login, roles: AppRole, approle: str, ids: Ids) -> None:
    roles.update_role_id(ROLE, "chosen-role-id", mount_point=approle)
    assert login(**ids).status_code == 400
    assert login(**{**ids, "role_id": "chosen-role-id"}).status_code == 200


def test_a_role_may_do_without_secret_ids_where_something_else_binds_it(
    login: Login, http: httpx.Client, approle: str
) -> None:
    path = f"auth/{approle}/role/{ROLE}"
    unbound = {"bind_secret_id": False}
    assert http.post(path, json=unbound).status_code >= 400
    bound = {**unbound, "token_bound_cidrs": ["127.0.0.0/8"]}
    assert http.post(path, json=bound).status_code == 204
    role_id = http.get(f"{path}/role-id").json()["data"]["role_id"]
    assert login(role_id=role_id).status_code == 200


def test_a_deleted_role_signs_nobody_in(
    login: Login, roles: AppRole, approle: str, ids: Ids
) -> None:
    roles.delete_role(ROLE, mount_point=approle)
    roles.delete_role(ROLE, mount_point=approle)
    assert login(**ids).status_code == 400


def test_the_tokens_of_a_role_are_used_up_after_its_uses(
    http: httpx.Client, login: Login, connect: Connect, approle: str, ids: Ids
) -> None:
    http.post(f"auth/{approle}/role/{ROLE}", json={"token_num_uses": 1})
    holder = connect(login(**ids).json()["auth"]["client_token"])
    asked = [holder.get("auth/token/lookup-self").status_code for _ in range(2)]
    assert asked == [200, 403]


def test_disabling_the_method_ends_its_tokens(
    http: httpx.Client, login: Login, connect: Connect, approle: str, ids: Ids
) -> None:
    holder = connect(login(**ids).json()["auth"]["client_token"])
    assert http.delete(f"sys/auth/{approle}").status_code == 204
    assert holder.get("auth/token/lookup-self").status_code == 403
