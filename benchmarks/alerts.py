"""How long an incident takes to Slack with a worker, and what a flood becomes.

The whole way, in the demo's world: the outbox, Prefect's server and its automation, the
worker that starts send-alert, and Slack. The flood goes from the outbox to a Slack that
counts, from one process.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
from sqlalchemy import Engine

from cafe24.alerts.findings import Finding, mall_subject
from cafe24.alerts.incidents import open_or_touch
from cafe24.alerts.languages import texts
from cafe24.alerts.messages import Writer
from cafe24.alerts.outbox import drain
from cafe24.alerts.recording import Recording, recorded_together
from cafe24.alerts.slack import slack_channels
from cafe24.alerts.tables import AlertGrade, IncidentKind
from cafe24.malls import MallId
from demo.sandbox_world import Sandbox, start_sandbox
from demo.stage import Stage, only_these

POLL_S = 0.05
PATIENCE_S = 120.0
GOALS_S = {"median": 5.0, "p95": 10.0}
SHARES = 20
"""statistics.quantiles in twentieths: the last one is the 95th percentile."""


class SlackClock:
    """When Slack got what."""

    def __init__(self, url: str) -> None:
        self._web = httpx.Client(base_url=f"{url}/__sandbox__", timeout=30, trust_env=False)

    def forget(self) -> None:
        """Begin anew."""
        self._web.delete("/messages").raise_for_status()

    def keep_pace(self) -> None:
        """From now on take one message a second, as Slack does."""
        self._web.post("/state", json={"rate": "limited"}).raise_for_status()

    def told(self) -> Counter[int]:
        """Return how often each incident was told."""
        found = self._web.get("/messages").raise_for_status().json()["messages"]
        payloads = [one["metadata"]["event_payload"] for one in found if one["metadata"]]
        return Counter(number for one in payloads for number in one["incidents"])

    def requests(self) -> list[dict[str, Any]]:
        """Return every request, the oldest first."""
        found: list[dict[str, Any]] = (
            self._web.get("/requests").raise_for_status().json()["requests"]
        )
        return found

    def arrival(self) -> datetime:
        """Return when the first request came, as soon as there is one.

        Raises:
            TimeoutError: none came.
        """
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if found := self.requests():
                return datetime.fromisoformat(found[0]["at"])
            time.sleep(POLL_S)
        raise TimeoutError(f"Slack heard nothing in {PATIENCE_S:g} s.")


def latencies(engine: Engine, slack: SlackClock, count: int) -> Iterator[float]:
    """Yield the seconds from each incident to Slack, one incident after the other."""
    from tasks.events import emit_alerts_due  # noqa: PLC0415 - Prefect reads its settings at import

    for number in range(count):
        slack.forget()
        # Not in step with the worker, who looks for runs once a second.
        time.sleep(number / count)
        began = datetime.now(UTC)
        open_or_touch(engine, _found(f"slowmall{number}"), began)
        emit_alerts_due()
        yield (slack.arrival() - began) / timedelta(seconds=1)


def flood(engine: Engine, sandbox: Sandbox, slack: SlackClock, count: int) -> dict[str, Any]:
    """Let many malls go critical at once, and tell Slack."""
    slack.forget()
    slack.keep_pace()
    now = datetime.now(UTC)
    began = time.perf_counter()

    def work(recording: Recording) -> list[int]:
        found = (_found(f"floodmall{number}") for number in range(count))
        return [recording.open_or_touch(one, now).incident.number for one in found]

    numbers = recorded_together(engine, work)
    recorded_s = time.perf_counter() - began
    channels = slack_channels(webhook_url=sandbox.slack["webhook_url"])
    report = drain(engine, channels, Writer(texts("ko")), now)
    told, asked = slack.told(), slack.requests()
    times = [datetime.fromisoformat(one["at"]) for one in asked]
    return {
        "flood": count,
        "flood_messages": len(asked),
        "flood_sent": report.sent,
        "flood_lost": sum(1 for number in numbers if not told[number]),
        "flood_doubled": sum(1 for number in numbers if told[number] > 1),
        "flood_rejected_429": sum(one["status"] == httpx.codes.TOO_MANY_REQUESTS for one in asked),
        "flood_shortest_gap_s": round(min(_gaps(times), default=0.0), 3),
        "flood_record_s": round(recorded_s, 2),
        "flood_s": round(time.perf_counter() - began, 2),
    }


def _gaps(times: Sequence[datetime]) -> Iterator[float]:
    return ((later - earlier) / timedelta(seconds=1) for earlier, later in pairwise(times))


def _found(mall: str) -> Finding:
    known = MallId(mall)
    kind, grade = IncidentKind.token_expiring, AlertGrade.critical
    facts = {"expires_at": datetime.now(UTC) + timedelta(hours=20)}
    return Finding(mall_subject(known), kind, grade, known, facts)


def measured(stage: Stage, sandbox: Sandbox, incidents: int, malls: int) -> dict[str, Any]:
    """Return all figures."""
    from demo.world import raise_world  # noqa: PLC0415 - as above

    world = raise_world(stage, sandbox)
    slack = SlackClock(sandbox.slack["url"])
    # The first one waits for the worker to come up.
    warm_up, *found = latencies(world.engine, slack, incidents + 1)
    return {
        "incidents": incidents,
        "first_s": round(warm_up, 2),
        "median_s": round(statistics.median(found), 2),
        "p95_s": round(statistics.quantiles(found, n=SHARES, method="inclusive")[-1], 2),
        "worst_s": round(max(found), 2),
        "goals_s": GOALS_S,
        # The way is two starts of Python: what else runs here counts as much as we do.
        "load_per_core": round(os.getloadavg()[0] / (os.cpu_count() or 1), 1),
        **flood(world.engine, sandbox, slack, malls),
    }


def main() -> int:
    """Measure and print one line for a person and one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alerts", description=__doc__)
    parser.add_argument("--incidents", type=int, default=20)
    parser.add_argument("--malls", type=int, default=1000)
    asked = parser.parse_args()
    with Stage() as stage:
        sandbox = start_sandbox(
            stage, products=None, product_count=1, database_url=None, outside_vault=None
        )
        with only_these(sandbox.environment, stage.home):
            found = measured(stage, sandbox, asked.incidents, asked.malls)
    print(
        f"incident to Slack: median {found['median_s']} s, p95 {found['p95_s']} s (goals 5 and "
        f"10); {found['flood']} malls at once: {found['flood_messages']} messages in "
        f"{found['flood_s']} s, {found['flood_lost']} lost, {found['flood_doubled']} doubled",
        file=sys.stderr,
    )
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
