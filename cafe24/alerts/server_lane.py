"""The line that the Prefect server sends by itself, when no worker may be alive.

It is a template: the server fills it with Jinja and posts the result as the whole
body of a Slack webhook, so it must be JSON whatever a run is called and whatever
its state says. Every outside text goes through `plain`, which drops what cannot be
printed and cuts, through `shown`, which escapes for mrkdwn, and through `tojson`.
"""

import json
import re
from typing import Any

from cafe24.alerts.texts import Texts

NAME_LIMIT = 60
REASON_LIMIT = 400

_PROLOGUE = """\
{%- macro plain(value, limit) -%}
{%- for one in (value | default("-", true) | string).split() | join(" ") if one.isprintable() -%}
{%- if loop.index <= limit -%}{{ one }}{%- endif -%}
{%- endfor -%}
{%- endmacro -%}
{%- macro shown(value, limit) -%}
{{ plain(value, limit) | replace("&", "&amp;") | replace("<", "&lt;") | replace(">", "&gt;")
   | replace("`", "'") }}
{%- endmacro -%}
{%- set state = flow_run.state -%}
{%- set url = (flow_run | ui_url) if flow_run else "" -%}
{%- set at = state.timestamp if state and state.timestamp else event.occurred -%}
"""

_MALLS = (
    'flow_run.parameters.mall_id or (flow_run.parameters.mall_ids | default([], true) | join(", "))'
)
# Slack shows a date token in its reader's own time zone; the rest is for clients that cannot.
_WHEN = (
    '(("<!date^" ~ (at.timestamp() | int) ~ "^{date_num} {time}|" '
    '~ at.strftime("%Y-%m-%d %H:%M UTC") ~ ">") if at else "-")'
)
_LINK = (
    '(("\\n<" ~ (url | replace("&", "&amp;") | replace("<", "%3C") | replace(">", "%3E") '
    '| replace("|", "%7C")) ~ "|" ~ LABEL ~ ">") if url else "")'
)


def run_template(texts: Texts) -> str:
    """Return the webhook body for a run that failed, crashed, timed out or is late.

    The template's context is Prefect's: `flow_run`, `flow`, `deployment` and `event`,
    each of which may be missing, and the filter `ui_url`.
    """
    words = texts.server_lane
    fields = {
        words.run: f"shown(flow_run.name, {NAME_LIMIT})",
        words.deployment: f"shown(deployment.name, {NAME_LIMIT})",
        words.when: _WHEN,
        texts.mall: f"shown({_MALLS}, {NAME_LIMIT})",
    }
    reason = _joined(f"> {words.reason}: ", f"shown(state.message, {REASON_LIMIT})")
    todo = _joined(
        f"*{words.todo_title}*\n{words.todo}", _LINK.replace("LABEL", _literal(words.open_run))
    )
    return _PROLOGUE + _filled(
        {
            "text": _headline(texts, "shown"),
            "blocks": [
                {"type": "header", "text": _plain_text(_headline(texts, "plain"))},
                _section(reason),
                {
                    "type": "section",
                    "fields": [
                        _mrkdwn(_joined(f"*{label}*\n", value)) for label, value in fields.items()
                    ],
                },
                _section(todo),
                {"type": "context", "elements": [{"type": "mrkdwn", "text": words.context}]},
            ],
        }
    )


class _Expression(str):
    """A Jinja expression that stands where a JSON string will be."""

    __slots__ = ()


def _filled(body: Any) -> str:
    """Return the body as JSON text whose expressions Jinja will fill."""
    expressions: list[str] = []

    def marked(value: Any) -> Any:
        if isinstance(value, _Expression):
            expressions.append(value)
            return f"@{len(expressions) - 1}@"
        if isinstance(value, dict):
            return {key: marked(one) for key, one in value.items()}
        return [marked(one) for one in value] if isinstance(value, list) else value

    text = json.dumps(marked(body), ensure_ascii=False, indent=1)
    return re.sub(r'"@(\d+)@"', lambda at: f"{{{{ ({expressions[int(at[1])]}) | tojson }}}}", text)


def _headline(texts: Texts, macro: str) -> _Expression:
    """Return which flow it is and how it ended, through one of the macros."""
    names = _literal(dict(texts.server_lane.state_names))
    state = f"{names}.get(state.name | string, state.name)"
    how = f'((": " ~ {macro}({state}, {NAME_LIMIT})) if state.name else "")'
    return _Expression(f'"🔴 " ~ {macro}(flow.name or automation.name, {NAME_LIMIT}) ~ {how}')


def _joined(words: str, expression: str) -> _Expression:
    return _Expression(f"{_literal(words)} ~ {expression}")


def _literal(value: Any) -> str:
    """Return a value as a Jinja literal, which for text and flat mappings is JSON."""
    return json.dumps(value, ensure_ascii=False)


def _section(expression: _Expression) -> dict[str, Any]:
    return {"type": "section", "text": _mrkdwn(expression)}


def _mrkdwn(expression: _Expression) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": expression, "verbatim": True}


def _plain_text(expression: _Expression) -> dict[str, Any]:
    return {"type": "plain_text", "text": expression, "emoji": False}
