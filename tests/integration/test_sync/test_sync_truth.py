"""After a sync the tables equal the sandbox mall: every row, every column."""

import pytest

from cafe24.errors import DeletionBraked, ScopeMissing, VersionSunset
from tests.integration.test_sync.sandbox_mall import SandboxMall


def test_a_first_sync_makes_the_tables_equal_to_the_mall(sandbox_mall: SandboxMall) -> None:
    report = sandbox_mall.sync()
    assert (report.mode, report.outcome) == ("full", "synced")
    assert report.source == report.stored == report.new == 250
    assert report.rejected_429 == 0
    sandbox_mall.assert_tables_equal_the_mall()


def test_an_incremental_sync_fetches_only_what_changed(sandbox_mall: SandboxMall) -> None:
    sandbox_mall.sync()
    touched = sandbox_mall.order("products", {"change": 12, "add": 5})
    report = sandbox_mall.sync()
    assert (report.mode, report.outcome) == ("incremental", "synced")
    assert (report.new, report.changed, report.unchanged) == (5, 12, 0)
    # Two counts and a page; a product of a hundred variants or more is asked for by itself.
    truth = sandbox_mall.truth()
    numbers = [*touched["change"], *touched["add"]]
    wide = [one for one in numbers if len(truth[one]["variants"]) >= 100]
    assert report.calls == 3 + len(wide)
    sandbox_mall.assert_tables_equal_the_mall()


def test_deletions_additions_and_returns_are_followed(sandbox_mall: SandboxMall) -> None:
    sandbox_mall.sync()
    gone = sandbox_mall.order("products", {"delete": 7, "add": 3, "change": 4})["delete"]
    assert sandbox_mall.sync().deleted == 7
    sandbox_mall.assert_tables_equal_the_mall()
    sandbox_mall.order("products", {"restore": gone[:2]})
    assert sandbox_mall.sync(mode="full").outcome == "synced"
    sandbox_mall.assert_tables_equal_the_mall()


def test_changes_without_a_date_are_found_by_a_full_sync(sandbox_mall: SandboxMall) -> None:
    sandbox_mall.sync()
    sandbox_mall.order("products", {"silent": 9})
    assert sandbox_mall.sync().changed == 0
    assert sandbox_mall.sync(mode="full").changed == 9
    sandbox_mall.assert_tables_equal_the_mall()


def test_every_shop_of_a_mall_has_its_own_rows(sandbox_mall: SandboxMall) -> None:
    sandbox_mall.order("behaviour", {"shop_nos": [1, 2]})
    first, second = sandbox_mall.sync(), sandbox_mall.sync(shop_no=2)
    assert (first.stored, second.stored) == (250, 250)
    rows = sandbox_mall.held("product")
    assert {row["shop_no"] for row in rows} == {1, 2}
    assert len(rows) == 500


def test_details_are_kept_beside_what_the_list_gives(sandbox_mall: SandboxMall) -> None:
    report = sandbox_mall.sync(detail_calls=3)
    truth = sandbox_mall.truth()
    detailed = [row for row in sandbox_mall.held("product") if row["detail_seen_at"]]
    assert report.details == len(detailed) == 3
    for row in detailed:
        record = truth[row["product_no"]]
        assert row["detail_raw"]["description"] == record["description"]
        assert row["option_type"] == record["option_type"]
        assert row["category"] == record["category"]
    sandbox_mall.assert_tables_equal_the_mall()


def test_a_mall_that_lost_a_third_of_its_products_asks_a_person(
    sandbox_mall: SandboxMall,
) -> None:
    sandbox_mall.sync()
    sandbox_mall.order("products", {"delete": 80})
    with pytest.raises(DeletionBraked, match="80 of 250"):
        sandbox_mall.sync()
    assert len(sandbox_mall.held("product")) == 250


def test_a_missing_scope_is_named(sandbox_mall: SandboxMall) -> None:
    sandbox_mall.scopes = ["mall.read_category"]
    with pytest.raises(ScopeMissing, match="insufficient_scope"):
        sandbox_mall.sync()


def test_a_version_that_is_served_no_more_names_the_one_that_is(
    sandbox_mall: SandboxMall,
) -> None:
    sandbox_mall.api_version = "2024-06-01"
    with pytest.raises(VersionSunset, match="CAFE24_API_VERSION=2026-09-01"):
        sandbox_mall.sync()


def test_the_limits_are_kept_without_one_rejected_call(sandbox_mall: SandboxMall) -> None:
    sandbox_mall.order("limits", {"is_off": False, "bucket_size": 5, "leak_per_s": 2.0})
    report = sandbox_mall.sync(with_variants=False)
    assert report.outcome == "synced"
    assert report.rejected_429 == 0
    assert sandbox_mall.limits()["peak_calls_per_s"] < 10
