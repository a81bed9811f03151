"""Judges Block Kit JSON by the limits that Slack documents.

The findings read like Slack's own: a sentence and the place as a JSON pointer.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

MAX_BLOCKS = 50
MAX_BLOCK_ID = 255
MAX_TEXT = 3000
MAX_HEADER = 150
MAX_FIELDS = 10
MAX_FIELD = 2000
MAX_CONTEXT_ELEMENTS = 10
MAX_ACTIONS = 25
MAX_BUTTON_TEXT = 75
MAX_URL = 3000
MAX_VALUE = 2000
MAX_ALT_TEXT = 2000
MAX_MARKDOWN = 12_000

MAX_ALL_BLOCKS = 13_200
"""Not documented; seen as `msg_blocks_too_long` (github.com/slackapi/bolt-js, issue 2509)."""

Findings = Iterator[str]


def judge(blocks: Any) -> list[str]:
    """Return what Slack would refuse about `blocks`; empty when it takes them."""
    if not isinstance(blocks, list):
        return [_at("", "must be an array")]
    if len(blocks) > MAX_BLOCKS:
        return [_at("", f"no more than {MAX_BLOCKS} items allowed")]
    return [*_unique_ids(blocks), *(f for i, block in enumerate(blocks) for f in _block(block, i))]


def is_too_long(blocks: Any) -> bool:
    """Tell whether the blocks together are longer than one message takes."""
    return len(json.dumps(blocks, ensure_ascii=False)) > MAX_ALL_BLOCKS


def _at(pointer: str, sentence: str) -> str:
    return f"{sentence} [json-pointer:/blocks{pointer}]"


def _unique_ids(blocks: list[Any]) -> Findings:
    ids = [b["block_id"] for b in blocks if isinstance(b, dict) and b.get("block_id")]
    if len(ids) != len({str(one) for one in ids}):
        yield _at("", "`block_id` should be unique within a message")


def _block(block: Any, index: int) -> Findings:
    place = f"/{index}"
    if not isinstance(block, dict):
        yield _at(place, "must be an object")
        return
    kind = block.get("type")
    if not isinstance(kind, str) or kind not in _BLOCKS:
        yield _at(f"{place}/type", f"unsupported type: {kind}")
        return
    if len(str(block.get("block_id") or "")) > MAX_BLOCK_ID:
        yield _at(f"{place}/block_id", f"must be less than {MAX_BLOCK_ID + 1} characters")
    yield from _BLOCKS[kind](block, place)


def _header(block: dict[str, Any], place: str) -> Findings:
    yield from _extra(block, place, {"text"})
    yield from _text(block.get("text"), f"{place}/text", MAX_HEADER, {"plain_text"})


def _section(block: dict[str, Any], place: str) -> Findings:
    yield from _extra(block, place, {"text", "fields", "accessory", "expand"})
    fields = block.get("fields")
    if block.get("text") is None and not fields:
        yield _at(place, "missing required field: text")
    if block.get("text") is not None:
        yield from _text(block["text"], f"{place}/text", MAX_TEXT)
    if fields is not None:
        yield from _each(fields, f"{place}/fields", MAX_FIELDS, _field)
    if block.get("accessory") is not None:
        yield from _element(block["accessory"], f"{place}/accessory")


def _field(field: Any, place: str) -> Findings:
    yield from _text(field, place, MAX_FIELD)


def _context(block: dict[str, Any], place: str) -> Findings:
    yield from _extra(block, place, {"elements"})
    elements = block.get("elements")
    yield from _each(elements, f"{place}/elements", MAX_CONTEXT_ELEMENTS, _context_element)


def _context_element(element: Any, place: str) -> Findings:
    if isinstance(element, dict) and element.get("type") == "image":
        yield from _image(element, place)
    else:
        yield from _text(element, place, MAX_TEXT)


def _actions(block: dict[str, Any], place: str) -> Findings:
    yield from _extra(block, place, {"elements"})
    yield from _each(block.get("elements"), f"{place}/elements", MAX_ACTIONS, _element)


def _element(element: Any, place: str) -> Findings:
    if not isinstance(element, dict) or not element.get("type"):
        yield _at(place, "missing required field: type")
    elif element["type"] == "button":
        yield from _button(element, place)
    elif element["type"] == "image":
        yield from _image(element, place)


def _button(button: dict[str, Any], place: str) -> Findings:
    yield from _text(button.get("text"), f"{place}/text", MAX_BUTTON_TEXT, {"plain_text"})
    yield from _url(button, "url", place)
    for name, limit in {"value": MAX_VALUE, "action_id": MAX_BLOCK_ID}.items():
        if len(str(button.get(name) or "")) > limit:
            yield _at(f"{place}/{name}", f"must be less than {limit + 1} characters")
    if button.get("style") not in {None, "primary", "danger"}:
        yield _at(f"{place}/style", "must be one of: primary, danger")


def _image(image: dict[str, Any], place: str) -> Findings:
    if not image.get("image_url") and not image.get("slack_file"):
        yield _at(place, "missing required field: image_url")
    if not isinstance(image.get("alt_text"), str):
        yield _at(place, "missing required field: alt_text")
    elif len(image["alt_text"]) > MAX_ALT_TEXT:
        yield _at(f"{place}/alt_text", f"must be less than {MAX_ALT_TEXT + 1} characters")
    yield from _url(image, "image_url", place)


def _image_block(block: dict[str, Any], place: str) -> Findings:
    yield from _image(block, place)
    if block.get("title") is not None:
        yield from _text(block["title"], f"{place}/title", MAX_ALT_TEXT, {"plain_text"})


def _divider(block: dict[str, Any], place: str) -> Findings:
    yield from _extra(block, place, set())


def _markdown(block: dict[str, Any], place: str) -> Findings:
    yield from _extra(block, place, {"text"})
    text = block.get("text")
    if not isinstance(text, str) or not text:
        yield _at(f"{place}/text", "must be more than 0 characters")
    elif len(text) > MAX_MARKDOWN:
        yield _at(f"{place}/text", f"must be less than {MAX_MARKDOWN + 1} characters")


def _unjudged(_block: dict[str, Any], _place: str) -> Findings:
    """Take a block of a type whose inside is not judged here."""
    yield from ()


def _text(text: Any, place: str, limit: int, kinds: set[str] | None = None) -> Findings:
    allowed = kinds or {"plain_text", "mrkdwn"}
    if not isinstance(text, dict):
        yield _at(place, "missing required field: text")
        return
    if text.get("type") not in allowed:
        yield _at(f"{place}/type", f"must be one of: {', '.join(sorted(allowed))}")
    value = text.get("text")
    if not isinstance(value, str) or not value:
        yield _at(f"{place}/text", "must be more than 0 characters")
    elif len(value) > limit:
        yield _at(f"{place}/text", f"must be less than {limit + 1} characters")
    only = "emoji" if text.get("type") == "plain_text" else "verbatim"
    yield from _extra(text, place, {"text", only})


def _url(holder: dict[str, Any], name: str, place: str) -> Findings:
    url = holder.get(name)
    if url is None:
        return
    if not isinstance(url, str) or not re.fullmatch(r"https?://[^\s/\[\]]+(/\S*)?", url):
        yield _at(f"{place}/{name}", "must be a valid URL")
    elif len(url) > MAX_URL:
        yield _at(f"{place}/{name}", f"must be less than {MAX_URL + 1} characters")


def _each(
    items: Any, place: str, limit: int, judge_one: Callable[[Any, str], Findings]
) -> Findings:
    if not isinstance(items, list) or not items:
        yield _at(place, "no less than 1 items allowed")
    elif len(items) > limit:
        yield _at(place, f"no more than {limit} items allowed")
    else:
        for index, item in enumerate(items):
            yield from judge_one(item, f"{place}/{index}")


def _extra(holder: dict[str, Any], place: str, known: set[str]) -> Findings:
    for name in sorted(set(holder) - known - {"type", "block_id"}):
        yield _at(place, f"invalid additional property: {name}")


_BLOCKS: dict[str, Callable[[dict[str, Any], str], Findings]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "image": _image_block,
    "rich_text": _unjudged,
    "markdown": _markdown,
    "table": _unjudged,
    "video": _unjudged,
    "file": _unjudged,
    "context_actions": _unjudged,
}
