"""`manage.py resume MALL`: a paused mall goes on as what it was before."""

import argparse

from cafe24.malls import mall_id
from cli.orders import add_mall_argument, opened_orders, report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `resume`'s arguments."""
    add_mall_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Resume the mall and say what it is now."""
    mall = mall_id(arguments.mall_id)
    with opened_orders() as orders:
        obeyed = orders.resume(mall)
    status = obeyed.stored.document.status
    line = f"it goes on, {status}. Next: .venv/bin/python manage.py refresh {mall}"
    report(obeyed, "resumed", line, as_json=arguments.json)
    return 0
