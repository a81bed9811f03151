"""Builds Block Kit JSON that Slack will take, whatever the texts contain.

Outside text is escaped for Slack and cut so that the escaped form stays within
its limit and no entity is cut in two. The library's own models check the result.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from slack_sdk.models.blocks import (
    Block,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from cafe24.alerts.runbook import Runbook

HEADER_LIMIT = 150
FIELDS_LIMIT = 10
# Two links share a section, which takes 3000 characters.
URL_LIMIT = 1400

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# Controls, lone surrogates, and the marks that reverse the direction of text.
_UNSHOWN = {"Cc", "Cs"}
_REVERSING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_URL_SAFE = ":/?#[]@!$&'()*+,;=%-._~"


KitBlock = Block
"""A checked piece of a message; only this module makes them."""


def cleaned(text: str) -> str:
    """Return text as one line without control characters."""
    return " ".join("".join(one for one in text if one.isspace() or _is_shown(one)).split())


def cut(text: str, limit: int) -> str:
    """Return text in at most `limit` characters, the last one an ellipsis when it was longer."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def escaped(text: str, limit: int) -> str:
    """Return outside text for mrkdwn: cleaned, escaped, at most `limit` characters.

    Backticks become apostrophes, so that no text can leave its code span.
    """
    whole = [_ENTITIES.get(one, one) for one in cleaned(text).replace("`", "'")]
    if sum(map(len, whole)) <= limit:
        return "".join(whole)
    kept, length = [], 1
    for one in whole:
        length += len(one)
        if length > limit:
            break
        kept.append(one)
    return "".join(kept) + "…"


def header(text: str) -> KitBlock:
    """Return a headline. It is plain text: nothing in it is markup."""
    shown = cut(cleaned(text), HEADER_LIMIT)
    return HeaderBlock(text=PlainTextObject(text=shown, emoji=False))


def section(mrkdwn: str) -> KitBlock:
    """Return a paragraph of mrkdwn whose outside texts are escaped already."""
    return SectionBlock(text=_mrkdwn(mrkdwn))


def fields(pairs: Mapping[str, str]) -> list[KitBlock]:
    """Return labels with values in two columns; the values are escaped already."""
    told = [_mrkdwn(f"*{label}*\n{value}") for label, value in pairs.items()]
    return [
        SectionBlock(fields=told[start : start + FIELDS_LIMIT])
        for start in range(0, len(told), FIELDS_LIMIT)
    ]


def context(mrkdwn: str) -> KitBlock:
    """Return a small grey line of mrkdwn whose outside texts are escaped already."""
    return ContextBlock(elements=[_mrkdwn(mrkdwn)])


def link(url: str, label: str) -> str:
    """Return a link as mrkdwn, or its bare label where the address is too long for one.

    Buttons are not used: without an interactivity address Slack puts a warning
    sign beside a message whose button was pressed, though it only opens a page.
    """
    address = quote(cleaned(url), safe=_URL_SAFE).replace("&", "&amp;")
    return f"<{address}|{label}>" if len(address) <= URL_LIMIT else label


def guide(runbook: Runbook, name: str, label: str) -> str:
    """Return a section of the runbook as mrkdwn: a link, or the place to look it up."""
    place = runbook.place(name)
    return link(place, label) if runbook.url else f"{label}: `{place}`"


def as_json(blocks: Sequence[KitBlock]) -> list[dict[str, Any]]:
    """Return the blocks as JSON, checked by the library's models.

    Raises:
        SlackObjectFormationError: a block breaks one of Slack's limits; a defect of ours.
    """
    return [block.to_dict() for block in blocks]


def _is_shown(one: str) -> bool:
    return unicodedata.category(one) not in _UNSHOWN and one not in _REVERSING


def _mrkdwn(text: str) -> MarkdownTextObject:
    # Verbatim: bare addresses and names in outside text do not become links.
    return MarkdownTextObject(text=text, verbatim=True)
