"""`manage.py pause MALL`: no token of the mall is spent until somebody resumes it."""

import argparse

from cafe24.malls import mall_id
from cli.orders import add_mall_argument, opened_orders, report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `pause`'s arguments."""
    add_mall_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Pause the mall, and say until when its refresh token lives all the same."""
    mall = mall_id(arguments.mall_id)
    with opened_orders() as orders:
        obeyed = orders.pause(mall)
    ends = f"{obeyed.stored.document.refresh_expires_at:%Y-%m-%d %H:%M} UTC"
    line = f"paused. Its refresh token ends at {ends}: resume it before."
    report(obeyed, "paused", line, as_json=arguments.json)
    return 0
