"""Where a command writes: a file that is there whole or not at all, or stdout."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from cafe24.errors import UsageError

STDOUT = "-"


@contextlib.contextmanager
def written_whole(output: str, *, overwrite: bool) -> Iterator[TextIO]:
    """Open `output` to write UTF-8; lines are written as they are.

    A file is written beside its place and moved there at the end, so nobody ever reads
    half of it.

    Raises:
        UsageError: it is there already, or cannot be written; nothing is left of it.
    """
    with _told(output):
        if output == STDOUT:
            with _stdout() as file:
                yield file
        else:
            with _beside(Path(output).resolve(), overwrite=overwrite) as file:
                yield file


@contextlib.contextmanager
def _beside(place: Path, *, overwrite: bool) -> Iterator[TextIO]:
    if place.exists() and not (overwrite and place.is_file()):
        raise UsageError(
            f"{place} is there already.",
            "Name another file, or overwrite it with --force."
            if place.is_file()
            else "Name a file with --output.",
        )
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with part.open("x", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def _stdout() -> Iterator[TextIO]:
    file = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
    try:
        yield file
        file.flush()
    except OSError:
        # What is left in memory goes nowhere, here and when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise
    finally:
        file.detach()


@contextlib.contextmanager
def _told(output: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as refusal:
        where = "stdout" if output == STDOUT else output
        raise UsageError(
            f"{where} cannot be written: {refusal.strerror}.",
            "Free space, or name another place with --output; what is there is not whole."
            if output == STDOUT
            else "Free space, or name another place with --output; nothing was left there.",
        ) from None
