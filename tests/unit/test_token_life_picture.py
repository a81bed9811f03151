"""The picture of what refresh tokens have left: the worst first, true to its days."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from cafe24.tokens.graded import Grade
from cafe24.tokens.life_picture import LEFT, LONGEST_PX, MOST_DRAWN, Life, life_picture, told

SVG = "{http://www.w3.org/2000/svg}"
NOW = datetime(2026, 11, 24, 20, tzinfo=UTC)

WELL = Life("samplemall", Grade.ok, timedelta(days=7))
WARNED = Life("warnmall", Grade.warning, timedelta(days=2.5))
LAST = Life("lastmall", Grade.critical, timedelta(hours=20))
DEAD = Life("deadmall", Grade.reauthorize, timedelta(days=9))
OVER = Life("overmall", Grade.expired, timedelta(days=-1))


def drawn(*lives: Life) -> ET.Element:
    return ET.fromstring(life_picture(lives, NOW))  # noqa: S314 - our own


def words(picture: ET.Element) -> list[str]:
    return [str(text.text) for text in picture.iter(f"{SVG}text")]


def test_the_worst_stand_first_each_with_what_it_has_left() -> None:
    said = words(drawn(WELL, WARNED, LAST, OVER, DEAD))[4:]
    assert dict(zip(said[::2], said[1::2], strict=True)) == {
        "deadmall": "needs consent",
        "overmall": "expired",
        "lastmall": "0.8 days, critical",
        "warnmall": "2.5 days, warning",
        "samplemall": "7.0 days",
    }
    assert said[::2] == ["deadmall", "overmall", "lastmall", "warnmall", "samplemall"]


def test_half_a_life_is_half_a_bar_and_a_red_one_ends_before_the_first_line() -> None:
    picture = drawn(WELL, LAST, OVER, DEAD)
    bars = [bar.attrib for bar in picture.iter(f"{SVG}rect") if bar.get("class") != "card"]
    assert [bar["class"] for bar in bars] == ["bad", "good"]
    assert float(bars[1]["width"]) == LONGEST_PX / 2
    one_day, three_days = (float(line.attrib["x1"]) for line in picture.iter(f"{SVG}line"))
    assert LEFT + float(bars[0]["width"]) < one_day < three_days


def test_of_many_malls_only_the_worst_are_drawn_and_the_others_counted() -> None:
    lives = [Life(f"mall{no:05}", Grade.ok, timedelta(days=10, minutes=no)) for no in range(10_000)]
    said = words(drawn(*lives, WARNED))
    assert said[4] == "warnmall"
    assert said[-1] == f"and {10_001 - MOST_DRAWN:,} more that are no worse"
    assert "10,001 malls: 1 warning, 10,000 ok; 2026-11-25 05:00 KST" in said


def test_a_name_that_is_long_or_odd_breaks_nothing() -> None:
    said = words(drawn(Life("<b>&" + "m" * 90, Grade.ok, None)))
    assert said[4:] == ["<b>&" + "m" * 16 + "…", "unknown"]


@pytest.mark.parametrize(
    ("lives", "sentence"),
    [
        ((WELL,), "1 mall: 1 ok. The first to end is samplemall: 7.0 days."),
        (
            (WELL, LAST),
            "2 malls: 1 critical, 1 ok. The first to end is lastmall: 0.8 days, critical.",
        ),
        ((Life("newmall", Grade.unfinished, None),), "1 mall: 1 unfinished."),
        ((DEAD,), "1 mall: 1 reauthorize."),
    ],
)
def test_the_same_is_told_in_words(lives: tuple[Life, ...], sentence: str) -> None:
    assert told(lives) == sentence
