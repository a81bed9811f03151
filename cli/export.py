"""`manage.py export MALL|--all`: a product table as CSV, from the database alone."""

import argparse

from cafe24.database.engine import open_engine
from cafe24.errors import UsageError
from cafe24.malls import mall_id
from cafe24.products.export import TABLES, known_malls, write_csv
from cafe24.settings import Settings
from cli.output import print_json, print_note
from cli.whole_file import STDOUT, written_whole


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `export`'s arguments."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("mall_id", nargs="?", metavar="MALL", help="the mall's id")
    which.add_argument("--all", action="store_true", help="every mall that the database holds")
    parser.add_argument(
        "--table", choices=TABLES, default="product", help="which table (default: product)"
    )
    parser.add_argument(
        "--output", metavar="FILE", default=STDOUT, help="where to; - is stdout (default)"
    )
    parser.add_argument("--force", action="store_true", help="overwrite the file")
    parser.add_argument(
        "--excel",
        action="store_true",
        help="for spreadsheets: a byte order mark, and no text that runs as a formula",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Write the rows; say how many on stderr, or as JSON."""
    if arguments.json and arguments.output == STDOUT:
        raise UsageError("--json and the rows cannot share stdout.", "Name a file with --output.")
    wanted = None if arguments.all else mall_id(arguments.mall_id)
    settings = Settings.load()
    engine = open_engine(settings.database_url.get_secret_value())
    try:
        malls = known_malls(engine, wanted)
        with written_whole(arguments.output, overwrite=arguments.force) as file:
            rows = write_csv(engine, arguments.table, malls, file, for_excel=arguments.excel)
    finally:
        engine.dispose()
    if arguments.json:
        told = {"table": arguments.table, "malls": malls, "output": arguments.output, "rows": rows}
        print_json(told)
    else:
        where = "stdout" if arguments.output == STDOUT else arguments.output
        print_note(f"{rows:,} rows of {arguments.table} written to {where}.")
    return 0
