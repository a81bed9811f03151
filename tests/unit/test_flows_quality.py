"""The quality report as a person reads it, whatever the products are called."""

import subprocess
import sys

from cafe24.products.report.quality import PriceJump, Quality, SuddenRise
from cafe24.settings import PROJECT
from tasks.quality_rows import quality_rows


def test_what_to_look_at_is_told_the_weightiest_first() -> None:
    rows = quality_rows(
        Quality(
            rows=1200,
            gap_shares={"supply_price": 1.0, "product_tag": 0.125},
            sold_out_share=0.05,
            newly_sold_out_share=0.01,
            price_jumps=(PriceJump(3, "니트<br>|3컬러", "29900.00", "1000.00", -0.9666),),
            shared_codes={"TWICE": 2},
            sudden=(SuddenRise("sold out", 0.01, 0.6),),
        )
    )
    assert [tuple(row.values()) for row in rows] == [
        ("SUDDEN", "sold out", "60.0% of the products, 1.0% before this sync"),
        ("products", "held", "1,200"),
        ("products", "sold out", "5.0%"),
        ("products", "sold out by this sync", "1.0%"),
        ("price jumped", "3 니트<br>|3컬러", "29900.00 -> 1000.00 (-97%)"),
        ("code of several products", "TWICE", "2 products"),
        ("field is empty", "supply_price", "100.0%"),
        ("field is empty", "product_tag", "12.5%"),
    ]


def test_the_flow_of_a_sync_does_not_import_pandas_before_it_is_needed() -> None:
    code = "import sys, flows.sync_products; print('pandas' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "False"
