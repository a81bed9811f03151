"""What is computed from what was seen: pure, and therefore tested."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SHARES = 20
"""statistics.quantiles in twentieths: the last one is the 95th percentile."""

WELL = "well"


def spread_of(seconds: Sequence[float]) -> dict[str, float]:
    """Return the median, the 95th percentile and the most; nothing of nothing."""
    if not seconds:
        return {}
    last = statistics.quantiles(seconds, n=SHARES, method="inclusive")[-1] if seconds[1:] else None
    return {
        "median_s": round(statistics.median(seconds), 2),
        "p95_s": round(seconds[0] if last is None else last, 2),
        "most_s": round(max(seconds), 2),
    }


@dataclass(frozen=True, slots=True)
class Weight:
    """What one process held at one moment: seconds since the beginning, 10^6 bytes."""

    at_s: float
    kind: str
    mb: float


def halves(weights: Iterable[Weight], whole_s: float) -> dict[str, dict[str, float]]:
    """Return the heaviest process of each kind, in the first and in the second half."""
    peaks: dict[str, dict[str, float]] = defaultdict(dict)
    for one in weights:
        half = "first_mb" if one.at_s < whole_s / 2 else "second_mb"
        peaks[one.kind][half] = max(peaks[one.kind].get(half, 0.0), round(one.mb, 1))
    return dict(peaks)


def by_cause(
    failures: Iterable[Mapping[str, str]], troubles: Mapping[str, str]
) -> dict[str, dict[str, int]]:
    """Return how often malls of each trouble failed for which reason; a reason names no mall."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for one in failures:
        mall = one["mall_id"]
        why = one["reason"].replace(mall, "MALL").split(". ")[0]
        found[troubles.get(mall, WELL)][why] += 1
    return {kind: dict(reasons) for kind, reasons in sorted(found.items())}


def astray(
    failed: Collection[str], troubles: Mapping[str, str], failing_kinds: Collection[str]
) -> dict[str, list[str]]:
    """Return who failed and should not have, and who should have failed and did not."""
    expected = {mall for mall, kind in troubles.items() if kind in failing_kinds}
    return {
        "failed_though_able": sorted(set(failed) - expected),
        "served_though_unable": sorted(expected - set(failed)),
    }


def lost_tokens(held: Mapping[str, str], truth: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the malls whose refresh token in Vault the mall itself does not know as live.

    A dead mall lost none: its owner took it back.
    """
    return sorted(
        mall
        for mall, token in held.items()
        if truth[mall]["trouble"] != "dead" and token not in truth[mall]["refresh_tokens"]
    )


def wrong_counts(held: Mapping[str, int], truth: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the well malls of which more or fewer products are held than they sell."""
    return sorted(
        mall
        for mall, one in truth.items()
        if one["trouble"] is None and held.get(mall, 0) != one["product_count"]
    )


@dataclass(frozen=True, slots=True)
class ShardTimes:
    """When a shard was due, taken by a worker, begun and ended. Seconds on one clock.

    Attributes:
        taken: a worker took the run and began to start its process.
        begun, ended: the core's work, by the shard's own account.
        gone: Prefect's end of the run.
    """

    due: float
    taken: float
    begun: float
    ended: float
    gone: float

    @property
    def around(self) -> float:
        """What Prefect and the start of the process took: the run without the core's work."""
        return (self.gone - self.taken) - (self.ended - self.begun)


def prefects_share(shards: Sequence[ShardTimes]) -> float:
    """Return which share of all runs' time went around the core's work."""
    whole = sum(one.gone - one.taken for one in shards)
    return sum(one.around for one in shards) / whole if whole else 0.0


def slowed_by(pairs: Sequence[tuple[float, float]]) -> float:
    """Return by which share the well malls took longer beside bad ones: the pairs' median.

    Args:
        pairs: the seconds that the well malls took, without bad ones and with.
    """
    return statistics.median(beside / alone - 1 for alone, beside in pairs)


def per_mall(counts: Mapping[str, float], malls: int) -> dict[str, float]:
    """Return each count by the mall."""
    return {name: round(count / malls, 3) for name, count in counts.items()}
