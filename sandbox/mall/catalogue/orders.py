"""What control can order to happen to a catalogue: products come, change and go."""

import random
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.mall.bad_order import BadOrder
from sandbox.mall.catalogue.catalogue import Catalogue
from sandbox.mall.catalogue.changes import change_price_and_stock, write_fields
from sandbox.mall.catalogue.variants import are_variants
from sandbox.mall.clock import read_moment

Touched = dict[str, list[int]]

_NAMES = frozenset({"add", "change", "silent", "delete", "restore", "set", "odd", "only_added"})
_TIMES = frozenset({"created_date", "updated_date"})
_PICKING = ("change", "silent", "delete")
_MOST_ADDED = 1_000_000


def carry_out(
    order: dict[str, Any], catalogue: Catalogue, now_s: int, chance: random.Random
) -> Touched:
    """Do what the order says and return the product_nos it touched, by kind.

    Args:
        order: `change`, `silent` (a change that leaves updated_date) and `delete` are
            a number of products to pick, none twice, or a list of product_nos; `add`
            is a number, or a list of product_nos never used; `restore` a list; `set` a
            list of `{product_no, fields, silent}`; `odd` a list of `{product_no, json}`,
            on sale or never used; with `only_added` only products added by control
            are picked.
        catalogue: of the mall in question.
        now_s: the mall's time in seconds since 1970.
        chance: what picks.

    Raises:
        BadOrder: nothing was done.
    """
    touched = _planned(order, catalogue, chance)
    for product_no in touched["change"]:
        change_price_and_stock(catalogue[product_no], now_s)
    for product_no in touched["silent"]:
        change_price_and_stock(catalogue[product_no], None)
    for one in order.get("set") or []:
        when = None if one.get("silent") else now_s
        write_fields(catalogue[one["product_no"]], one["fields"], when)
    for product_no in touched["delete"]:
        catalogue.delete(product_no)
    for product_no in touched["restore"]:
        catalogue.restore(product_no)
    for product_no in touched["add"]:
        catalogue.add_at(product_no, now_s)
    added = order.get("add") or 0
    if _is_count(added):
        touched["add"] = [catalogue.add(now_s).birth.product_no for _ in range(added)]
    for one in order.get("odd") or []:
        product = catalogue.get(one["product_no"]) or catalogue.add_at(one["product_no"], now_s)
        product.be_odd(one["json"], now_s)
    return touched


def _planned(order: dict[str, Any], catalogue: Catalogue, chance: random.Random) -> Touched:
    """Return whom the order means; judge it whole before anything is done."""
    if unknown := set(order) - _NAMES:
        raise BadOrder(f"Unknown: {sorted(unknown)}. There are {sorted(_NAMES)}.")
    if _is_count(order.get("add")) and order["add"] > _MOST_ADDED:
        raise BadOrder(f"add must be a number of products, {_MOST_ADDED} at most.")
    named = {kind: _named(order, kind) for kind in (*_PICKING, "restore", "add")}
    named["set"] = _set_numbers(order.get("set") or [])
    named["odd"] = _odd_numbers(order.get("odd") or [])
    for kind in (*_PICKING, "set"):
        _must_all(named[kind], lambda number: catalogue.get(number) is not None, "not on sale")
    _must_all(named["restore"], catalogue.was_deleted, "not deleted")
    _must_all(named["add"], catalogue.was_never, "no number that was never used")
    _must_all(
        named["odd"],
        lambda number: catalogue.get(number) is not None or catalogue.was_never(number),
        "neither on sale nor a number that was never used",
    )
    return {**named, **_picked(order, catalogue, named, chance)}


def _named(order: dict[str, Any], kind: str) -> list[int]:
    value = order.get(kind) or []
    if isinstance(value, list) and all(type(number) is int for number in value):
        return list(dict.fromkeys(value))
    if kind in {*_PICKING, "add"} and _is_count(value):
        return []
    raise BadOrder(f"{kind} must be a list of product_nos or, to pick, a number.")


def _set_numbers(changes: Any) -> list[int]:
    try:
        numbers = [one["product_no"] for one in changes]
        for one in changes:
            _check_change(**one)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise BadOrder(
            'set must be a list of {"product_no": ..., "fields": {...}, "silent": false}; '
            "its times are ISO, its variants a list of objects, and no product_no can change."
        ) from None
    return numbers


def _odd_numbers(oddities: Any) -> list[int]:
    is_right = isinstance(oddities, list) and all(
        isinstance(one, dict)
        and one.keys() == {"product_no", "json"}
        and type(one["product_no"]) is int
        and isinstance(one["json"], str)
        for one in oddities
    )
    if not is_right:
        raise BadOrder('odd must be a list of {"product_no": ..., "json": "a text"}.')
    return [one["product_no"] for one in oddities]


def _check_change(product_no: Any, fields: dict[str, Any], *, silent: Any = False) -> None:
    is_right = type(product_no) is int and isinstance(silent, bool)
    if not is_right or "product_no" in fields or not are_variants(fields.get("variants", [])):
        raise ValueError
    for name in _TIMES & fields.keys():
        read_moment(fields[name])


def _must_all(numbers: Iterable[int], is_so: Callable[[int], bool], otherwise: str) -> None:
    if wrong := [number for number in numbers if not is_so(number)]:
        raise BadOrder(f"product_no {wrong} is {otherwise}.")


def _picked(
    order: dict[str, Any], catalogue: Catalogue, named: Touched, chance: random.Random
) -> Touched:
    counts = {kind: order[kind] for kind in _PICKING if _is_count(order.get(kind))}
    wanted = sum(counts.values())
    if not wanted:
        return {}
    taken = {number for numbers in named.values() for number in numbers}
    numbers = [product.birth.product_no for product in catalogue]
    if order.get("only_added"):
        numbers = [number for number in numbers if number in catalogue.added]
    pool = [number for number in numbers if number not in taken]
    if wanted > len(pool):
        raise BadOrder(f"{wanted} products are wanted, {len(pool)} can be picked.")
    picks = iter(chance.sample(pool, wanted))
    return {kind: sorted(next(picks) for _ in range(count)) for kind, count in counts.items()}


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0
