"""A reader in TypeScript or Python has a valid token while the keeper rotates, and no more."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from cafe24.settings import Settings
from cafe24.tokens.need import FORCED
from tests.integration.test_keeper_commands.desk import Desk
from tests.integration.test_readers.conftest import Reader, running

ANY_READ = {"match": "GET /v1/secret/data/.*/access/", "kind": "status", "times": None}


@pytest.fixture(autouse=True)
def _no_fault_is_left(desk: Desk) -> Iterator[None]:
    yield
    desk.root.delete("/__sandbox__/faults").raise_for_status()


def fault(desk: Desk, **more: Any) -> None:
    desk.root.post("/__sandbox__/faults", json=ANY_READ | more).raise_for_status()


def rotate(desk: Desk) -> None:
    keeper = Settings.load().keeper_tokens().keeper()
    try:
        assert keeper.refresh(desk.mall, FORCED).outcome == "refreshed"
    finally:
        keeper.close()


def behave(desk: Desk, **switches: Any) -> None:
    path = f"/__sandbox__/malls/{desk.mall}/behaviour"
    desk.malls.post(path, json=switches).raise_for_status()


def calls(desk: Desk) -> list[int]:
    """Return the statuses of the mall's calls of the Admin API, in their order."""
    found = desk.malls.get("/__sandbox__/calls", params={"mall_id": desk.mall}).json()
    return [one["status"] for one in reversed(found["recent"]) if one["endpoint"] == "count"]


def test_a_reader_has_the_token_that_the_mall_takes(desk: Desk, reader: Reader) -> None:
    assert reader.call() == 200
    assert reader.tokens() == [desk.document.access_token.reveal()]


def test_a_token_is_read_once_and_kept(desk: Desk, reader: Reader) -> None:
    fault(desk, skip=1)
    assert [reader.call() for _ in range(5)] == [200] * 5


def test_fifty_callers_at_once_share_one_read(desk: Desk, reader: Reader) -> None:
    fault(desk, skip=1)
    assert set(reader.tokens(50)) == {desk.document.access_token.reveal()}
    [told] = desk.root.get("/__sandbox__/faults").json()["faults"]
    assert told["hits"] == 0


def test_a_token_that_rotation_killed_is_read_anew_once_for_each(
    desk: Desk, reader: Reader
) -> None:
    behave(desk, old_access_token_dies=True)
    for _ in range(3):
        assert reader.call() == 200
        rotate(desk)
    assert reader.call() == 200
    assert calls(desk) == [200, 401, 200, 401, 200, 401, 200]


def test_a_401_on_the_token_that_vault_holds_is_told_and_not_repeated(
    desk: Desk, reader: Reader
) -> None:
    desk.malls.post(f"/__sandbox__/malls/{desk.mall}/revoke", json={"what": "access"})
    assert reader.call() == 401
    assert calls(desk) == [401]


def test_a_token_that_is_about_to_end_is_read_anew_and_serves_to_its_end(
    desk: Desk, reader: Reader
) -> None:
    desk.connect(timedelta(hours=1, minutes=57))
    old = reader.tokens()
    assert old == [desk.document.access_token.reveal()]
    fault(desk, times=1)
    assert reader.tokens() == old
    rotate(desk)
    assert reader.tokens() == [desk.document.access_token.reveal()] != old


def test_a_sign_in_that_has_ended_is_made_again(
    desk: Desk, command: list[str], place: dict[str, str]
) -> None:
    role_id, secret_id = desk.reader(token_num_uses=1)
    own = place | {"role_id": role_id, "secret_id": secret_id}
    behave(desk, old_access_token_dies=True)
    with running(command, own) as reader:
        assert reader.call() == 200
        rotate(desk)
        assert reader.call() == 200


def test_a_token_that_has_ended_says_who_keeps_it(desk: Desk, reader: Reader) -> None:
    desk.connect(timedelta(hours=3))
    said = reader.told(get=1)["error"]
    assert f"manage.py keep-warm {desk.mall} on" in said


def test_a_mall_that_is_not_connected_says_how_to_connect_it(
    desk: Desk, command: list[str], place: dict[str, str]
) -> None:
    desk.root.delete(f"/v1/secret/metadata/{desk.prefix}/access/{desk.mall}").raise_for_status()
    with running(command, place) as reader:
        assert f"manage.py authorize {desk.mall}" in reader.told(get=1)["error"]


def test_a_reader_of_another_mall_is_told_which_policy_it_needs(
    command: list[str], place: dict[str, str]
) -> None:
    with running(command, place | {"mall_id": "othermall"}) as reader:
        assert "deploy/policies/reader.hcl" in reader.told(get=1)["error"]


def test_a_wrong_secret_id_is_said_and_not_shown(command: list[str], place: dict[str, str]) -> None:
    with running(command, place | {"secret_id": "invented-wrong-secret"}) as reader:
        said = reader.told(get=1)["error"]
    assert "secret_id has ended" in said
    assert "invented-wrong-secret" not in said


def test_a_vault_that_is_away_is_said(command: list[str], place: dict[str, str]) -> None:
    with running(command, place | {"vault_addr": "http://127.0.0.1:9"}) as reader:
        assert "Vault is not reached" in reader.told(get=1)["error"]


def test_a_failing_vault_costs_nothing_while_the_token_lives(desk: Desk, reader: Reader) -> None:
    fault(desk)
    assert "Vault answers 503" in reader.told(get=1)["error"]
    desk.root.delete("/__sandbox__/faults").raise_for_status()
    assert reader.call() == 200
    fault(desk)
    assert reader.call() == 200
