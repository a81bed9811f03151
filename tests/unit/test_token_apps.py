"""An app that Cafe24 refuses is not asked with for each of its malls."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cafe24.errors import AppRefused
from cafe24.malls import MallId
from cafe24.secret import Secret
from cafe24.tokens import apps as module
from cafe24.tokens.apps import BELIEVED_AFTER, LOOK_S, PAUSE_S, Apps
from cafe24.tokens.document import AppDocument, MallDocument

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
RIGHT, WRONG = Secret("invented-right"), Secret("invented-wrong")


class Store:
    """Holds one app, and counts how often it is read."""

    def __init__(self) -> None:
        self.held = AppDocument(client_id="sampleapp", client_secret=WRONG)
        self.reads = 0

    def app(self, client_id: str) -> AppDocument:
        assert client_id == self.held.client_id
        self.reads += 1
        return self.held

    def is_cured(self) -> None:
        self.held = self.held.model_copy(update={"client_secret": RIGHT})


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "boottime", clock)
    return clock


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def apps(store: Store, clock: Clock) -> Apps:
    assert clock
    held: Any = store
    return Apps(held, "https://{mall_id}.cafe24api.com")


def mall(number: int) -> MallDocument:
    return MallDocument(
        environment="prod",
        mall_id=f"mall{number}",
        client_id="sampleapp",
        lineage="a1",
        generation=1,
        access_token=Secret("invented-access"),
        access_expires_at=NOW,
        refresh_token=Secret("invented-refresh"),
        refresh_expires_at=NOW + timedelta(days=14),
        issued_at=NOW,
        scopes=[],
    )


def refuse(apps: Apps, numbers: range) -> None:
    """Let these malls ask, one after the other, and Cafe24 refuse the app."""
    for number in numbers:
        app = apps.to_ask_with(mall(number))
        apps.refused(app, MallId(f"mall{number}"), "401 invalid_client")


def test_five_hundred_malls_of_a_refused_app_ask_three_times_and_read_it_three_times(
    apps: Apps, store: Store
) -> None:
    refuse(apps, range(BELIEVED_AFTER))
    for number in range(BELIEVED_AFTER, 500):
        with pytest.raises(AppRefused, match="401 invalid_client") as told:
            apps.to_ask_with(mall(number))
        assert told.value.client_id == "sampleapp"
    assert store.reads == BELIEVED_AFTER


def test_another_secret_in_vault_is_asked_with_at_once(
    apps: Apps, store: Store, clock: Clock
) -> None:
    refuse(apps, range(BELIEVED_AFTER))
    store.is_cured()
    clock.now += LOOK_S
    assert apps.to_ask_with(mall(7)).client_secret == RIGHT


def test_after_the_pause_one_mall_asks_and_the_others_wait_on(apps: Apps, clock: Clock) -> None:
    refuse(apps, range(BELIEVED_AFTER))
    clock.now += PAUSE_S + 1
    assert apps.to_ask_with(mall(7)).client_secret == WRONG
    with pytest.raises(AppRefused):
        apps.to_ask_with(mall(8))


def test_one_mall_that_is_refused_again_and_again_speaks_for_no_other(apps: Apps) -> None:
    for _ in range(2 * BELIEVED_AFTER):
        apps.refused(apps.to_ask_with(mall(1)), MallId("mall1"), "401 invalid_client")
    assert apps.to_ask_with(mall(2))


def test_a_secret_that_was_taken_meanwhile_begins_the_count_anew(apps: Apps) -> None:
    refuse(apps, range(BELIEVED_AFTER - 1))
    apps.taken("sampleapp")
    refuse(apps, range(BELIEVED_AFTER - 1))
    assert apps.to_ask_with(mall(7))


def test_a_late_refusal_of_the_old_secret_says_nothing_of_the_new_one(
    apps: Apps, store: Store, clock: Clock
) -> None:
    old = apps.to_ask_with(mall(0))
    refuse(apps, range(BELIEVED_AFTER - 1))
    store.is_cured()
    clock.now += LOOK_S
    assert apps.to_ask_with(mall(7)).client_secret == RIGHT
    apps.refused(old, MallId("mall9"), "401 invalid_client")
    assert apps.to_ask_with(mall(8)).client_secret == RIGHT


def test_a_refused_app_still_says_where_the_api_is(apps: Apps) -> None:
    refuse(apps, range(BELIEVED_AFTER))
    assert apps.of(mall(7)).client_id == "sampleapp"
