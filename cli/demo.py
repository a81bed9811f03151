"""`manage.py demo`: the whole story on a machine that has nothing."""

import argparse
import signal
import threading
from pathlib import Path

from cafe24.database.engine import checked_database_url
from cafe24.errors import CafeError, UsageError
from cafe24.settings import Settings
from cli.output import print_json, print_note
from demo.sandbox_world import Sandbox, start_sandbox
from demo.stage import Stage, only_these
from demo.telling import Telling
from demo.vault_room import outside_settings

PRODUCTS = 1200
SERVERS = ["mall", "Vault", "Slack"]


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
    parser.add_argument(
        "--vault",
        action="store_true",
        help="use the Vault of VAULT_ADDR and VAULT_TOKEN, in a mount that is removed at the end",
    )


def run(arguments: argparse.Namespace) -> int:
    """Tell the story; 0 when every step came out as expected."""
    _refuse_bad(arguments)
    outside_vault = outside_settings() if arguments.vault else None
    # Asked to end in any way, it cleans up; a background job's SIGINT is ignored by default.
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.default_int_handler)
    telling = Telling(as_json=arguments.json)
    urls: dict[str, str] = {}
    with Stage() as stage:
        failure = _failure(stage, telling, arguments, outside_vault, urls)
        telling.table()
        if arguments.json:
            print_json(telling.report(urls))
        if failure:
            print_note(f"The demo failed. {failure}")
        if arguments.keep and urls:
            _leave_up(urls, stage)
    return failure.exit_code if failure else 0


def _failure(
    stage: Stage,
    telling: Telling,
    arguments: argparse.Namespace,
    outside_vault: Settings | None,
    urls: dict[str, str],
) -> CafeError | None:
    """Raise the world and tell the story; return what ended it early, if anything did."""
    telling.opening()
    try:
        sandbox = _started(stage, telling, arguments, outside_vault)
        urls.update(sandbox.urls())
        with only_these(sandbox.environment, stage.home):
            # Prefect reads its settings when it is imported: not before they stand.
            from demo.story import tell_all  # noqa: PLC0415

            gives_records = arguments.products is not None
            tell_all(stage, sandbox, telling, gives_records=gives_records, keeps=arguments.keep)
    except CafeError as failure:
        return failure
    return None


def _started(
    stage: Stage, telling: Telling, arguments: argparse.Namespace, outside_vault: Settings | None
) -> Sandbox:
    """Raise the world around our flows."""
    with telling.step("Start a mall, a Vault and a Slack") as step:
        sandbox = start_sandbox(
            stage,
            products=arguments.products,
            product_count=PRODUCTS,
            database_url=arguments.database,
            outside_vault=outside_vault,
        )
        answering = sandbox.answering()
        step.check(
            f"{', '.join(SERVERS)} answer",
            f"{', '.join(answering)} answer",
            ok=answering == SERVERS,
        )
    return sandbox


def _refuse_bad(arguments: argparse.Namespace) -> None:
    if arguments.products is not None and not arguments.products.is_file():
        raise UsageError(f"There is no file {arguments.products}.", "Give --products a JSON file.")
    if arguments.database is not None:
        checked_database_url(arguments.database)


def _leave_up(urls: dict[str, str], stage: Stage) -> None:
    """Wait to be stopped, which is how this is meant to end."""
    for name, url in {**urls, "logs": str(stage.home)}.items():
        print_note(f"  {name:9} {url}")
    print_note("Everything stays up until Ctrl-C.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print_note("Stopping ...")
