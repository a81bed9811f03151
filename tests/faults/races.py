"""Many refreshers of one mall at once: one grant, everybody gets the new token, no error."""

import json
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from cafe24.errors import CafeError
from cafe24.tokens.keeper import Keeper
from cafe24.tokens.pair import AccessToken
from tests.faults.forks import forked
from tests.faults.invariants import history_flaws
from tests.faults.killing import Event
from tests.faults.shop import Shop, open_shop
from tests.faults.street import Street

RACERS = 64
WITHIN_S = (0.0, 0.5, 2.0)


@dataclass(frozen=True)
class Race:
    """One race.

    Attributes:
        kind: `processes`, or `threads` of one process.
        within_s: all start within this time.
        met_401: whether they ask because of a 401, or because the token ran out.
        one_keeper: whether the threads share one.
        grant_s: how long the mall takes for the grant.
    """

    kind: str
    racers: int
    within_s: float
    met_401: bool
    one_keeper: bool
    grant_s: float
    seed: int


@dataclass(frozen=True)
class RaceOutcome:
    """How a race went."""

    race: Race
    broken: list[str]


def drawn(number: int, racers: int, dice: random.Random) -> list[Race]:
    """Return so many races, processes and threads in turn."""
    return [
        Race(
            kind=("processes", "threads")[turn % 2],
            racers=racers,
            within_s=WITHIN_S[turn // 2 % len(WITHIN_S)],
            met_401=dice.random() < 0.5,
            one_keeper=dice.random() < 0.5,
            grant_s=dice.choice((0.0, 0.1, 0.6)),
            seed=dice.getrandbits(32),
        )
        for turn in range(number)
    ]


def play(street: Street, race: Race) -> RaceOutcome:
    """Run one race and compare what everybody got with what the mall and Vault say."""
    shop = open_shop(street)
    if race.grant_s:
        fault = {"on": "token", "kind": "slow", "delay_s": race.grant_s}
        shop.ask_mall("faults", [fault])
    old = shop.stored().document.access() if race.met_401 else None
    events = _run(shop, race, old)
    broken = [f"{one['error']}" for one in events if "error" in one]
    if len(events) != race.racers:
        broken.append(f"{len(events)} answers of {race.racers}")
    document = shop.stored().document
    token = shop.keys.fingerprint(document.access_token)
    wrong = sum(one.get("token") != token for one in events)
    if wrong:
        broken.append(f"{wrong} did not get the new token")
    if len(shop.posts()) != 1 or document.refresh_token.reveal() not in shop.live():
        broken.append(f"{len(shop.posts())} calls")
    return RaceOutcome(race, [*broken, *history_flaws(shop)])


def _run(shop: Shop, race: Race, old: AccessToken | None) -> list[Event]:
    dice = random.Random(race.seed)  # noqa: S311 - repeatable starts
    starts = [dice.uniform(0, race.within_s) for _ in range(race.racers)]
    hearing, telling = os.pipe()
    begun = time.monotonic()
    lineup = _Lineup(shop, old, [begun + start for start in starts], telling)
    bodies = lineup.processes() if race.kind == "processes" else lineup.threads(race.one_keeper)
    children = [forked(body) for body in bodies]
    os.close(telling)
    with os.fdopen(hearing) as lines:
        events = [json.loads(line) for line in lines]
    for child in children:
        os.waitpid(child, 0)
    return events


@dataclass(frozen=True)
class _Lineup:
    """All racers: the token that met a 401 if any, when each starts, and where each tells."""

    shop: Shop
    old: AccessToken | None
    starts: list[float]
    telling: int

    def processes(self) -> list[Callable[[], None]]:
        """Return what each racer's process does."""
        return [partial(self._one_process, start) for start in self.starts]

    def threads(self, one_keeper: bool) -> list[Callable[[], None]]:
        """Return what the one process of all racers does."""
        return [partial(self._all_threads, one_keeper)]

    def _one_process(self, start: float) -> None:
        self._race(self.shop.configuration.keeper(), start)

    def _all_threads(self, one_keeper: bool) -> None:
        shared = self.shop.configuration.keeper()
        with ThreadPoolExecutor(len(self.starts)) as racers:
            for start in self.starts:
                keeper = shared if one_keeper else self.shop.configuration.keeper()
                racers.submit(self._race, keeper, start)

    def _race(self, keeper: Keeper, start: float) -> None:
        """Start at one's time, refresh, and tell which token one may use now."""
        time.sleep(max(0.0, start - time.monotonic()))
        told: Event = {}
        mall = self.shop.mall
        try:
            token = keeper.renewed(mall, self.old) if self.old else keeper.current(mall)
            told["token"] = self.shop.keys.fingerprint(token.value)
        except CafeError as error:
            told["error"] = f"{type(error).__name__}: {error.message}"
        os.write(self.telling, json.dumps(told).encode() + b"\n")
