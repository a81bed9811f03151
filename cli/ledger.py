"""The ledger as commands use it: best effort, said when it fails, never fatal.

Here and in its users SQL is imported only once there is something to write or to
ask: it costs a second, and a refresh without a grant needs none of it.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cafe24.errors import CafeError
from cafe24.malls import MallId
from cafe24.settings import Settings
from cafe24.tokens.outcome import GrantRecord
from cli.output import print_note

if TYPE_CHECKING:
    from cafe24.tokens.ledger import Ledger


def write_ledger(settings: Settings, records: Sequence[GrantRecord]) -> None:
    """Append what was granted."""
    if not records:
        return
    try:
        with _opened(settings) as ledger:
            for record in records:
                ledger.append(record)
    except CafeError as failure:
        print_note(f"The ledger was not written; the tokens are safe. {failure}")


def known_generations(settings: Settings, mall: MallId) -> dict[str, int]:
    """Return the ledger's highest generation of each lineage; none when it cannot be asked."""
    try:
        with _opened(settings) as ledger:
            return ledger.known(mall)
    except CafeError as failure:
        print_note(f"The ledger was not asked; Vault's own count serves. {failure}")
        return {}


@contextlib.contextmanager
def _opened(settings: Settings) -> Iterator["Ledger"]:
    """Open the ledger; a database that is quite new gets its tables first."""
    from cafe24.database.engine import is_empty, open_engine  # noqa: PLC0415 - see above
    from cafe24.tokens.ledger import Ledger  # noqa: PLC0415

    url = settings.database_url.get_secret_value()
    engine = open_engine(url)
    try:
        if is_empty(engine):
            from cafe24.database.migrate import upgrade  # noqa: PLC0415 - Alembic, this once

            upgrade(url)
        yield Ledger(engine)
    finally:
        engine.dispose()
