"""`manage.py demo`: the whole story on a machine that has nothing."""

import argparse
import signal
import threading
from pathlib import Path

from cafe24.database.engine import checked_database_url
from cafe24.errors import CafeError, UsageError
from cli.output import print_json, print_note
from demo.sandbox_world import start_sandbox
from demo.stage import Stage, only_these
from demo.telling import Telling

PRODUCTS = 1200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `demo`'s arguments."""
    parser.add_argument(
        "--keep", action="store_true", help="leave everything up until Ctrl-C, print addresses"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    parser.add_argument(
        "--products", type=Path, metavar="FILE", help="serve these records (JSON) as the mall's"
    )
    parser.add_argument("--database", metavar="URL", help="keep the tables here")


def run(arguments: argparse.Namespace) -> int:
    """Tell the story; 0 when every step came out as expected."""
    _refuse_bad(arguments)
    # Asked to end in any way, it cleans up; a background job's SIGINT is ignored by default.
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.default_int_handler)
    telling = Telling(as_json=arguments.json)
    with Stage() as stage:
        urls = _told(stage, telling, arguments)
        telling.table()
        if arguments.json:
            print_json(telling.report(urls))
        if arguments.keep and urls:
            _leave_up(urls)
    return 0 if telling.ok else 1


def _told(stage: Stage, telling: Telling, arguments: argparse.Namespace) -> dict[str, str]:
    """Raise the world and tell the story; return the addresses, if there are any."""
    urls: dict[str, str] = {}
    try:
        with telling.step("Start a mall, a Vault and a Slack") as step:
            sandbox = start_sandbox(
                stage,
                products=arguments.products,
                product_count=PRODUCTS,
                database_url=arguments.database,
            )
            urls.update(sandbox.urls())
            step.check("three servers", "three servers on loopback", ok=True)
        with only_these(sandbox.environment):
            # Prefect reads its settings when it is imported: not before they stand.
            from demo.story import tell_all  # noqa: PLC0415

            tell_all(stage, sandbox, telling, gives_records=arguments.products is not None)
    except CafeError as error:
        print_note(str(error))
    return urls


def _refuse_bad(arguments: argparse.Namespace) -> None:
    if arguments.products is not None and not arguments.products.is_file():
        raise UsageError(f"There is no file {arguments.products}.", "Give --products a JSON file.")
    if arguments.database is not None:
        checked_database_url(arguments.database)


def _leave_up(urls: dict[str, str]) -> None:
    for name, url in urls.items():
        print_note(f"  {name:9} {url}")
    print_note("Everything stays up until Ctrl-C.")
    threading.Event().wait()
