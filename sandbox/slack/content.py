"""What a message is made of, judged before it is kept."""

from typing import Any

from sandbox.slack.arguments import Unreadable, structured
from sandbox.slack.block_rules import is_too_long, judge

MAX_TEXT = 40_000
METADATA_KEYS = {"event_type", "event_payload"}


class Refused(Exception):
    """Slack would refuse this content. `findings` say where."""

    def __init__(self, error: str, findings: list[str] | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.findings = findings or []


def content(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the text, blocks, attachments and metadata of a message.

    Raises:
        Refused: `no_text`, `msg_too_long`, `invalid_blocks`, `invalid_blocks_format`,
            `msg_blocks_too_long`, `invalid_attachments` or `invalid_metadata_format`.
    """
    text = arguments.get("text")
    blocks = _structured(arguments, "blocks", "invalid_blocks_format")
    attachments = _attachments(arguments)
    if not text and not blocks and not attachments:
        raise Refused("no_text")
    if text is not None and len(str(text)) > MAX_TEXT:
        raise Refused("msg_too_long")
    if blocks is not None:
        _judge(blocks)
    return {
        "text": str(text or ""),
        "blocks": blocks,
        "attachments": attachments,
        "metadata": _metadata(arguments),
    }


def _judge(blocks: Any) -> None:
    if findings := judge(blocks):
        raise Refused("invalid_blocks", findings)
    if is_too_long(blocks):
        raise Refused("msg_blocks_too_long")


def _attachments(arguments: dict[str, Any]) -> Any:
    attachments = _structured(arguments, "attachments", "invalid_attachments")
    if attachments is None:
        return None
    if not isinstance(attachments, list) or not all(isinstance(a, dict) for a in attachments):
        raise Refused("invalid_attachments")
    for attachment in attachments:
        if attachment.get("blocks") is not None:
            _judge(attachment["blocks"])
    return attachments


def _metadata(arguments: dict[str, Any]) -> Any:
    metadata = _structured(arguments, "metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    is_right = (
        isinstance(metadata, dict)
        and set(metadata) == METADATA_KEYS
        and isinstance(metadata["event_type"], str)
        and isinstance(metadata["event_payload"], dict)
    )
    if not is_right:
        raise Refused("invalid_metadata_format")
    return metadata


def _structured(arguments: dict[str, Any], name: str, error: str) -> Any:
    try:
        return structured(arguments, name, error)
    except Unreadable as unreadable:
        raise Refused(unreadable.error) from None
