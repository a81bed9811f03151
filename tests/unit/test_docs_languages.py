"""What stands in two languages says the same: headings, tables, commands, names and links."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from cafe24.settings import PROJECT

PAIRS = ("README", "docs/verification")
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#+) ", re.MULTILINE)
ITEM = re.compile(r"^( *)(\d+\.|-) ", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
KOREAN = re.compile(r"[가-힣]")


def english(page: str) -> str:
    return (PROJECT / f"{page}.md").read_text(encoding="utf-8")


def korean(page: str) -> str:
    return (PROJECT / f"{page}.ko.md").read_text(encoding="utf-8")


def prose(text: str) -> str:
    """Return the page without its code blocks."""
    return BLOCK.sub("", text)


def tables(text: str) -> Iterator[list[int]]:
    """Yield each table as the number of columns of its rows."""
    rows: list[int] = []
    for line in [*prose(text).splitlines(), ""]:
        if line.startswith("|"):
            rows.append(len(re.findall(r"(?<!\\)\|", line)) - 1)
        elif rows:
            yield rows
            rows = []


def commands(text: str) -> list[tuple[str, str]]:
    """Return the blocks in order; of a drawing, whose labels are words, the number of its lines."""
    return [
        (kind, str(len(body.splitlines())) if kind == "mermaid" else body)
        for kind, body in BLOCK.findall(text)
    ]


def targets(text: str) -> Counter[str]:
    """Return where the links lead, and the files that stand in their texts, language aside."""
    parts = (part for link in LINK.findall(prose(text)) for part in link if is_place(part))
    found = (part.replace(".ko.md", ".md") for part in parts)
    return Counter(re.sub(r"#.*[가-힣].*|#\d-.*", "#chapter", part) for part in found)


def is_place(part: str) -> bool:
    return "/" in part or "#" in part or part.endswith((".md", ".py", ".toml", ".yaml"))


@pytest.mark.parametrize("page", PAIRS)
def test_the_headings_have_the_same_levels(page: str) -> None:
    assert HEADING.findall(prose(korean(page))) == HEADING.findall(prose(english(page)))


@pytest.mark.parametrize("page", PAIRS)
def test_the_tables_have_the_same_sizes(page: str) -> None:
    assert list(tables(korean(page))) == list(tables(english(page)))


@pytest.mark.parametrize("page", PAIRS)
def test_the_lists_have_the_same_items(page: str) -> None:
    assert ITEM.findall(prose(korean(page))) == ITEM.findall(prose(english(page)))


@pytest.mark.parametrize("page", PAIRS)
def test_the_commands_are_the_same(page: str) -> None:
    assert commands(korean(page)) == commands(english(page))


@pytest.mark.parametrize("page", PAIRS)
def test_the_same_names_stand_in_code(page: str) -> None:
    assert Counter(CODE.findall(prose(korean(page)))) == Counter(CODE.findall(prose(english(page))))


@pytest.mark.parametrize("page", PAIRS)
def test_the_links_lead_to_the_same_places(page: str) -> None:
    assert targets(korean(page)) == targets(english(page))


@pytest.mark.parametrize("page", PAIRS)
def test_each_page_leads_to_the_other_and_is_in_its_language(page: str) -> None:
    name = Path(page).name
    assert f"]({name}.ko.md)" in english(page)
    assert f"]({name}.md)" in korean(page)
    assert len(KOREAN.findall(korean(page))) > len(korean(page)) / 10
    assert len(KOREAN.findall(english(page))) < len(english(page)) / 100


@pytest.mark.parametrize("page", PAIRS)
def test_a_test_that_is_named_stands_in_the_file_that_its_link_leads_to(page: str) -> None:
    text = prose(korean(page))
    linked = re.findall(r"\[`(test_\w+)`\]\(([^)]+)\)", text)
    assert len(linked) == len(re.findall(r"`test_\w+`", text))
    folder = (PROJECT / page).parent
    for name, link in linked:
        assert f"def {name}(" in (folder / link).read_text(encoding="utf-8"), name
