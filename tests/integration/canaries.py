"""Every secret of a shop's world, and everything in which one could show itself."""

import contextlib
import io
import logging
import pickle
import sqlite3
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import make_url

from tests.integration.surroundings import Shop

LOGGERS = ("", "prefect", "urllib3", "httpx", "httpcore", "hvac", "cafe24", "sqlalchemy.engine")
SHORTEST = 12


def secrets_of(shop: Shop, malls: Iterable[str], *others: str) -> frozenset[str]:
    """Return every token and code that these malls gave or were shown, and what else is given."""
    found = set(others)
    for mall in malls:
        answer = shop.malls.get(f"/__sandbox__/malls/{mall}/grants").raise_for_status()
        for grant in answer.json()["grants"]:
            found |= {grant["presented"], grant["issued"]}
        truth = shop.malls.get(f"/__sandbox__/malls/{mall}/truth?fields=product_no").json()
        found |= {one["token"] for one in [*truth["access_tokens"], *truth["refresh_tokens"]]}
    return frozenset(secret for secret in found if len(secret) >= SHORTEST)


def shown_by(failure: BaseException) -> str:
    """Return everything that an exception shows: its texts, its pickle, its frames' locals."""
    told = traceback.TracebackException.from_exception(failure, capture_locals=True)
    return "\n".join(
        [str(failure), repr(failure), repr(pickle.dumps(failure)), *told.format(chain=True)]
    )


@contextlib.contextmanager
def heard_at_debug() -> Iterator[io.StringIO]:
    """Let every logger say everything; yield what they said."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s"))
    before = [(logging.getLogger(name), logging.getLogger(name).level) for name in LOGGERS]
    for logger, _ in before:
        logger.setLevel(logging.DEBUG)
        logger.addHandler(handler)
    try:
        yield said
    finally:
        for logger, level in before:
            logger.removeHandler(handler)
            logger.setLevel(level)


def rows_of(file: Path) -> str:
    """Return every row that a SQLite database shows; not what was deleted from it."""
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        return "\n".join(database.iterdump())


def files_in(*folders: Path) -> bytes:
    """Return what all files of these folders hold."""
    files = (file for folder in folders for file in folder.rglob("*") if file.is_file())
    return b"\n".join(file.read_bytes() for file in files)


def database_file(url: str) -> Path:
    """Return where a SQLite database is."""
    return Path(str(make_url(url).database))


def hits(secrets: Iterable[str], *places: str | bytes) -> list[str]:
    """Return how each secret begins that stands in one of these places."""
    texts = [one.encode() if isinstance(one, str) else one for one in places]
    return sorted(secret[:4] for secret in secrets if any(secret.encode() in one for one in texts))
