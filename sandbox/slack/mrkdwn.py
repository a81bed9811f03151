"""Turns Slack's mrkdwn into HTML, the way Slack shows it.

Everything is escaped first; only what Slack itself would mark up becomes a tag.
"""

import re
from datetime import datetime, timedelta, timezone
from html import escape

from markupsafe import Markup

from sandbox.slack.emoji import EMOJI, MARKS

# Cafe24's malls, and the people the page is for, live at UTC+9 all year.
SEOUL = timezone(timedelta(hours=9), "KST")

_TOKENS = re.compile(r"```(?P<block>.+?)```|`(?P<code>[^`\n]+)`|<(?P<angle>[^<>\n]+)>", re.DOTALL)
_EMOJI = re.compile(r":([a-z0-9_+-]+):")
_STYLES = tuple(
    (re.compile(rf"(?<![\w{mark}]){mark}(?!\s)([^{mark}\n]+?)(?<!\s){mark}(?![\w{mark}])"), tag)
    for mark, tag in ((r"\*", "strong"), ("_", "em"), ("~", "s"))
)
_SIGILS = {"@": "@", "#": "#", "!": "@"}
_DATE_TOKENS = {
    "date_num": "%Y-%m-%d",
    "date_short": "%b %d, %Y",
    "date_pretty": "%B %d, %Y",
    "date_short_pretty": "%b %d, %Y",
    "date_long": "%A, %B %d, %Y",
    "date": "%B %d, %Y",
    "time_secs": "%H:%M:%S",
    "time": "%H:%M",
}
_QUOTE = re.compile(r"(?:^&gt; ?.*(?:\n|$))+", re.MULTILINE)


def mrkdwn_html(text: str) -> Markup:
    """Return mrkdwn as HTML."""
    parts: list[str] = []
    kept: list[str] = []

    def keep(html: str) -> str:
        kept.append(html)
        return f"\x00{len(kept) - 1}\x00"

    end = 0
    for token in _TOKENS.finditer(text):
        parts += [_escaped(text[end : token.start()]), keep(_token_html(token))]
        end = token.end()
    parts.append(_escaped(text[end:]))
    styled = _with_dots(_styled("".join(parts)))
    # Markup: every piece was escaped by `_escaped`, and tags come from this module alone.
    return Markup(re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found[1])], styled))  # noqa: S704


def plain_html(text: str, *, with_emoji: bool = True) -> Markup:
    """Return plain text as HTML, with its emoji shortcodes."""
    html = _escaped(text)
    # Markup: `_escaped` made it safe.
    return Markup(_with_dots(_with_emoji(html) if with_emoji else html))  # noqa: S704


def _escaped(text: str) -> str:
    """Escape for HTML what arrived escaped for Slack (&amp; &lt; &gt;)."""
    return escape(unescape_slack(text.replace("\x00", "")))


def unescape_slack(text: str) -> str:
    """Undo Slack's three entities."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _styled(html: str) -> str:
    for pattern, tag in _STYLES:
        html = pattern.sub(rf"<{tag}>\1</{tag}>", html)
    html = _QUOTE.sub(_quote, _with_emoji(html))
    return html.replace("\n", "<br>")


def _quote(lines: re.Match[str]) -> str:
    inner = re.sub(r"^&gt; ?", "", lines[0].rstrip("\n"), flags=re.MULTILINE)
    return f"<blockquote>{inner}</blockquote>"


def _with_emoji(html: str) -> str:
    return _EMOJI.sub(lambda found: EMOJI.get(found[1], found[0]), html)


def _with_dots(html: str) -> str:
    """Draw the marks that say how bad it is, for machines without an emoji font."""
    for mark, name in MARKS.items():
        html = html.replace(mark, f'<i class="dot {name}">{mark}</i>')
    return html


def _token_html(token: re.Match[str]) -> str:
    if token["block"] is not None:
        return f"<pre>{_escaped(token['block'].strip(chr(10)))}</pre>"
    if token["code"] is not None:
        return f"<code>{_escaped(token['code'])}</code>"
    return _angle_html(token["angle"])


def _angle_html(inside: str) -> str:
    """Show `<url|label>`, `<@user>`, `<#channel|name>` or `<!here>`."""
    target, _, label = inside.partition("|")
    shown = label or target
    if target.startswith("!date^"):
        return _escaped(_date(target, fallback=label))
    if target[:1] in _SIGILS:
        name = _SIGILS[target[0]] + (label or target[1:])
        return f'<span class="mention">{_escaped(name)}</span>'
    if target.startswith(("http://", "https://", "mailto:")):
        return f'<a href="{_escaped(target)}">{_escaped(shown)}</a>'
    return _escaped(f"<{inside}>")


def _date(target: str, fallback: str) -> str:
    """Show `!date^{epoch}^{format}`: a moment on its reader's clock, here Korea's."""
    _, epoch, pattern, *_ = [*target.split("^"), "", ""]
    if not epoch.isdecimal():
        return fallback
    moment = datetime.fromtimestamp(int(epoch), SEOUL)
    for token, directive in _DATE_TOKENS.items():
        pattern = pattern.replace(f"{{{token}}}", moment.strftime(directive))
    return pattern
