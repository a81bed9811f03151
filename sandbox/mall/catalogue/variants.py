"""Invented variants, and what is told about them: options and inventories."""

from itertools import product
from typing import Any

from sandbox.mall.catalogue import words
from sandbox.mall.catalogue.codes import variant_code
from sandbox.mall.catalogue.dice import Dice

Record = dict[str, Any]

_STOCK_FIELDS = (
    "shop_no",
    "variant_code",
    "quantity",
    "use_inventory",
    "important_inventory",
    "inventory_control_type",
    "display_soldout",
    "safety_inventory",
)

_ONE_VARIANT_PERMILLE = 450
_OVER_100_PERMILLE = 12


def invent_variants(seed: int, mall_id: str, listed: Record) -> list[Record]:
    """Invent a product's variants: one without options, some, or over 100; never none."""
    dice = Dice(seed, mall_id, "variants", listed["product_no"])
    choices = _choices(dice)
    return [
        _variant(Dice(seed, mall_id, listed["product_no"], position), listed, position, options)
        for position, options in enumerate(choices)
    ]


def are_variants(value: Any) -> bool:
    """Tell whether this can be served as variants: a list of objects, whatever is in them."""
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def option_names(variants: list[Record]) -> list[str]:
    """Return the names of the options that tell the variants apart."""
    return [option["name"] for option in (variants[0]["options"] or [])] if variants else []


def options_of(record: Record, variants: list[Record]) -> Record:
    """Return what `embed=options` answers for a product."""
    values: dict[str, dict[str, None]] = {}
    for variant in variants:
        for name, value in _option_values(variant):
            values.setdefault(name, {})[value] = None
    return {
        "has_option": "T" if values else "F",
        "option_type": "T" if values else None,
        "option_list_type": "S" if values else None,
        "options": [
            {
                "option_code": f"O{record['product_no']:06d}{place}",
                "option_name": name,
                "option_value": [{"option_text": text} for text in texts],
                "required_option": "T",
            }
            for place, (name, texts) in enumerate(values.items())
        ],
    }


def inventory_of(variant: Record) -> Record:
    """Return a variant's stock fields; given ones may stand in its `inventories` alone."""
    within = variant.get("inventories")
    held = {**within, **variant} if isinstance(within, dict) else variant
    return {name: held.get(name) for name in _STOCK_FIELDS}


def _option_values(variant: Record) -> list[tuple[str, str]]:
    """Return names and values; control and given files may have put anything there."""
    held = variant.get("options")
    options = [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []
    return [(str(one.get("name")), str(one.get("value"))) for one in options]


def _choices(dice: Dice) -> list[list[Record] | None]:
    kind = dice.below(1000)
    if kind < _ONE_VARIANT_PERMILLE:
        return [None]
    if kind >= 1000 - _OVER_100_PERMILLE:
        colors, sizes = words.COLORS, words.SIZES[: dice.between(9, len(words.SIZES))]
    else:
        colors = words.COLORS[: dice.between(2, 5)]
        sizes = words.SIZES[: dice.between(1, 4)]
    return [
        [{"name": "색상", "value": color}, {"name": "사이즈", "value": size}]
        for color, size in product(colors, sizes)
    ]


def _variant(dice: Dice, listed: Record, position: int, options: list[Record] | None) -> Record:
    counts_stock = dice.happens(80)
    # Only a variant that goes on selling when it is out can fall below zero.
    sells_when_out = dice.happens(15)
    quantity = 0
    if counts_stock and listed["sold_out"] == "F":
        quantity = dice.between(-9, -1) if sells_when_out else dice.below(120)
    return {
        "shop_no": listed["shop_no"],
        "variant_code": variant_code(listed["product_code"], position),
        "options": options,
        "custom_variant_code": f"{listed['product_no']}-{position}" if dice.happens(30) else "",
        "display": "T",
        "selling": "F" if dice.happens(5) else "T",
        "display_order": position + 1 if options else None,
        "additional_amount": dice.one_of(("0.00", "0.00", "0.00", "2000.00", "-1000.00")),
        "use_inventory": "T" if counts_stock else "F",
        "important_inventory": "A",
        "inventory_control_type": "A",
        "display_soldout": "F" if sells_when_out else "T",
        "quantity": quantity,
        "safety_inventory": dice.below(4),
        "image": "" if options is None else listed["list_image"],
    }
