"""The readers' examples hold to what the keeper holds to, and cannot refresh."""

import json
import re
from pathlib import Path

import pytest

from cafe24.malls import MALL_ID_PATTERN
from cafe24.settings import PROJECT
from cafe24.tokens.need import MIN_LEFT
from examples.python import cafe24_access_token

EXAMPLES = PROJECT / "examples"
TYPESCRIPT = EXAMPLES / "nextjs" / "cafe24-access-token.ts"
FILES = [
    TYPESCRIPT,
    EXAMPLES / "python" / "cafe24_access_token.py",
    EXAMPLES / "curl" / "cafe24-get.sh",
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_an_example_names_neither_a_refresh_token_nor_the_token_endpoint(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "refresh_token" not in text
    assert "oauth/token" not in text


def test_the_margin_is_the_keepers() -> None:
    [minutes] = re.findall(r"MARGIN_MS = (\d+) \* 60_000", TYPESCRIPT.read_text(encoding="utf-8"))
    assert int(minutes) * 60 == MIN_LEFT.total_seconds()
    assert cafe24_access_token.MARGIN == MIN_LEFT


def test_a_mall_id_is_what_the_keeper_calls_one() -> None:
    text = TYPESCRIPT.read_text(encoding="utf-8")
    assert f"MALL_ID = /{MALL_ID_PATTERN}/;" in text
    assert f"^{cafe24_access_token.MALL_ID.pattern}$" == MALL_ID_PATTERN


def test_the_typescript_needs_nothing_but_fetch() -> None:
    assert "import " not in re.sub(
        r"/\*.*?\*/", "", TYPESCRIPT.read_text(encoding="utf-8"), flags=re.DOTALL
    )


def test_the_lock_file_has_hashes_and_names_no_registry() -> None:
    lock = json.loads((EXAMPLES / "nextjs" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert packages
    assert all("integrity" in one and "resolved" not in one for one in packages.values())
    assert "http" not in json.dumps(lock)
