"""Invented products: each is a pure function of the seed, the mall and its product_no."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sandbox.mall.catalogue import words
from sandbox.mall.catalogue.codes import product_code
from sandbox.mall.catalogue.dice import Dice
from sandbox.mall.catalogue.fields import DETAIL_ONLY, LISTED
from sandbox.mall.clock import KST, epoch_dated

Record = dict[str, Any]

_OPENED_AT = int(datetime(2023, 1, 2, 9, tzinfo=KST).timestamp())
_OPEN_S = 3 * 365 * 86400
_LATEST_TOUCH_S = 90 * 86400
_FIRST_PRODUCT_NO = 11
_WIDEST_GAP = 3


class Birth(NamedTuple):
    """What is known of a product before it is invented: its number and its times."""

    product_no: int
    created_at: int
    updated_at: int


def births(seed: int, mall_id: str, count: int) -> Iterator[Birth]:
    """Return `count` products' numbers, with gaps, and times in seconds since 1970."""
    product_no = _FIRST_PRODUCT_NO
    for position in range(count):
        dice = Dice(seed, mall_id, "birth", position)
        product_no += 1 + dice.below(_WIDEST_GAP)
        created_at = _OPENED_AT + position * _OPEN_S // count + dice.below(1 + _OPEN_S // count)
        touched = 0 if dice.happens(20) else dice.below(_LATEST_TOUCH_S)
        yield Birth(product_no, created_at, created_at + touched)


def list_fields(seed: int, mall_id: str, birth: Birth) -> Record:
    """Invent the fields of one product that a list answers."""
    dice = Dice(seed, mall_id, "product", birth.product_no)
    return {
        **LISTED,
        "product_no": birth.product_no,
        "product_code": product_code(birth.product_no),
        "created_date": epoch_dated(birth.created_at),
        "updated_date": epoch_dated(birth.updated_at),
        **_name(dice),
        **_prices(dice),
        **_sale_state(dice),
        **_images(dice, mall_id, birth),
        **_odds_and_ends(dice),
    }


def detail_fields(seed: int, mall_id: str, listed: Record, options: list[str]) -> Record:
    """Invent the fields that only the answer for one product has.

    Args:
        seed: the catalogue's.
        mall_id: whose product.
        listed: the product's list fields.
        options: the names of its options, such as 색상; empty without options.
    """
    dice = Dice(seed, mall_id, "detail", listed["product_no"])
    text = f"<p>{listed['product_name']}</p>"
    picture = f'<img src="//{mall_id}.cafe24.com/web/upload/{listed["product_no"]}.jpg">'
    return {
        **DETAIL_ONLY,
        "category": [
            {"category_no": dice.between(24, 60), "recommend": "F", "new": dice.one_of("TF")}
            for _ in range(dice.below(3))
        ],
        "description": text + "\r\n" + picture * dice.below(4),
        "mobile_description": text,
        "simple_description": dice.one_of(("", "", "드라이클리닝 권장<br>단독 세탁")),
        "has_option": "T" if options else "F",
        "option_type": "T" if options else None,
        "shipping_rates": dice.one_of(
            (None, [{"shipping_rates_min": "0.00", "shipping_fee": "3000.00"}])
        ),
        "additional_image": _additional_image(listed) if dice.happens(30) else [],
    }


def _additional_image(listed: Record) -> list[Record]:
    if listed["detail_image"] is None:
        return []
    return [{"big": listed["detail_image"], "medium": listed["list_image"]}]


def _name(dice: Dice) -> Record:
    korean, english = dice.one_of(words.ARTICLES)
    name = f"{dice.one_of(words.MATERIALS)} {dice.one_of(words.STYLES)} {korean}"
    if dice.happens(30):
        name += f"<br>{dice.one_of(words.REMARKS)}"
    return {
        "product_name": name,
        "eng_product_name": dice.one_of((english, "", None)),
        "custom_product_code": f"{english[:4].upper()}-{dice.below(900)}"
        if dice.happens(40)
        else "",
        "summary_description": dice.one_of(("", "", None, "매일 입기 좋은 <b>기본템</b>")),
        "product_tag": [dice.one_of(words.TAGS) for _ in range(dice.below(4))],
    }


def _prices(dice: Dice) -> Record:
    price = 0 if dice.happens(3) else 100 * dice.between(29, 2990)
    return {
        "price_excluding_tax": f"{price * 10 // 11}.00",
        "price": f"{price}.00",
        "retail_price": dice.one_of(("0.00", f"{price + 100 * dice.below(200)}.00")),
        "supply_price": f"{price // 2}.00",
        "margin_rate": dice.one_of(("10.00", "0.00", None)),
    }


def _sale_state(dice: Dice) -> Record:
    is_sold_out = dice.happens(6)
    return {
        "display": "F" if dice.happens(8) else "T",
        "selling": "F" if dice.happens(8) else "T",
        "sold_out": "T" if is_sold_out else "F",
        "list_icon": {
            "soldout_icon": is_sold_out,
            "recommend_icon": dice.happens(10),
            "new_icon": dice.happens(10),
        },
    }


def _images(dice: Dice, mall_id: str, birth: Birth) -> Record:
    if dice.happens(4):
        return {}
    host = dice.one_of((f"{mall_id}.cafe24.com", f"ecimg.cafe24img.com/{mall_id}"))
    month = epoch_dated(birth.created_at)[:7].replace("-", "")
    file = f"{month}/{dice.below(1 << 48):012x}.jpg"
    return {
        f"{name}_image": f"https://{host}/web/product/{folder}/{file}"
        for name, folder in (
            ("detail", "big"),
            ("list", "medium"),
            ("tiny", "tiny"),
            ("small", "small"),
        )
    }


def _odds_and_ends(dice: Dice) -> Record:
    return {
        "manufacturer_code": dice.one_of(("M0000000", "M0000000", "M000000U", "M00000BA")),
        "brand_code": dice.one_of(("B0000000", "B0000000", "B000000W")),
        "made_date": dice.one_of(("", None)),
        "release_date": dice.one_of(("", None)),
        "origin_place_value": dice.one_of(words.ORIGINS),
        "product_weight": f"{dice.between(5, 300) / 100:.2f}",
        "product_material": dice.one_of(("", None, "면 100%", "울 70%, 나일론 30%")),
        "hscode": dice.one_of(("", None)),
        "approve_status": dice.one_of(("", "", "I")),
        "main": dice.one_of((None, None, [2], [2, 3])),
        "buy_limit_type": dice.one_of((None, "F")),
    }
