"""What a fleet's report says in a sentence or two."""

from datetime import UTC, datetime, timedelta

import pytest

from cafe24.fleet.fan_out import FleetReport
from tasks.fleet_report import told

NOW = datetime(2026, 11, 23, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("took", "said"),
    [
        (timedelta(minutes=90), "within 90.0 minutes"),
        # The host that cut the fleet is ahead of the one that ended it.
        (timedelta(seconds=-40), "within 0.0 minutes"),
    ],
)
def test_how_long_a_fleet_took_is_never_less_than_nothing(took: timedelta, said: str) -> None:
    report = FleetReport("refresh-tokens", 150, 2, NOW, NOW + took, {"refreshed": 150}, [])
    assert told(report) == f"150 malls in 2 shards, {said}: 150 refreshed."
