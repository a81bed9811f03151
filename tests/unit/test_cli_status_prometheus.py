"""The metrics are what Prometheus reads: its own parser takes them apart again."""

from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from cafe24.malls import MallId
from cafe24.overview import MallOverview
from cafe24.tokens.grades import Grade, GradedCredential
from cli.status_prometheus import exposition

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ODD = 'a "quoted" \\ name\nin two lines'


def mall(name: str, grade: Grade = Grade.ok, **more: Any) -> MallOverview:
    mall_id = MallId(name)
    credential = GradedCredential(
        f"mall:{name}", grade, NOW + 9 * DAY, NOW, mall_id, issued_at=NOW - 5 * DAY
    )
    synced = {"last_sync_at": NOW - DAY, "last_sync": "synced", "rows": 1200}
    return MallOverview(mall_id, "active", credential, **{**synced, **more})


def read(
    malls: list[MallOverview], next_run_at: datetime | None = NOW + 6 * DAY
) -> dict[str, Metric]:
    credentials = [
        {"name": ODD, "grade": "warning", "expires_at": NOW + DAY},
        {"name": "slack", "grade": "ok", "expires_at": None},
    ]
    rows = [{"next_run_at": next_run_at} for _ in malls]
    report = {"checked_at": NOW, "worst": "warning", "credentials": credentials, "malls": rows}
    text = exposition(malls, report, {"vault": True, "prefect": False})
    assert text.endswith("\n")
    return {one.name: one for one in text_string_to_metric_families(text)}


def test_every_metric_is_a_gauge_with_a_help_line_and_a_unit_in_its_name() -> None:
    metrics = read([mall("amall")])
    assert len(metrics) == 13
    for one in metrics.values():
        assert one.type == "gauge"
        assert one.documentation.endswith(".")
        assert one.name.startswith("cafe24_")
        is_time = any(sample.value > 1e9 for sample in one.samples)
        assert one.name.endswith("_timestamp_seconds") == is_time


def test_a_mall_s_figures_are_its_own() -> None:
    metrics = read([mall("amall"), mall("bmall", Grade.reauthorize, last_sync="mismatch")])

    def of(name: str, wanted: str) -> float:
        [sample] = [
            one for one in metrics[f"cafe24_mall_{name}"].samples if one.labels["mall_id"] == wanted
        ]
        return float(sample.value)

    assert (of("grade", "amall"), of("grade", "bmall")) == (0, 6)
    assert of("products", "amall") == 1200
    assert (of("last_sync_success", "amall"), of("last_sync_success", "bmall")) == (1, 0)
    for name, moment in {
        "refresh_token_expiry": NOW + 9 * DAY,
        "last_refresh": NOW - 5 * DAY,
        "last_sync": NOW - DAY,
        "next_run": NOW + 6 * DAY,
    }.items():
        assert of(f"{name}_timestamp_seconds", "amall") == moment.timestamp()
    [info, _] = metrics["cafe24_mall_info"].samples
    assert info.labels == {"mall_id": "amall", "status": "active"}


def test_labels_are_escaped_so_that_they_come_back_as_they_were() -> None:
    samples = read([])["cafe24_credential_grade"].samples
    assert [one.labels["name"] for one in samples] == [ODD, "slack"]


def test_what_is_unknown_has_no_sample() -> None:
    unsynced = mall("amall", last_sync_at=None, last_sync=None, rows=None)
    metrics = read([unsynced], next_run_at=None)
    assert "cafe24_mall_grade" in metrics
    for name in ("last_sync_timestamp_seconds", "last_sync_success", "products"):
        assert f"cafe24_mall_{name}" not in metrics
    assert "cafe24_mall_next_run_timestamp_seconds" not in metrics
    assert len(metrics["cafe24_credential_expiry_timestamp_seconds"].samples) == 1


def test_who_did_not_answer_is_a_zero() -> None:
    up = read([])["cafe24_source_up"].samples
    assert {one.labels["source"]: one.value for one in up} == {"vault": 1, "prefect": 0}
    assert read([])["cafe24_worst_grade"].samples[0].value == Grade.warning
