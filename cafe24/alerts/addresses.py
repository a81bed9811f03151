"""Where Slack may be reached: at its own hosts, or on this very machine."""

import re
from urllib.parse import urlsplit

from cafe24.errors import SettingsError
from cafe24.malls import is_loopback

SLACK_API = "https://slack.com/api/"
GOV_API = "https://slack-gov.com/api/"
GOV_HOST = "slack-gov.com"

WEBHOOK_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
WEBHOOK_PATH = "/services/"
"""Slack's other hooks, /triggers/ and /workflows/, start workflows and show no blocks."""

_EXAMPLE = "It looks like https://hooks.slack.com/services/T.../B.../...; keep it secret."


def checked_webhook_url(url: str, setting: str) -> str:
    """Return a webhook address that a message may be sent to.

    Raises:
        SettingsError: it is not a webhook of Slack's, nor on loopback: alerts name malls
            and hold links, so they go nowhere else. The address is a secret, so the
            message names only the setting.
    """
    if not re.fullmatch(r"[\x21-\x7e]+", url):
        raise SettingsError(f"{setting} holds a space or a character no address has.", _EXAMPLE)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise SettingsError(f"{setting} is not an address.", _EXAMPLE) from None
    if not host or parts.scheme not in {"http", "https"} or parts.path in {"", "/"}:
        raise SettingsError(f"{setting} is not the address of an incoming webhook.", _EXAMPLE)
    if parts.username or parts.password:
        raise SettingsError(f"{setting} holds a user name or password.", _EXAMPLE)
    if parts.scheme == "http" and not is_loopback(url):
        raise SettingsError(f"{setting} is plain http outside loopback.", _EXAMPLE)
    if is_loopback(url):
        return url
    if host.rstrip(".") not in WEBHOOK_HOSTS or not parts.path.startswith(WEBHOOK_PATH):
        raise SettingsError(f"{setting} is not an incoming webhook of Slack's.", _EXAMPLE)
    return url


def api_url(webhook_url: str | None) -> str:
    """Return the Web API that belongs to a webhook's host.

    GovSlack has its own; a stand-in on loopback serves both at one origin.
    """
    if not webhook_url:
        return SLACK_API
    parts = urlsplit(webhook_url)
    if is_loopback(webhook_url):
        return f"{parts.scheme}://{parts.netloc}/api/"
    host = parts.hostname or ""
    is_gov = host == GOV_HOST or host.endswith(f".{GOV_HOST}")
    return GOV_API if is_gov else SLACK_API
