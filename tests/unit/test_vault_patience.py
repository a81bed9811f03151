"""A request that Vault had no room for is made again, in the order of those who wait."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import hvac
import pytest
import requests
from hvac.adapters import RawAdapter

from cafe24.errors import VaultAway
from cafe24.vault import patience
from cafe24.vault.patience import PATIENCE_S, PatientAdapter
from cafe24.vault.session import VaultSession, VaultSignIn

BODY = b'{"errors":["request path \\"secret/data/x\\": rate limit quota exceeded"]}\n'


def answer(status: int, **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = b'{"data": {}}' if status == 200 else BODY
    response.headers.update({"Content-Type": "application/json", **headers})
    return response


class World:
    """A clock that only sleep moves, and the answers that Vault will give."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []
        self.answers: Iterator[requests.Response] = iter(())
        self.asked: list[tuple[str, str]] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def request(self, method: str, url: str) -> requests.Response:
        self.asked.append((method, url))
        return next(self.answers)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr("cafe24.vault.patience.time.sleep", world.sleep)
    monkeypatch.setattr("cafe24.vault.patience.time.monotonic", lambda: world.now)

    def request(
        _self: object, method: str, url: str, *_more: object, **_how: object
    ) -> requests.Response:
        return world.request(method, url)

    monkeypatch.setattr(RawAdapter, "request", request)
    return world


def read(world: World, *answers: requests.Response) -> requests.Response:
    world.answers = iter(answers)
    return PatientAdapter().request("get", "/v1/secret/data/x")


def test_a_429_is_followed_by_the_same_request_until_it_is_served(world: World) -> None:
    assert read(world, answer(429), answer(429), answer(200)).status_code == 200
    assert world.asked == [("get", "/v1/secret/data/x")] * 3
    first, second = world.slept
    assert 0 < first < second <= 1


def test_vaults_own_word_is_waited_for_and_not_all_come_back_at_once(world: World) -> None:
    read(world, answer(429, **{"Retry-After": "3"}), answer(200))
    read(world, answer(429, **{"Retry-After": "3"}), answer(200))
    one, two = world.slept
    assert 3 < one < 4
    assert 3 < two < 4
    assert one != two


def test_a_wait_of_less_than_a_second_is_told_as_none_and_still_is_one(world: World) -> None:
    read(world, answer(429, **{"Retry-After": "0"}), answer(200))
    assert world.slept[0] > 0


def test_an_old_vault_tells_a_moment_instead(world: World) -> None:
    later = datetime.now(UTC) + timedelta(seconds=5)
    told = format_datetime(later, usegmt=True)
    date = format_datetime(later - timedelta(seconds=5), usegmt=True)
    read(world, answer(429, **{"Retry-After": told, "Date": date}), answer(200))
    assert 5 <= world.slept[0] < 6


@pytest.mark.parametrize("told", ["soon", "", "-5"])
def test_a_word_that_is_none_leaves_our_own_pauses(world: World, told: str) -> None:
    read(world, answer(429, **{"Retry-After": told}), answer(200))
    assert 0 < world.slept[0] < 1


def test_a_longer_wait_than_our_patience_is_told_at_once_and_carried_along(world: World) -> None:
    with pytest.raises(VaultAway, match="slow down") as away:
        read(world, answer(429, **{"Retry-After": "3600"}))
    assert away.value.retry_after_s == 3600
    assert world.slept == []


def test_patience_ends(world: World) -> None:
    with pytest.raises(VaultAway, match="slow down"):
        read(world, *(answer(429) for _ in range(1000)))
    assert PATIENCE_S - 2 < sum(world.slept) <= PATIENCE_S


def test_what_else_vault_refuses_is_raised_at_once(world: World) -> None:
    with pytest.raises(hvac.exceptions.Forbidden):
        read(world, answer(403))
    assert world.slept == []


def test_the_health_of_a_standby_which_is_429_too_is_no_limit(world: World) -> None:
    world.answers = iter([answer(429)])
    session = VaultSession(VaultSignIn("http://127.0.0.1:1"))
    session.health()
    assert len(world.asked) == 1


def test_those_who_wait_go_one_by_one_in_their_order() -> None:
    line, order = patience.Line(), list[int]()
    inside = threading.Event()

    def waits(number: int) -> Callable[[], None]:
        def wait() -> None:
            with line.turn(10):
                order.append(number)

        return wait

    threads = [threading.Thread(target=waits(number)) for number in range(5)]
    with line.turn(10):
        for number, thread in enumerate(threads):
            thread.start()
            while line.length < number + 1:
                inside.wait(0.001)
        assert order == []
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]
    assert line.length == 0


def test_as_long_as_vault_serves_more_and_more_are_let_in() -> None:
    line = patience.Line()
    with contextlib.ExitStack() as inside:
        for _ in range(3):
            inside.enter_context(line.turn(0.01))
            line.widen()
        line.narrow()
        with pytest.raises(VaultAway), line.turn(0.01):
            pass


def test_who_waits_too_long_leaves_the_line_and_holds_nobody_up() -> None:
    line = patience.Line()
    with line.turn(10), pytest.raises(VaultAway), line.turn(0.01):
        pass
    assert line.length == 0
