"""The quality report as a person reads it, whatever the products are called."""

import subprocess
import sys

from cafe24.products.report import PriceJump, Quality
from cafe24.settings import PROJECT
from tasks.quality_text import quality_text

NAME = "니트 <script>|`x`</script>\n[link](http://example.com) " + "긴" * 80


def test_what_to_look_at_is_told_the_weightiest_first() -> None:
    text = quality_text(
        Quality(
            rows=1200,
            gap_shares={"supply_price": 1.0, "product_tag": 0.125},
            sold_out_share=0.05,
            newly_sold_out_share=0.01,
            price_jumps=(PriceJump(3, "니트", "29900.00", "1000.00", -0.9666),),
            shared_codes={"TWICE": 2},
        )
    )
    assert text.startswith("**1,200** products, 5.0% sold out, 1.0% since this sync.")
    assert "| 3 | 니트 | 29900.00 | 1000.00 | -97% |" in text
    assert "| TWICE | 2 |" in text
    assert "| product&#95;tag | 12.5% |" in text
    assert text.index("jumped") < text.index("Codes of") < text.index("empty in")


def test_nothing_to_look_at_is_one_line() -> None:
    text = quality_text(Quality(0, {}, 0.0, 0.0, (), {}))
    assert text == "**0** products, 0.0% sold out, 0.0% since this sync."


def test_a_products_name_stays_text_in_its_cell() -> None:
    jumps = (PriceJump(3, NAME, "1", "2", 1.0),)
    row = quality_text(Quality(1, {}, 0.0, 0.0, jumps, {})).splitlines()[-1]
    assert row.count("|") == 6
    assert "<" not in row
    assert "[link]" not in row
    assert "…" in row


def test_the_flow_of_a_sync_does_not_import_pandas_before_it_is_needed() -> None:
    code = "import sys, flows.sync_products; print('pandas' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "False"
