"""Reads the project's Markdown as GitHub shows it: code, links, headings and their anchors."""

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cafe24.settings import PROJECT

FOLDERS = ("docs", "examples", "deploy")
PAGES = sorted(
    page
    for found in [PROJECT.glob("*.md"), *(PROJECT.joinpath(one).rglob("*.md") for one in FOLDERS)]
    for page in found
    if "node_modules" not in page.parts
)

_FENCED = re.compile(r"^([ \t]*)(```+|~~~+)([^\n]*)\n(.*?)^\1\2[ \t]*$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\)")
_UNSPOKEN = re.compile(r"[^\w\- ]")

_ENDS = re.compile(r"\s*(?:&&|\|\||[;&#><)\n]|\|\s|$)")
"""What ends a command in a shell; a bar between two words is a choice."""


class Code(NamedTuple):
    """One line of code: a fenced one, or a span; `where` names page and line."""

    where: str
    text: str


def code(page: Path) -> Iterator[Code]:
    """Yield the page's code: fenced lines with their continuations joined, then spans."""
    text = page.read_text(encoding="utf-8")
    for block in _FENCED.finditer(text):
        joined = re.sub(r"\\\n\s*", " ", block[4])
        for line in joined.splitlines():
            yield Code(f"{page.name}, after line {_line(text, block.start())}", line.strip())
    prose = _without_fenced(text)
    for span in _SPAN.finditer(prose):
        words = " ".join(span[2].split()).replace("\\|", "|")
        yield Code(f"{page.name}, line {_line(prose, span.start())}", words)


def command_at(text: str, start: int) -> list[str]:
    """Return the words of the command that begins there."""
    rest, quote = text[start:], ""
    for place, sign in enumerate(rest):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif _ENDS.match(rest, place):
            rest = rest[:place]
            break
    try:
        return shlex.split(rest)
    except ValueError:
        return rest.split()


def links(page: Path) -> Iterator[Code]:
    """Yield where the page's links lead."""
    prose = _without_fenced(page.read_text(encoding="utf-8"))
    for link in _LINK.finditer(_SPAN.sub(lambda span: "." * len(span[0]), prose)):
        yield Code(f"{page.name}, line {_line(prose, link.start())}", link[1])


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the page's headings."""
    given: Counter[str] = Counter()
    found = set()
    for heading in _HEADING.findall(_without_fenced(page.read_text(encoding="utf-8"))):
        name = slug(heading)
        found.add(f"{name}-{given[name]}" if given[name] else name)
        given[name] += 1
    return found


def slug(heading: str) -> str:
    """Return the anchor of a heading: its words in small letters, dashes for spaces."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return _UNSPOKEN.sub("", words.strip().lower()).replace(" ", "-")


def _without_fenced(text: str) -> str:
    """Return the text with fenced blocks emptied; every line keeps its number."""
    return _FENCED.sub(lambda block: "\n" * block[0].count("\n"), text)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
