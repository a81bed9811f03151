"""Runs the steps of deploy/Dockerfile in an empty folder, where there is no docker.

Usage: python -m tests.image_rehearsal FOLDER. It needs what `make install` needs. The image's
paths are made of FOLDER, its user is not made, and what git does not know is not copied. It
ends with what must come out of an image: the commands start, from files that nobody may write.
"""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from cafe24.settings import PROJECT
from tests.dockerfile import Instruction, instructions, last

NOT_HERE = re.compile(r"groupadd|useradd")
"""Steps that would change this machine."""


def main(root: Path) -> None:
    """Rehearse, and say what each step took."""
    root.mkdir()
    folder = root
    for one in instructions():
        if one.name == "WORKDIR":
            folder = moved(one.words[0], root)
            folder.mkdir(parents=True, exist_ok=True)
        elif one.name == "COPY" and "--from=" not in one.rest:
            copy(one, folder)
        elif one.name == "RUN" and not NOT_HERE.search(one.rest):
            done(["sh", "-c", str(moved(one.rest, root))], folder)
    for command in (["manage.py", "--help"], ["-m", "prefect", "version"]):
        done([".venv/bin/python", *command], folder)
    done([".venv/bin/python", "deploy/first_process.py", *last("CMD").words, "--help"], folder)


def moved(text: str, root: Path) -> Path:
    """Return the text with the image's paths in the folder."""
    return Path(re.sub(r"(?<![\w.])/opt/", f"{root}/opt/", text))


def copy(one: Instruction, folder: Path) -> None:
    """Copy what git knows of it."""
    *sources, target = one.words
    for file in known(sources):
        is_folder = len(sources) > 1 or target.endswith("/")
        to = folder / target / file.name if is_folder else folder / file
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / file, to)


def known(sources: list[str]) -> Iterator[Path]:
    """Yield the files that git has under these names."""
    line = ["git", "ls-files", "--", *sources]
    said = subprocess.run(line, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    yield from map(Path, said.splitlines())


def done(command: list[str], folder: Path) -> None:
    """Run it, and say how long it took."""
    begun = time.monotonic()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    print(f"{time.monotonic() - begun:5.1f} s  {' '.join(command)[:120]}")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
