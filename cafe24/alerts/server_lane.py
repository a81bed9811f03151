"""What the Prefect server tells by itself, when no worker may be alive.

Each is a template: the server fills it with Jinja and posts the result as the whole
body of a Slack webhook, so it must be JSON whatever a run is called and whatever its
state says; `jinja_blocks` sees to that. The template's context is Prefect's: `event`,
`flow_run`, `flow`, `deployment`, `work_pool` and `automation`, each of which may be
missing, and the filter `ui_url`.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from cafe24.alerts.block_kit import guide
from cafe24.alerts.jinja_blocks import (
    PROLOGUE,
    Expression,
    context,
    fields,
    filled,
    header,
    joined,
    link,
    literal,
    section,
    when,
)
from cafe24.alerts.runbook import RULES, Runbook
from cafe24.alerts.texts import Texts
from cafe24.fleet.fan_out import MOST_ATTEMPTS

SHARDS = "fan-out"
"""What the deployment of a shard's flow is called, whatever the flow."""

NAME_LIMIT = 60
REASON_LIMIT = 400

# A run's page is a neighbour of the automation's own. By the event's id too: a busy server
# may not find the run itself, and then leaves it out.
_LINKS = """\
{%- set here = (automation | ui_url) if automation else "" -%}
{%- set runs = (here.split("/automations/") | first ~ "/runs") if here else "" -%}
{%- set id = (event.resource["prefect.resource.id"] or "") | replace("prefect.flow-run.", "") -%}
{%- set by_id = (runs ~ "/flow-run/" ~ id) if runs and id else "" -%}
{%- set url = ((flow_run | ui_url) if flow_run else "") or by_id -%}
"""
_RUN = f"""\
{_LINKS}
{{%- set state = flow_run.state -%}}
{{%- set at = state.timestamp if state and state.timestamp else event.occurred -%}}
"""
_LATE = f"""\
{_LINKS}
{{%- set planned = flow_run.expected_start_time or event.occurred -%}}
"""
# Without a run to link to, the list of them.
_SILENCE = f"""\
{_LINKS}
{{%- set url = url or runs -%}}
"""
# As automations.yaml lets it be: its rule "a shard's run crashed".
_IS_BEGUN_AGAIN = (
    f'state.name == "Crashed" and deployment.name == "{SHARDS}" '
    f"and (flow_run.run_count | default(0, true)) <= {MOST_ATTEMPTS}"
)
_POOL = '{%- set url = (work_pool | ui_url) if work_pool else "" -%}'
_MALLS = (
    'flow_run.parameters.mall_id or (flow_run.parameters.mall_ids | default([], true) | join(", "))'
)


def run_template(texts: Texts, runbook: Runbook) -> str:
    """Return the body for a run that failed, crashed or timed out.

    Of a shard's run that crashed it says that nobody need run it again.
    """
    words = texts.server_lane
    names = literal(dict(words.state_names))
    state = f"{names}.get(state.name | string, state.name)"

    def headline(macro: str) -> Expression:
        how = f'((": " ~ {macro}({state}, {NAME_LIMIT})) if state.name else "")'
        return Expression(f'"🔴 " ~ {macro}(flow.name or automation.name, {NAME_LIMIT}) ~ {how}')

    todo = f"{literal(words.shard_todo)} if {_IS_BEGUN_AGAIN} else {literal(words.todo)}"
    return _message(
        texts,
        _RUN,
        headline,
        [
            section(joined(f"> {words.reason}: ", f"shown(state.message, {REASON_LIMIT})")),
            fields(_of_the_run(texts) | {words.when: when("at")}),
            _todo(texts, Expression(f"({todo})"), words.open_run),
            _guide(texts, runbook, "run"),
        ],
    )


def late_template(texts: Texts, runbook: Runbook) -> str:
    """Return the body for a run that nobody has begun at its time."""
    words = texts.server_lane
    is_late = literal(f": {words.state_names['Late']}")

    def headline(macro: str) -> Expression:
        return Expression(
            f'"🔴 " ~ {macro}(flow.name or automation.name, {NAME_LIMIT}) ~ {is_late}'
        )

    return _message(
        texts,
        _LATE,
        headline,
        [
            section(f"> {words.reason}: {words.late}"),
            fields(_of_the_run(texts) | {words.planned: when("planned")}),
            _todo(texts, words.start_worker, words.open_run),
            _guide(texts, runbook, "late"),
        ],
    )


def silence_template(texts: Texts, runbook: Runbook, longer_than: timedelta) -> str:
    """Return the body for a check that has not completed for so long."""
    words = texts.server_lane
    silent = texts.units.words(longer_than)

    def headline(_macro: str) -> Expression:
        return Expression(literal(f"🔴 {words.silence_title.format(left=silent)}"))

    return _message(
        texts,
        _SILENCE,
        headline,
        [
            section(words.silence.format(left=silent)),
            fields({words.last_completed: when("event.occurred")}),
            _todo(texts, words.silence_todo, words.open_runs),
            _guide(texts, runbook, "silence"),
        ],
    )


def pool_template(texts: Texts, runbook: Runbook) -> str:
    """Return the body for a work pool without a living worker."""
    words = texts.server_lane

    def headline(macro: str) -> Expression:
        name = 'work_pool.name or event.resource["prefect.resource.name"] or automation.name'
        return Expression(f'"🔴 " ~ {macro}({name}, {NAME_LIMIT}) ~ {literal(words.pool_title)}')

    return _message(
        texts,
        _POOL,
        headline,
        [
            section(words.pool),
            fields({texts.since: when("event.occurred")}),
            _todo(texts, words.start_worker, words.open_pool),
            _guide(texts, runbook, "pool"),
        ],
    )


def _of_the_run(texts: Texts) -> dict[str, str]:
    words = texts.server_lane
    return {
        words.run: f"shown(flow_run.name, {NAME_LIMIT})",
        words.deployment: f"shown(deployment.name, {NAME_LIMIT})",
        texts.mall: f"shown({_MALLS}, {NAME_LIMIT})",
    }


def _message(
    texts: Texts,
    preparing: str,
    headline: Callable[[str], Expression],
    parts: Sequence[dict[str, Any]],
) -> str:
    """Return the template of a message.

    Args:
        texts: the language.
        preparing: what the template sets before it is filled.
        headline: makes it for one of the macros, `plain` or `shown`.
        parts: the blocks beneath it.
    """
    told = [header(headline("plain")), *parts, context(texts.server_lane.context)]
    return PROLOGUE + preparing + filled({"text": headline("shown"), "blocks": told})


def _todo(texts: Texts, todo: str, label: str) -> dict[str, Any]:
    """Return the block that says what to do now, with the link to `url`.

    Args:
        texts: the language.
        todo: our own words, or an expression that chooses among them.
        label: of the link.
    """
    said = todo if isinstance(todo, Expression) else literal(todo)
    title = f"*{texts.server_lane.todo_title}*\n"
    return section(joined(title, f"{said} ~ {link('url', label)}"))


def _guide(texts: Texts, runbook: Runbook, rule: str) -> dict[str, Any]:
    """Return the block that leads to the rule's section of the runbook."""
    return section(guide(runbook, RULES[rule], texts.runbook))
