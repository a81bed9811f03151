"""Every command in the documents is one that there is, with every option that it names."""

import argparse
import importlib.util
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from cafe24.settings import PROJECT
from cli.main import COMMANDS, _parser
from tests import markdown
from tests.markdown import PAGES, command_at

MANAGE = re.compile(r"manage\.py ")
MODULE = re.compile(r"python -m ([\w.]+)")
MAKE = re.compile(r"(?:^|&& |; )make ([a-z]+)\b(?: ARGS='([^']*)')?")
MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
OPTION = re.compile(r"--?[a-z][a-z-]*")
UNSAID = re.compile(r"[\[\]|]|\.\.\.|\b[A-Z][A-Z_]*\b")
"""What leaves something open: a choice, a place to fill in."""


def options(words: list[str]) -> list[str]:
    """Return the options among a command's words, those in brackets too."""
    return [
        found[0]
        for word in words
        for part in re.split(r"[\[\]|]", word)
        if (found := OPTION.match(part))
    ]


@cache
def parser(name: str) -> argparse.ArgumentParser:
    whole, command = _parser([name])
    assert command is not None
    [commands] = [one for one in whole._actions if isinstance(one, argparse._SubParsersAction)]
    found: argparse.ArgumentParser = commands.choices[name]
    return found


def flaw(words: list[str]) -> str:
    """Return what is wrong with the words after `manage.py`; empty when nothing is."""
    name = words[0] if words else ""
    if name in {"--help", "COMMAND", "..."}:
        return ""
    if name not in COMMANDS:
        return f"there is no command {name!r}"
    unknown = [one for one in options(words[1:]) if one not in parser(name)._option_string_actions]
    if unknown:
        return f"{name} has no {unknown[0]}"
    if any(UNSAID.search(word) for word in words) or "--help" in words:
        return ""
    try:
        parser(name).parse_args(words[1:])
    except SystemExit:
        # `refresh` in running text names the command, and says nothing of its words.
        return f"{name} does not take {words[1:]}" if words[1:] else ""
    return ""


def told(page: Path) -> list[tuple[str, list[str]]]:
    """Return every command of manage.py that a page names, and where."""
    return [
        (where, command_at(text, found.end()))
        for where, text in markdown.code(page)
        for found in MANAGE.finditer(text)
    ]


@cache
def said_by(*words: str) -> str:
    """Return what a module's --help says."""
    done = subprocess.run(
        [sys.executable, "-m", *words, "--help"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@each_page
def test_every_command_of_manage_py_is_one_it_takes(page: Path) -> None:
    flaws = {
        f"{where}: {' '.join(words)}: {flaw(words)}" for where, words in told(page) if flaw(words)
    }
    assert not flaws


@each_page
def test_every_module_that_is_run_is_there_with_its_options(page: Path) -> None:
    for where, text in markdown.code(page):
        for found in MODULE.finditer(text):
            assert importlib.util.find_spec(found[1]), f"{where}: {found[1]}"
            if found[1] == "prefect":
                continue
            words = command_at(text, found.end())
            named = options(words)
            parts = [word for word in words[:1] if re.fullmatch(r"[a-z]+", word)]
            help_text = said_by(found[1], *parts) if named else ""
            assert [one for one in named if one not in help_text] == [], f"{where}: {text}"


@each_page
def test_every_make_target_is_there_and_takes_what_it_is_given(page: Path) -> None:
    for where, text in markdown.code(page):
        for target, words in MAKE.findall(text):
            assert target in TARGETS, f"{where}: make {target}"
            if target in COMMANDS and options(shlex.split(words)):
                assert flaw([target, *shlex.split(words)]) == "", f"{where}: {text}"


def test_the_readmes_table_has_every_command_and_only_options_that_there_are() -> None:
    rows = re.findall(r"^\| (`[a-z].*?) \|(?=[^|`]*[a-z])", _table("## Commands"), re.MULTILINE)
    named = [
        words.replace("\\|", "|").split() for row in rows for words in re.findall(r"`([^`]+)`", row)
    ]
    assert {words[0] for words in named} == set(COMMANDS)
    assert [flaw(words) for words in named if flaw(words)] == []


def _table(heading: str) -> str:
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    return text.partition(f"\n{heading}\n")[2].partition("\n## ")[0].replace("\\|", "\\\\|")


def test_there_are_commands_to_look_at() -> None:
    assert sum(len(told(page)) for page in PAGES) > 100


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("refesh samplemall", "there is no command 'refesh'"),
        ("refresh samplemall --forced", "refresh has no --forced"),
        ("refresh MALL|--all [--forced]", "refresh has no --forced"),
        ("keep-warm samplemall maybe", "keep-warm does not take"),
        ("sync samplemall --full --stock", "sync does not take"),
        ("refresh samplemall --force; echo --nothing", ""),
        ("status --prometheus > FILE.tmp && mv --none", ""),
        ("sync MALL|--all [--full|--stock]", ""),
    ],
)
def test_a_wrong_command_is_found(line: str, what: str) -> None:
    found = flaw(command_at(line, 0))
    assert found.startswith(what)
    assert bool(found) == bool(what)
