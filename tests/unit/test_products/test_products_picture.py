"""The picture of a run: well-formed whatever a shop is called, and true to its figures."""

from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from cafe24.products.report.picture import HEIGHT, WIDTH, picture_of, told
from cafe24.products.report.run_changes import STEPS, RunChanges

SVG = "{http://www.w3.org/2000/svg}"

RUN = RunChanges(
    mode="incremental",
    started_at=datetime(2026, 11, 24, 20, tzinfo=UTC),
    held=19876,
    new=124,
    changed=1311,
    deleted=0,
    unchanged=18424,
    price_steps=dict(zip(STEPS, (3, 11, 64, 240, 402, 88, 9, 0), strict=True)),
    sold_out=812,
    newly_sold_out=96,
    back_in_stock=31,
)


def drawn(run: RunChanges, name: str = "samplemall, shop 1") -> ET.Element:
    return ET.fromstring(picture_of(name, run))  # noqa: S314 - our own


def words(picture: ET.Element) -> list[str]:
    return [str(text.text) for text in picture.iter(f"{SVG}text")]


def bars(picture: ET.Element) -> list[tuple[str, int]]:
    found = [bar.attrib for bar in picture.iter(f"{SVG}rect") if bar.get("class") != "card"]
    return [(bar["class"], int(bar["width"])) for bar in found]


def test_every_figure_stands_beside_its_name() -> None:
    said = words(drawn(RUN))
    pairs = dict(zip(said[4:14:2], said[5:14:2], strict=True))
    assert pairs == {
        "new": "124", "changed": "1,311", "deleted": "0", "newly sold out": "96",
        "back in stock": "31",
    }  # fmt: skip
    assert said[15::2] == list(STEPS)
    assert said[16::2] == ["3", "11", "64", "240", "402", "88", "9", "0"]
    assert "samplemall, shop 1: incremental sync of 2026-11-25 05:00 Korean time" in said


def test_the_longest_bar_is_the_largest_figure_and_nothing_has_none() -> None:
    found = bars(drawn(RUN))
    assert found[:3] == [("good", 12), ("calm", 130), ("bad", 0)]
    prices = found[5:]
    assert [width for kind, width in prices if kind == "calm"] == [2, 4, 21, 78]
    assert [width for kind, width in prices if kind == "uneasy"] == [130, 28, 3, 0]


@pytest.mark.parametrize("largest", [0, 1, 10_000_000])
def test_nothing_is_drawn_outside(largest: int) -> None:
    run = replace(RUN, changed=largest, price_steps=dict.fromkeys(STEPS, largest))
    for shape in drawn(run).iter(f"{SVG}rect"):
        right = float(shape.attrib["x"]) + float(shape.attrib["width"])
        assert right <= WIDTH
        assert float(shape.attrib["y"]) + float(shape.attrib["height"]) <= HEIGHT


def test_a_name_is_text_and_nothing_else() -> None:
    name = '</text><script>alert("1")</script>&'
    assert words(drawn(RUN, name))[1].startswith(f"{name}: incremental sync")


def test_the_same_is_told_in_a_sentence() -> None:
    assert told(RUN) == (
        "124 new, 1,311 changed, 0 deleted and 18,424 unchanged of 19,876 products; "
        "318 prices fell and 499 rose; 96 sold out and 31 back in stock."
    )
