"""Reads deploy/Dockerfile as the builder does, as far as tests ask."""

import re
import shlex
from typing import NamedTuple

from cafe24.settings import PROJECT

FILE = PROJECT / "deploy" / "Dockerfile"


class Instruction(NamedTuple):
    """One instruction, its lines joined: `COPY` and `blocks blocks`."""

    name: str
    rest: str

    @property
    def words(self) -> list[str]:
        """Its words, without options such as `--from=...`."""
        if self.rest.startswith("["):
            return re.findall(r'"([^"]*)"', self.rest)
        return [word for word in shlex.split(self.rest) if not word.startswith("--")]


def instructions() -> list[Instruction]:
    """Return the file's instructions in order."""
    lines = [
        line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [Instruction(*line.split(maxsplit=1)) for line in joined.splitlines() if line]


def copied() -> list[tuple[list[str], str]]:
    """Return what is copied from the project, and to where, step by step."""
    return [
        (one.words[:-1], one.words[-1])
        for one in instructions()
        if one.name == "COPY" and "--from=" not in one.rest
    ]


def last(name: str) -> Instruction:
    """Return the last instruction of a name, which is the one that holds."""
    return [one for one in instructions() if one.name == name][-1]
