"""`manage.py keep-warm MALL on|off`: whether readers always find a fit access token."""

import argparse

from cafe24.malls import mall_id
from cli.orders import add_mall_argument, opened_orders, report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `keep-warm`'s arguments."""
    add_mall_argument(parser)
    parser.add_argument("wanted", choices=("on", "off"), help="refresh it every hour, or not")


def run(arguments: argparse.Namespace) -> int:
    """Set the flag that the deployment refresh-tokens/keep-warm goes by."""
    mall = mall_id(arguments.mall_id)
    with opened_orders() as orders:
        obeyed = orders.keep_warm(mall, is_on=arguments.wanted == "on")
    line = f"keep-warm is {arguments.wanted}"
    report(obeyed, "keep_warm", line, as_json=arguments.json)
    return 0
