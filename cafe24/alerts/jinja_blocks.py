"""Builds a Jinja template that becomes a JSON body, whatever the texts from outside say.

Every outside text goes through `plain`, which drops what cannot be printed and cuts,
through `shown`, which escapes for mrkdwn, and through `tojson`.
"""

import json
import re
from typing import Any

PROLOGUE = """\
{%- macro plain(value, limit) -%}
{%- for one in (value | default("-", true) | string).split() | join(" ") if one.isprintable() -%}
{%- if loop.index <= limit -%}{{ one }}{%- endif -%}
{%- endfor -%}
{%- endmacro -%}
{%- macro shown(value, limit) -%}
{{ plain(value, limit) | replace("&", "&amp;") | replace("<", "&lt;") | replace(">", "&gt;")
   | replace("`", "'") }}
{%- endmacro -%}
"""


class Expression(str):
    """A Jinja expression that stands where a JSON string will be."""

    __slots__ = ()


def filled(body: Any) -> str:
    """Return the body as JSON text whose expressions Jinja will fill."""
    expressions: list[str] = []

    def marked(value: Any) -> Any:
        if isinstance(value, Expression):
            expressions.append(value)
            return f"@{len(expressions) - 1}@"
        if isinstance(value, dict):
            return {key: marked(one) for key, one in value.items()}
        return [marked(one) for one in value] if isinstance(value, list) else value

    text = json.dumps(marked(body), ensure_ascii=False, indent=1)
    return re.sub(r'"@(\d+)@"', lambda at: f"{{{{ ({expressions[int(at[1])]}) | tojson }}}}", text)


def joined(words: str, expression: str) -> Expression:
    """Return our own words followed by an expression."""
    return Expression(f"{literal(words)} ~ {expression}")


def literal(value: Any) -> str:
    """Return a value as a Jinja literal, which for text and flat mappings is JSON."""
    return json.dumps(value, ensure_ascii=False)


def when(moment: str) -> str:
    """Return an expression that shows the moment an expression gives, `-` when it gives none.

    Slack shows a date token in its reader's own time zone; the rest is for clients that cannot.
    """
    return (
        f'(("<!date^" ~ ({moment}.timestamp() | int) ~ "^{{date_num}} {{time}}|" '
        f'~ {moment}.strftime("%Y-%m-%d %H:%M UTC") ~ ">") if {moment} else "-")'
    )


def link(address: str, label: str) -> str:
    """Return an expression for a line with a link, or for nothing where there is no address."""
    return (
        f'(("\\n<" ~ ({address} | replace("&", "&amp;") | replace("<", "%3C") '
        f'| replace(">", "%3E") | replace("|", "%7C")) ~ "|" ~ {literal(label)} ~ ">") '
        f'if {address} else "")'
    )


def header(expression: Expression) -> dict[str, Any]:
    """Return the block of a headline."""
    return {"type": "header", "text": {"type": "plain_text", "text": expression, "emoji": False}}


def section(text: str) -> dict[str, Any]:
    """Return a block of text."""
    return {"type": "section", "text": mrkdwn(text)}


def fields(labelled: dict[str, str]) -> dict[str, Any]:
    """Return a block of labels with the expressions beneath them."""
    shown = [mrkdwn(joined(f"*{label}*\n", value)) for label, value in labelled.items()]
    return {"type": "section", "fields": shown}


def context(words: str) -> dict[str, Any]:
    """Return the small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": words}]}


def mrkdwn(text: str) -> dict[str, Any]:
    """Return a text in Slack's markup, in which nothing becomes a link by itself."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}
