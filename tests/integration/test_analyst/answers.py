"""The answers to docs/queries.md, found without SQL: in the mall's own records.

One function a question, by its heading. Money is Decimal, times are aware.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from tests.integration.test_analyst.analyst_mall import SYNCS, AnalystMall, Record, stock

Rows = list[tuple[Any, ...]]
Answer = Callable[[AnalystMall], Rows]

KOREA = timezone(timedelta(hours=9))
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)


def living(mall: AnalystMall) -> list[Record]:
    return [mall.now[number] for number in sorted(mall.now)]


def kept_stock(mall: AnalystMall) -> Iterator[tuple[Record, Record]]:
    """Yield each product with each of its variants whose stock is kept."""
    for product in living(mall):
        for variant in map(stock, product["variants"]):
            if variant["use_inventory"] == "T":
                yield product, variant


def price_of_one(mall: AnalystMall) -> Rows:
    prices = [held[mall.cheaper]["price"] for held in mall.held]
    return [(SYNCS[1], *prices[:2]), (SYNCS[2], *prices[1:])]


def changed(mall: AnalystMall) -> Rows:
    return [one for one in mall.changes() if one[0] >= datetime(2026, 11, 17, tzinfo=UTC)]


def new(mall: AnalystMall) -> Rows:
    found = [
        (datetime.fromisoformat(one["created_date"]), one["product_no"], one)
        for one in living(mall)
    ]
    since = datetime(2026, 11, 16, 15, tzinfo=UTC)
    return [
        (number, one["product_name"], Decimal(one["price"]), created)
        for created, number, one in sorted(found, key=lambda row: row[:2])
        if created >= since
    ]


def sold_out(mall: AnalystMall) -> Rows:
    return [
        (one["product_no"], one["product_code"], one["product_name"], Decimal(one["price"]))
        for one in living(mall)
        if one["sold_out"] == "T"
    ]


def gone(mall: AnalystMall) -> Rows:
    last = {number: record for held in mall.held for number, record in held.items()}
    return [
        (number, last[number]["product_name"], Decimal(last[number]["price"]), at)
        for number, at in sorted(mall.gone_at.items(), key=lambda pair: (pair[1], pair[0]))
    ]


def by_code(mall: AnalystMall) -> Rows:
    return [
        (1, one["product_no"], one["product_name"], Decimal(one["price"]), one["sold_out"] == "T")
        for one in living(mall)
        if one["custom_product_code"] == "KNIT-7"
    ]


def doubled_codes(mall: AnalystMall) -> Rows:
    counts = Counter(one["custom_product_code"] for one in living(mall))
    found = [(code, count) for code, count in counts.items() if code and count > 1]
    return sorted(found, key=lambda row: (-row[1], row[0]))


def price_drops(mall: AnalystMall) -> Rows:
    found = []
    for one in living(mall):
        number = one["product_no"]
        before = Decimal(mall.held[0].get(number, one)["price"])
        if Decimal(one["price"]) < before:
            share = float(one["price"]) / float(before)
            found.append((share, number, one["product_name"], before, Decimal(one["price"])))
    return [row[1:] for row in sorted(found)[:20]]


def least_earned(mall: AnalystMall) -> Rows:
    found = []
    for one in living(mall):
        net, cost = Decimal(one["price_excluding_tax"]), Decimal(one["supply_price"])
        if net > 0 and cost > 0:
            margin = math.trunc(100 * (net - cost) / net)
            found.append((margin, one["product_no"], one["product_name"], net, cost))
    return [(*row[1:], row[0]) for row in sorted(found)[:20]]


def worth(mall: AnalystMall) -> Rows:
    held = [(p, v["quantity"]) for p, v in kept_stock(mall) if v["quantity"] > 0]
    cost = sum(quantity * Decimal(product["supply_price"]) for product, quantity in held)
    return [(len(held), sum(quantity for _, quantity in held), int(100 * cost))]


def by_option(mall: AnalystMall) -> Rows:
    pieces: dict[tuple[str, str], list[int]] = defaultdict(list)
    for _, variant in kept_stock(mall):
        for choice in variant["options"] or []:
            pieces[choice["name"], choice["value"]].append(variant["quantity"])
    return [(*key, len(found), sum(found)) for key, found in sorted(pieces.items())]


def to_order(mall: AnalystMall) -> Rows:
    found = [
        (
            p["product_no"],
            p["product_name"],
            v["variant_code"],
            v["quantity"],
            v["safety_inventory"],
        )
        for p, v in kept_stock(mall)
        if v["quantity"] <= (v["safety_inventory"] or 0)
    ]
    return sorted(found, key=lambda row: (row[3], row[2]))


def lacking(mall: AnalystMall) -> Rows:
    lacks: dict[str, Callable[[Record], bool]] = {
        "brand": lambda one: one["brand_code"] in {None, "", "B0000000"},
        "category": lambda one: not one["category"],
        "image": lambda one: not one["list_image"],
    }
    return [
        (what, one["product_no"], one["product_name"])
        for what, is_lacking in lacks.items()
        for one in living(mall)
        if is_lacking(one)
    ]


def by_brand(mall: AnalystMall) -> Rows:
    prices: dict[str, list[float]] = defaultdict(list)
    for one in living(mall):
        prices[one["brand_code"]].append(float(one["price"]))
    return [(code, len(found), sum(found) / len(found)) for code, found in sorted(prices.items())]


def changes_a_day(mall: AnalystMall) -> Rows:
    days = Counter(
        (one[0].astimezone(KOREA).date().isoformat(), one[4])
        for one in mall.changes()
        if one[0] >= NOVEMBER
    )
    return [(*key, count) for key, count in sorted(days.items())]


def last_syncs(mall: AnalystMall) -> Rows:
    runs = list(zip(range(1, 4), SYNCS, mall.reports, strict=True))
    return [
        (
            *(run_id, 1, "full", "synced", at, one.wall_s, len(mall.held[run_id - 1])),
            *(len(mall.held[run_id - 1]), one.new, one.changed, one.deleted),
            *(0 if run_id == 1 else 1, one.calls, 0, one.reason),
        )
        for run_id, at, one in reversed(runs)
    ]


def quarantined(mall: AnalystMall) -> Rows:
    reason = "price: 'not a price' does not fit its column"
    return [(1, f"product:{mall.broken}", mall.broken, reason, SYNCS[1], SYNCS[2])]


ANSWERS: dict[str, Answer] = {
    "How did the price of a product go?": price_of_one,
    "What changed since a time?": changed,
    "What is new since a time?": new,
    "What is sold out now?": sold_out,
    "What went lately?": gone,
    "Which product has this code?": by_code,
    "Which codes are given twice?": doubled_codes,
    "Which prices fell most?": price_drops,
    "Which products earn least?": least_earned,
    "What is the stock worth?": worth,
    "How much stock is there of each option?": by_option,
    "What must be ordered again?": to_order,
    "Which products lack an image, a category or a brand?": lacking,
    "What does each brand cost on average?": by_brand,
    "How many changes were there a day, by field?": changes_a_day,
    "How did the last syncs go?": last_syncs,
    "What is quarantined, and why?": quarantined,
}
