"""Blocks are judged by Slack's documented limits, at the limit and one beyond it."""

from typing import Any

import pytest

from sandbox.slack.block_rules import is_too_long, judge


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn(text)}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain("Go"), **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def address(length: int) -> str:
    return "https://a.example/".ljust(length, "x")


LIMITS: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], str]] = {
    "blocks": ([section("x")] * 50, [section("x")] * 51, ""),
    "header": (
        [{"type": "header", "text": plain("x" * 150)}],
        [{"type": "header", "text": plain("x" * 151)}],
        "/0/text/text",
    ),
    "section text": ([section("x" * 3000)], [section("x" * 3001)], "/0/text/text"),
    "fields": (
        [{"type": "section", "fields": [mrkdwn("x")] * 10}],
        [{"type": "section", "fields": [mrkdwn("x")] * 11}],
        "/0/fields",
    ),
    "field": (
        [{"type": "section", "fields": [mrkdwn("x" * 2000)]}],
        [{"type": "section", "fields": [mrkdwn("x"), mrkdwn("x" * 2001)]}],
        "/0/fields/1/text",
    ),
    "context": (
        [{"type": "context", "elements": [mrkdwn("x")] * 10}],
        [{"type": "context", "elements": [mrkdwn("x")] * 11}],
        "/0/elements",
    ),
    "actions": ([actions(*[button()] * 25)], [actions(*[button()] * 26)], "/0/elements"),
    "button text": (
        [actions(button(text=plain("x" * 75)))],
        [actions(button(text=plain("x" * 76)))],
        "/0/elements/0/text/text",
    ),
    "button url": (
        [actions(button(url=address(3000)))],
        [actions(button(url=address(3001)))],
        "/0/elements/0/url",
    ),
    "markdown": (
        [{"type": "markdown", "text": "x" * 12_000}],
        [{"type": "markdown", "text": "x" * 12_001}],
        "/0/text",
    ),
    "block id": (
        [{"type": "divider", "block_id": "x" * 255}],
        [{"type": "divider", "block_id": "x" * 256}],
        "/0/block_id",
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_holds_and_one_more_breaks_it(name: str) -> None:
    within, beyond, place = LIMITS[name]
    assert judge(within) == []
    (finding,) = judge(beyond)
    assert finding.endswith(f"[json-pointer:/blocks{place}]")


@pytest.mark.parametrize(
    "blocks",
    [
        "text",
        [1],
        [{"type": "nonsense"}],
        [{"type": ["divider"]}],
        [{"type": "markdown"}],
        [{"type": "markdown", "text": 5}],
        [{"type": "section"}],
        [{"type": "section", "text": mrkdwn("")}],
        [{"type": "section", "text": "bare"}],
        [{"type": "section", "text": {"type": "html", "text": "x"}}],
        [{"type": "section", "text": {**mrkdwn("x"), "emoji": True}}],
        [{"type": "section", "text": mrkdwn("x"), "colour": "red"}],
        [{"type": "header", "text": mrkdwn("markup in a header")}],
        [{"type": "context", "elements": []}],
        [actions(button(style="green"))],
        [actions(button(url="javascript:alert(1)"))],
        [actions(button(url="http://["))],
        [{"type": "image", "image_url": "https://a.example/x.png"}],
        [{"type": "image", "image_url": "https://a.b/x.png", "alt_text": "x", "title": "bare"}],
        [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}],
    ],
)
def test_what_is_not_block_kit_is_refused(blocks: Any) -> None:
    assert judge(blocks)


def test_many_blocks_within_their_limits_can_be_too_much_together() -> None:
    blocks = [section("x" * 3000)] * 5
    assert judge(blocks) == []
    assert is_too_long(blocks)
    assert not is_too_long(blocks[:4])
