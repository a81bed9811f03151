"""sync-products: the tables equal the mall, and the run says so."""

import json
from datetime import timedelta
from typing import Any

import pytest

from flows.sync_products import sync_products
from tests.expected_rows import assert_equal
from tests.integration.surroundings import Shop, ran


def test_a_first_sync_reads_everything_and_proves_it_by_counting(shop: Shop) -> None:
    state = ran(sync_products, mall_ids=[shop.mall])
    assert state.message == "1 synced"
    [run] = shop.rows("SELECT mode, outcome, source, stored FROM sync_run")
    products = shop.truth()["products"]
    assert run == {
        "mode": "full",
        "outcome": "synced",
        "source": len(products),
        "stored": len(products),
    }
    report = shop.prefect.artifact(f"sync-report-{shop.mall}")["data"]
    assert '"is": "stored"' in report
    quality = shop.prefect.artifact(f"quality-{shop.mall}-1")["data"]
    assert f'"where": "held", "found": "{len(products)}"' in quality
    [event] = shop.heard("cafe24.products.synced")
    assert event["payload"]["stored"] == len(products)


def test_a_second_sync_writes_only_what_changed(shop: Shop) -> None:
    ran(sync_products, mall_ids=[shop.mall])
    shop.control("products", {"add": 2, "change": 3})
    assert ran(sync_products).message == "1 synced"
    run = shop.rows("SELECT mode, new, changed FROM sync_run ORDER BY id")[-1]
    assert run == {"mode": "incremental", "new": 2, "changed": 3}


def test_what_a_sync_changed_is_a_picture_and_what_is_sudden_is_said(shop: Shop) -> None:
    ran(sync_products, mall_ids=[shop.mall])
    numbers = [one["product_no"] for one in shop.truth()["products"][:100]]
    fields = {"sold_out": "T", "product_name": "](javascript:alert(1))"}
    shop.control("products", {"set": [{"product_no": no, "fields": fields} for no in numbers]})
    ran(sync_products, mall_ids=[shop.mall])
    artifact = shop.prefect.artifact(f"changes-{shop.mall}-1")["data"]
    image, sentence, sudden = artifact.split("\n\n")
    assert image.startswith(f"![{sentence}](data:image/svg+xml;base64,")
    assert sentence.startswith("0 new, 100 changed, 0 deleted")
    assert sudden.startswith("**Sudden:** sold out: ")
    assert "javascript" not in artifact
    assert '"what": "SUDDEN"' in shop.prefect.artifact(f"quality-{shop.mall}-1")["data"]


def test_a_sync_that_changes_nothing_shows_no_new_quality(shop: Shop) -> None:
    ran(sync_products, mall_ids=[shop.mall])
    first = shop.prefect.artifact(f"quality-{shop.mall}-1")["id"]
    ran(sync_products, mall_ids=[shop.mall])
    assert shop.prefect.artifact(f"quality-{shop.mall}-1")["id"] == first


def test_a_sync_that_refreshes_in_passing_says_so(shop: Shop) -> None:
    shop.connect(left=timedelta(days=10))
    assert ran(sync_products, mall_ids=[shop.mall]).message == "1 synced"
    [event] = shop.heard("cafe24.token.refreshed")
    assert event["payload"] == {"generation": shop.document().generation}
    assert event["resource"]["prefect.resource.id"] == f"cafe24.mall.{shop.mall}"


def test_a_sync_with_a_dead_token_is_one_incident_about_the_token(shop: Shop) -> None:
    shop.control("revoke", {"what": "all"})
    state = ran(sync_products, mall_ids=[shop.mall])
    assert state.is_failed()
    assert f"manage.py authorize {shop.mall}" in state.message
    assert shop.rows("SELECT kind FROM incident") == [{"kind": "reauthorize"}]


def test_a_failed_sync_is_an_incident_until_one_ends_well(shop: Shop) -> None:
    shop.control("faults", [{"on": "count", "kind": "status", "status": 403, "times": 1}])
    assert ran(sync_products, mall_ids=[shop.mall]).is_failed()
    [incident] = shop.rows("SELECT kind, closed_at FROM incident")
    assert incident == {"kind": "scope_missing", "closed_at": None}
    assert ran(sync_products, mall_ids=[shop.mall]).is_completed()
    assert shop.rows("SELECT kind FROM incident WHERE closed_at IS NULL") == []


def reported(shop: Shop) -> dict[str, dict[str, Any]]:
    """Return the report's table by shop: what it shows of each, by name."""
    rows = json.loads(shop.prefect.artifact(f"sync-report-{shop.mall}")["data"])
    return {name: {row["is"]: row[name] for row in rows} for name in rows[0] if name != "is"}


def test_a_shop_that_fails_does_not_stop_the_others_and_the_table_shows_both(shop: Shop) -> None:
    shop.change(shop_nos=[2, 1])  # the mall itself has no second shop, and refuses it
    state = ran(sync_products, mall_ids=[shop.mall])
    assert state.is_failed()
    assert "shop_no" in state.message.lower() or "shop number" in state.message.lower()
    report = reported(shop)
    assert report["shop 2"]["outcome"] == "failed"
    assert "answered 422" in report["shop 2"]["reason"]
    assert report["shop 1"]["outcome"] == "synced"
    assert report["shop 1"]["stored"] == len(shop.truth()["products"])
    [event] = shop.heard("cafe24.products.synced")
    assert event["payload"]["shop_no"] == 1


def test_run_again_it_does_what_is_left_and_nothing_twice(shop: Shop) -> None:
    shop.change(shop_nos=[2, 1])
    ran(sync_products, mall_ids=[shop.mall])
    shop.control("behaviour", {"shop_nos": [1, 2]})
    assert ran(sync_products, mall_ids=[shop.mall]).message == "1 synced"
    report = reported(shop)
    assert (report["shop 1"]["mode"], report["shop 1"]["new"]) == ("incremental", 0)
    assert (report["shop 2"]["mode"], report["shop 2"]["new"]) == (
        "full",
        report["shop 1"]["stored"],
    )
    assert shop.rows("SELECT kind FROM incident WHERE closed_at IS NULL") == []


def test_a_stock_refresh_ends_no_incident_because_it_proves_nothing(shop: Shop) -> None:
    ran(sync_products, mall_ids=[shop.mall])
    shop.control("faults", [{"on": "count", "kind": "status", "status": 403, "times": 1}])
    assert ran(sync_products, mall_ids=[shop.mall]).is_failed()
    assert ran(sync_products, mall_ids=[shop.mall], mode="stock").message == "1 synced"
    assert reported(shop)["shop 1"]["mode"] == "stock"
    assert len(shop.rows("SELECT kind FROM incident WHERE closed_at IS NULL")) == 1
    assert ran(sync_products, mall_ids=[shop.mall]).message == "1 synced"
    assert shop.rows("SELECT kind FROM incident WHERE closed_at IS NULL") == []


def test_a_record_that_fits_no_row_is_told_in_the_runs_last_line(shop: Shop) -> None:
    ran(sync_products, mall_ids=[shop.mall])
    record = next(iter(shop.truth()["products"]))
    unfit = {"products": [{**record, "price": "abc"}]}
    shop.control("faults", [{"on": "products", "kind": "patch", "body": unfit, "times": 1}])
    shop.control("products", {"change": 1})
    state = ran(sync_products, mall_ids=[shop.mall])
    assert state.is_completed()
    assert "fits no row: the table product_quarantine says why" in state.message


def test_a_long_sync_has_a_progress_bar(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.progress.EVERY_S", 0.05)
    shop.control("limits", {"latency_s": 0.2})
    assert ran(sync_products, mall_ids=[shop.mall]).message == "1 synced"
    bar = shop.prefect.artifact(f"sync-progress-{shop.mall}")
    assert bar["type"] == "progress"
    assert 0 <= bar["data"] <= 100


def test_a_sync_through_faults_ends_exact_and_an_odd_record_is_one_incident_told_once(
    shop: Shop,
) -> None:
    number = shop.truth()["products"][0]["product_no"]
    odd = {"product_no": number, "json": f'{{"product_no": {number}, "price": NaN}}'}
    shop.control("products", {"odd": [odd]})
    kinds = ("reset", "cut", "truncate", "html")
    shop.control("faults", [{"on": "products", "kind": kind, "skip": 1} for kind in kinds])
    for _ in range(2):
        state = ran(sync_products, mall_ids=[shop.mall])
        assert state.is_completed()
        assert "1 record fits no row" in state.message
        report = shop.prefect.artifact(f"sync-report-{shop.mall}")["data"]
        assert '"is": "quarantined", "shop 1": 1' in report
    assert shop.rows("SELECT kind, grade FROM incident") == [
        {"kind": "records_quarantined", "grade": "warning"}
    ]
    assert shop.rows("SELECT purpose FROM alert_message") == [{"purpose": "opened"}]
    url = shop.engine.url
    assert_equal(url.database or "", shop.mall, shop.truth()["products"])
