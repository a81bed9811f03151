"""Connects to PostgreSQL; where all of its connections are taken, waits a moment for one.

Runs begin together by the clock, and each has its connections for seconds. A server that
has none free now most likely has one soon; one that stays full is said, and not waited for.
"""

import random
import time
from typing import Any

from cafe24.database.failures import are_all_taken

FULL_WAIT_S = 10.0
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0


def connected(dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
    """Return a connection of the driver's: SQLAlchemy's event `do_connect`.

    Raises:
        dialect.loaded_dbapi.Error: refused, or still full after FULL_WAIT_S.
    """
    gives_up_at = time.monotonic() + FULL_WAIT_S
    pause = FIRST_PAUSE_S
    while True:
        try:
            return dialect.connect(*arguments, **options)
        except dialect.loaded_dbapi.OperationalError as refusal:
            if not are_all_taken(refusal) or time.monotonic() + pause > gives_up_at:
                raise
        # Those that were refused together do not come again together.
        time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - no secret
        pause = min(2 * pause, LONGEST_PAUSE_S)
