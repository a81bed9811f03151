"""docs/probes.md's commands do what it says, on a mall that can be told either way."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from cafe24.settings import PROJECT

MALL = "probemall"
PAGE = PROJECT / "docs" / "probes.md"
CHAPTER = re.compile(r"^## (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("bash")),
    reason="the probes are bash and curl, and one of them is not installed",
)


def blocks() -> dict[str, str]:
    """Return each chapter's commands by the number, or the first word, of its heading."""
    parts = CHAPTER.split(PAGE.read_text(encoding="utf-8"))
    return {
        heading.split()[0].rstrip("."): "".join(BLOCK.findall(text))
        for heading, text in zip(parts[1::2], parts[2::2], strict=True)
    }


@pytest.fixture
def mall(mall_server: dict[str, Any]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{mall_server['url']}/__sandbox__") as control:
        control.post("/malls", json={"mall_id": MALL})
        control.base_url = control.base_url.join(f"malls/{MALL}/")
        control.post("behaviour", json=AS_ASSUMED).raise_for_status()
        yield control


AS_ASSUMED = {
    "grace_s": 0,
    "reuse_detection": False,
    "old_access_token_dies": False,
    "token_limit": False,
}


def played(mall: httpx.Client, server: dict[str, Any], chapter: str, **more: str) -> str:
    """Run a chapter's commands with a fresh pair; return what they print."""
    pair = mall.post("pair", json={}).raise_for_status().json()
    told = blocks()
    done = subprocess.run(
        ["bash", "-uo", "pipefail", "-c", told["Getting"] + told[chapter]],
        env={
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "API": f"{server['url']}/{MALL}/api/v2",
            "MALL": MALL,
            "CLIENT_ID": server["client_id"],
            "CLIENT_SECRET": server["client_secret"],
            "R": pair["refresh_token"],
            **more,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == ""
    assert pair["refresh_token"] not in done.stdout
    return done.stdout


def statuses(printed: str) -> list[int]:
    return [int(code) for code in re.findall(r"HTTP/1\.1 (\d+)", printed)]


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        ({}, [200, 400, 200, 200]),
        ({"reuse_detection": True}, [200, 400, 401, 400]),
        ({"grace_s": 600}, [200, 200, 200, 200]),
    ],
    ids=["no grace", "family revoked", "grace"],
)
def test_a_grace_and_a_revoked_family_are_told_apart(
    mall: httpx.Client,
    mall_server: dict[str, Any],
    behaviour: dict[str, Any],
    expected: list[int],
) -> None:
    mall.post("behaviour", json=behaviour).raise_for_status()
    assert statuses(played(mall, mall_server, "1")) == expected


@pytest.mark.parametrize(("dies", "last"), [(False, 200), (True, 401)])
def test_the_old_access_tokens_fate_shows(
    mall: httpx.Client, mall_server: dict[str, Any], dies: bool, last: int
) -> None:
    mall.post("behaviour", json={"old_access_token_dies": dies}).raise_for_status()
    assert statuses(played(mall, mall_server, "2")) == [200, 200, last]


def test_a_dead_token_and_a_wrong_secret_are_told_apart_and_the_token_lives(
    mall: httpx.Client, mall_server: dict[str, Any]
) -> None:
    printed = played(mall, mall_server, "3")
    assert statuses(printed) == [400, 401, 200]
    assert "invalid_grant" in printed
    assert "client_secret" in printed


def test_the_tokens_times_are_printed_and_no_token(
    mall: httpx.Client, mall_server: dict[str, Any]
) -> None:
    printed = played(mall, mall_server, "4")
    assert re.findall(r'"(\w+_at)"', printed).count("issued_at") == 1
    assert "refresh_token_expires_at" in printed


def test_an_earlier_pair_is_tried_after_a_consent(
    mall: httpx.Client, mall_server: dict[str, Any]
) -> None:
    assert statuses(played(mall, mall_server, "5")) == [200, 200, 200]


def test_the_sixteenth_request_shows_the_limit(
    mall: httpx.Client, mall_server: dict[str, Any]
) -> None:
    mall.post("behaviour", json={"token_limit": True}).raise_for_status()
    assert 429 in statuses(played(mall, mall_server, "6"))


def test_a_full_bucket_shows_its_headers(mall: httpx.Client, mall_server: dict[str, Any]) -> None:
    printed = played(mall, mall_server, "7", CALLS="3")
    assert statuses(printed) == [200] * 5
    assert printed.lower().count("x-api-call-limit") == 4


def test_a_products_date_and_forbidden_parameters_show(
    mall: httpx.Client, mall_server: dict[str, Any]
) -> None:
    [product, *_] = mall.get("truth", params={"fields": "product_no"}).json()["products"]
    printed = played(mall, mall_server, "8", NO=str(product["product_no"]))
    assert '"updated_date"' in printed
    # The sandbox has no categories: what a missing scope answers is what Cafe24 is asked.
    assert statuses(played(mall, mall_server, "9")) == [200, 422, 404]


def test_every_chapter_with_commands_is_rehearsed() -> None:
    assert [name for name, text in blocks().items() if text] == [
        *("Getting", "1", "2", "3", "4", "5", "6", "7", "8", "9", "Afterwards")
    ]
