"""Makes docs/tables.md: `python -m cafe24.database.dictionary > docs/tables.md`."""

import html
import sys
from collections.abc import Iterator

from sqlalchemy import Column, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite

from cafe24.database.declared import VIEW, VIEWED, declared_tables, meanings

HEAD = """\
# The tables

What stands in the database, column by column. `make tables` makes this page from
`cafe24/database/meanings.toml` and the code's own tables, and a test compares it with both
databases. Ready questions: [queries.md](queries.md).

How values are kept:

| Kind | SQLite | PostgreSQL |
| --- | --- | --- |
| money | exact text with two decimals, `29900.00` | `NUMERIC(18, 2)` |
| other decimals | exact text as they came, `0.125` | `NUMERIC` |
| time | sortable UTC text, `2026-11-23T05:05:41.000000Z` | `TIMESTAMP WITH TIME ZONE` |
| flag | 1 and 0; Cafe24 writes T and F | `BOOLEAN` |
| list, object | JSON as text | `JSON` |

"The shop's currency" is what the shop sells in; Cafe24's product records do not name it. Text
that the mall left empty is empty or NULL, as Cafe24 wrote it; an empty number, flag or time is
NULL. "Detail only" columns are NULL until the product's detail was read, which is done for a few
products a run (`CAFE24_DETAIL_CALLS_PER_RUN`). Times named `_at` are ours; those named `_date`
are Cafe24's.
"""

# SQLAlchemy declares no types for the two.
_DIALECTS: tuple[Dialect, ...] = (sqlite.dialect(), postgresql.dialect())  # type: ignore[no-untyped-call]


def page() -> str:
    """Return the page.

    Raises:
        KeyError: a table or a column has no meaning.
    """
    tables = sorted(declared_tables().sorted_tables, key=_place)
    return "\n".join([HEAD, *(line for table in tables for line in _chapter(table))])


def _place(table: Table) -> int:
    """Return the table's place among the meanings, which are sorted for a reader."""
    return list(meanings()["tables"]).index(table.name)


def _chapter(table: Table) -> Iterator[str]:
    yield f"## {table.name}\n\n{table.comment}\n"
    yield "| Column | SQLite | PostgreSQL | NULL | Meaning |\n| --- | --- | --- | --- | --- |"
    yield from map(_row, table.columns)
    yield ""
    if table.name == VIEWED:
        yield f"## {VIEW}\n\n{meanings()['tables'][VIEW]}\n"


def _row(column: Column[object]) -> str:
    types = " | ".join(f"`{column.type.compile(dialect)}`" for dialect in _DIALECTS)
    meaning = html.escape(column.comment or "", quote=False)
    null = "key" if column.primary_key else "yes" if column.nullable else "no"
    return f"| `{column.name}` | {types} | {null} | {meaning} |"


if __name__ == "__main__":
    sys.stdout.write(page())
