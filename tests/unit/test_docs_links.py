"""Every link in the documents leads to a file that is there, and to a heading that is there."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from cafe24.settings import PROJECT
from tests import markdown
from tests.markdown import PAGES

OUTSIDE = ("http://", "https://", "mailto:")
FILE = re.compile(
    r"(?<![\w./{}-])((?:deploy|docs|examples|tests|cafe24|blocks|tasks|flows|cli|demo|sandbox|benchmarks)"
    r"/[\w./-]+\.(?:py|md|hcl|sql|toml|yaml|ts|sh|env|service|timer))(?:#([\w-]+))?"
)


def dead(page: Path) -> list[str]:
    """Return the page's links that lead nowhere."""
    found = []
    for where, link in markdown.links(page):
        if link.startswith(OUTSIDE):
            continue
        file, _, anchor = unquote(link).partition("#")
        target = (page.parent / file).resolve() if file else page
        is_there = target.exists()
        if is_there and anchor:
            is_there = target.suffix == ".md" and anchor in markdown.anchors(target)
        if not is_there:
            found.append(f"{where}: {link}")
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert dead(page) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_in_code_is_there(page: Path) -> None:
    for where, text in markdown.code(page):
        for file, anchor in FILE.findall(text):
            target = PROJECT / file
            assert target.exists(), f"{where}: {file}"
            assert not anchor or anchor in markdown.anchors(target), f"{where}: {file}#{anchor}"


def test_there_are_pages_and_links() -> None:
    assert sum(1 for page in PAGES for _ in markdown.links(page)) > 30


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One `two`: three\n\n# Same\n# Same\n\n"
        "[a](#one-two-three) [b](#same-1) [c](page.md#same)\n"
        "[d](#same-2) [e](other.md) [f](page.md#no) `[g](h.md)`\n\n"
        "```\n# No heading\n[i](j.md)\n```\n"
        "[k](#no-heading) [l](https://example.com/#m)\n"
    )
    assert [link.rpartition(" ")[2] for link in dead(page)] == [
        "#same-2",
        "other.md",
        "page.md#no",
        "#no-heading",
    ]


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("After Vault was restored", "after-vault-was-restored"),
        ("`token_grant`", "token_grant"),
        ("Prefect's own settings", "prefects-own-settings"),
        ("Who tells, and when?", "who-tells-and-when"),
        ("[alerts](alerts.md) & more", "alerts--more"),
        ("한국어 제목", "한국어-제목"),
    ],
)
def test_an_anchor_is_what_github_makes_of_a_heading(heading: str, anchor: str) -> None:
    assert markdown.slug(heading) == anchor
