"""The phases of the load bench: each has a flow do its work for the whole fleet, and checks it."""

import statistics
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from benchmarks.load.figures import (
    WELL,
    astray,
    by_cause,
    lost_tokens,
    per_mall,
    prefects_share,
    slowed_by,
    spread_of,
    wrong_counts,
)
from benchmarks.load.fleet import Fleet, Truth
from benchmarks.load.floor import floor_per_s
from benchmarks.load.processes import BENCH, Watch
from benchmarks.load.runs import FanOut, Order, Runs
from benchmarks.load.world import World

CHECK: Order = ("check-expiry/six-hourly", {})

UNABLE = ("dead", "blocked", "failing")
"""The kinds of trouble that no refresh gets past; a slow mall is only late."""

Figures = dict[str, Any]

_GRADES = text("SELECT grade, count(*) FROM credential_grade WHERE mall_id IS NOT NULL GROUP BY 1")
_PRODUCTS = text("SELECT mall_id, count(*) FROM product_current GROUP BY 1")


@dataclass(frozen=True, slots=True)
class Bench:
    """The world, its fleet, and who starts its flows.

    Attributes:
        how: parameters of the runs that spend tokens or read products.
        patience_s: how long one run for the fleet may take.
    """

    world: World
    fleet: Fleet
    runs: Runs
    how: Mapping[str, Any]
    patience_s: float

    def refreshed(self) -> Figures:
        """Refresh every mall, between two measurements of the floor."""
        floors = [self._floor()]
        out, found = self._carried_out(self._refresh)
        floors.append(self._floor())
        floor, floor_cpu_ms = (statistics.mean(both) for both in zip(*floors, strict=True))
        truth = self.fleet.truth()
        lost = lost_tokens(self.fleet.held_tokens(self.fleet.names), truth)
        per_s = out.malls / out.seconds
        return {
            **found,
            "refreshes_per_s": round(per_s, 1),
            "floor_per_s": round(floor, 1),
            "share_of_floor": round(per_s / floor, 3),
            "floor_cpu_ms_per_mall": round(floor_cpu_ms, 1),
            "share_of_floor_by_cpu": round(floor_cpu_ms / found["whole_cpu_ms_per_mall"], 3),
            "lost": len(lost),
            "refreshed_once": sum(one["last_granted_at"] is not None for one in truth.values()),
        }

    def checked(self) -> Figures:
        """Grade every mall."""
        _, found = self._carried_out(CHECK)
        with self.world.engine.connect() as connection:
            grades = {row[0]: row[1] for row in connection.execute(_GRADES)}
        return {**found, "grades": grades}

    def synced(self) -> Figures:
        """Sync every mall, and count what is held."""
        _, found = self._carried_out(("sync-products/daily", self.how))
        with self.world.engine.connect() as connection:
            held = {row[0]: row[1] for row in connection.execute(_PRODUCTS)}
        return {
            **found,
            "products": sum(held.values()),
            "malls_wrongly_counted": len(wrong_counts(held, self.fleet.truth())),
        }

    def beside_bad_ones(
        self, pairs: int, share: float, snapshot: str, say: Callable[[str], None]
    ) -> Figures:
        """Refresh the fleet without bad malls and with some, in turns; compare the well ones."""
        troubles = self.fleet.trouble(share)
        dead = [mall for mall, kind in troubles.items() if kind == "dead"]
        seconds: list[tuple[float, float]] = []
        wrong: Counter[str] = Counter()
        causes: Figures = {}
        counts: Figures = {}
        untold: set[str] = set()
        for number in range(pairs):
            one: dict[bool, float] = {}
            for is_beside in (False, True) if number % 2 else (True, False):
                self.fleet.put_back(snapshot, dead)
                if is_beside:
                    self.fleet.trouble(share)
                out = self.runs.carry_out(self._refresh, len(self.fleet.names), self.patience_s)
                served = _served(out, self.fleet.truth())
                one[is_beside] = _well_served_s(out, served, troubles)
                unserved = set(self.fleet.names) - set(served)
                strays = astray(unserved, troubles, UNABLE if is_beside else ())
                wrong.update({name: len(malls) for name, malls in strays.items()})
                if is_beside:
                    causes, counts = by_cause(out.failures, troubles), dict(out.counts)
                    untold = unserved - {failure["mall_id"] for failure in out.failures}
            seconds.append((one[False], one[True]))
            say(f"pair {number + 1}: the well malls took {one[False]:.1f} s alone, {one[True]:.1f}")
        return {
            "bad": Counter(troubles.values()),
            "pairs_s": [[round(alone, 2), round(beside, 2)] for alone, beside in seconds],
            "slowed_by": round(slowed_by(seconds), 3),
            "counts": counts,
            "failures": causes,
            "put_off_untold": Counter(troubles.get(mall, WELL) for mall in untold),
            **wrong,
        }

    @property
    def _refresh(self) -> Order:
        return "refresh-tokens/weekly", self.how

    def _floor(self) -> tuple[float, float]:
        """Return the floor's refreshes a second, and the CPU of each, the sandbox's included, ms.

        Beside strangers' load the second compares what the first cannot.
        """
        world, names = self.world, self.fleet.names
        watch = Watch(world.processes())
        per_s = floor_per_s(
            world.sandbox, names, world.wanted.workers, world.stage.home / "floor-spill"
        )
        cpu_s = watch.end().cpu_s
        spent = sum(cpu_s[part] for part in (BENCH, "sandbox vault", "sandbox mall"))
        return per_s, 1000 * spent / len(names)

    def _carried_out(self, order: Order) -> tuple[FanOut, Figures]:
        """Carry a flow out for the fleet; return its account, and what it cost."""
        self.world.forget_calls()
        statements = self.world.statements()
        watch = Watch(self.world.processes())
        out = self.runs.carry_out(order, len(self.fleet.names), self.patience_s)
        watched = watch.end()
        vault = self.world.vault_calls()
        statements = self.world.statements() - statements
        return out, {
            "malls": out.malls,
            "shards": len(out.shards),
            "seconds": round(out.seconds, 2),
            "malls_per_minute": round(60 * out.malls / out.seconds),
            "counts": dict(out.counts),
            "failures": by_cause(out.failures, {}),
            "queue_delay": spread_of([one.begun - one.due for one in out.shards]),
            "shard_s": spread_of([one.ended - one.begun for one in out.shards]),
            "prefects_share": round(prefects_share(out.shards), 3),
            "cpu_ms_per_mall": round(1000 * watched.cpu_s["runs"] / out.malls, 1),
            "whole_cpu_ms_per_mall": round(1000 * watched.whole_cpu_s / out.malls, 1),
            "vault_calls_per_mall": per_mall({"all": sum(vault.values()), **vault}, out.malls),
            "mall_calls_per_mall": per_mall(self.fleet.calls(), out.malls),
            "statements_per_mall": round(statements / out.malls, 2),
            "cpu_s": {**watched.cpu_s, "of runs, helpers": watched.helpers_cpu_s},
            "memory": watched.memory,
        }


def _served(out: FanOut, truth: Truth) -> dict[str, datetime]:
    """Return when each mall that was refreshed by this run granted its tokens."""
    granted = {
        mall: datetime.fromisoformat(one["last_granted_at"])
        for mall, one in truth.items()
        if one["last_granted_at"]
    }
    return {mall: at for mall, at in granted.items() if at >= out.started_at}


def _well_served_s(
    out: FanOut, served: Mapping[str, datetime], troubles: Mapping[str, str]
) -> float:
    """Return how long it took until the last mall that is well in both runs had its new tokens.

    From the begin of the first shard's work: before that, no bad mall can slow anybody.
    """
    last = max(at for mall, at in served.items() if mall not in troubles)
    return last.timestamp() - min(one.begun for one in out.shards)
