"""The command line of the mall: what it is told, and what it says when it is ready."""

import argparse
import contextlib
import sys
from functools import partial
from pathlib import Path
from typing import Any

from sandbox.mall.app import build_app
from sandbox.mall.catalogue.given import UnusableFile, read_records
from sandbox.mall.mall import Stock
from sandbox.mall.oauth.registration import invent_registration
from sandbox.mall.sizes import EVEN, SKEWED
from sandbox.mall.world import World
from sandbox.server import EXIT_USAGE, serve

_PRODUCTS = 300
_SEED = 24
_MALLS_TOLD = 20
_MOST_DIGITS = 9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the mall can be told on the command line."""
    parser.add_argument("--products", type=Path, metavar="FILE", help="serve these, as they are")
    parser.add_argument(
        "--product-count", type=_count, default=_PRODUCTS, metavar="N", help="to invent per mall"
    )
    parser.add_argument(
        "--sizes", choices=(EVEN, SKEWED), default=EVEN, help="skewed: most 50 products, few 50,000"
    )
    parser.add_argument(
        "--bad-share", type=_share, default=0.0, metavar="SHARE", help="of the malls, in trouble"
    )
    parser.add_argument("--malls", type=_some, default=1, metavar="N", help="how many malls")
    parser.add_argument("--seed", type=int, default=_SEED, metavar="N", help="of what is invented")


def run(arguments: argparse.Namespace) -> None:
    """Serve the malls until SIGTERM; a file that cannot be used ends with exit code 2."""
    try:
        records = read_records(arguments.products) if arguments.products else None
    except UnusableFile as refusal:
        print(refusal, file=sys.stderr)
        raise SystemExit(EXIT_USAGE) from None
    is_skewed = arguments.sizes == SKEWED
    stock = Stock(arguments.seed, arguments.product_count, records, is_skewed=is_skewed)
    world = World(invent_registration(arguments.seed), stock, arguments.malls)
    world.trouble_share(arguments.bad_share)
    serve(build_app(world), port=arguments.port, ready=partial(_ready, world))


def _ready(world: World, url: str) -> dict[str, Any]:
    return {
        "api_url": f"{url}/{{mall_id}}",
        "client_id": world.app.client_id,
        "client_secret": world.app.client_secret,
        "redirect_uri": world.app.redirect_uris[0],
        "scopes": list(world.app.scopes),
        "malls": world.mall_ids(_MALLS_TOLD),
        "mall_count": len(world),
    }


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of anything")
    return int(text)


def _share(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 <= (share := float(text)) <= 1:
            return share
    raise argparse.ArgumentTypeError(f"{text!r} is no share: a number from 0 to 1")


def _some(text: str) -> int:
    if number := _count(text):
        return number
    raise argparse.ArgumentTypeError("at least one mall is there")
