"""What a mall is called and where it is reached.

`https://undefined.cafe24api.com` cannot be built here: a host comes only from
a `MallId`, and a `MallId` comes only from `mall_id()`, which refuses the words
that unset variables turn into.
"""

import re
from collections.abc import Collection
from typing import Annotated, NewType
from urllib.parse import urlsplit

from pydantic import AfterValidator

from cafe24.errors import SettingsError, UsageError

MallId = NewType("MallId", str)

MALL_ID_PATTERN = (
    r"^(?!(?:undefined|null|none|nan|true|false)$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"
)
"""Lower-case letters, digits and inner dashes: what a host name's label allows."""

DEFAULT_API_URL = "https://{mall_id}.cafe24api.com"

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_PLACE = "{mall_id}"


def is_mall_id(text: str) -> bool:
    """Tell whether `text` can be a mall id."""
    return re.fullmatch(MALL_ID_PATTERN, text) is not None


def mall_id(text: str) -> MallId:
    """Return `text` as a mall id.

    Raises:
        UsageError: it is no mall id, such as `undefined`, `None`, `a.b` or `MyMall`.
    """
    if not is_mall_id(text):
        raise UsageError(
            f"{text[:70]!r} is not a mall id.",
            "A mall id is what stands before .cafe24.com in the admin's address: "
            "lower-case letters and digits, such as 'samplemall'.",
        )
    return MallId(text)


def _mall_id_field(text: str) -> str:
    """Return `text` when it is a mall id, else fail the way pydantic expects."""
    try:
        return mall_id(text)
    except UsageError as refusal:
        raise ValueError(str(refusal)) from None


MallIdField = Annotated[str, AfterValidator(_mall_id_field)]
"""A pydantic field that holds a mall id."""


def is_loopback(url: str) -> bool:
    """Tell whether `url` points at this very machine."""
    return urlsplit(url).hostname in _LOOPBACK


def checked_api_url(template: str) -> str:
    """Return the API address template when a token may be sent there.

    Raises:
        SettingsError: no `{mall_id}` in it, or plain http outside loopback.
    """
    if template.count(_PLACE) != 1:
        raise SettingsError(
            "CAFE24_API_URL must contain {mall_id} once.",
            f"The default is {DEFAULT_API_URL}.",
        )
    parts = urlsplit(template.replace(_PLACE, "mall"))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(
            "CAFE24_API_URL is not an http(s) address.",
            f"The default is {DEFAULT_API_URL}.",
        )
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise SettingsError(
            "CAFE24_API_URL is plain http outside loopback: tokens would travel in clear.",
            "Use https, or a stand-in on 127.0.0.1.",
        )
    return template.rstrip("/")


def trusted_api_url(template: str, mall: MallId, api_hosts: Collection[str]) -> str:
    """Return the mall's base address when a token may be sent there.

    Whoever may edit a block or start a flow could otherwise name a host of their
    own and be sent the tokens.

    Args:
        template: the API address with `{mall_id}` in it.
        mall: whose address.
        api_hosts: the hosts that the app's document in Vault allows besides
            Cafe24's own and loopback.

    Raises:
        SettingsError: the host is none of these.
    """
    url = api_url(checked_api_url(template), mall)
    host = urlsplit(url).hostname
    if host == f"{mall}.cafe24api.com" or host in _LOOPBACK or host in api_hosts:
        return url
    raise SettingsError(
        f"No token is sent to {host}: it is neither Cafe24 nor listed for the app.",
        "Correct CAFE24_API_URL, or add the host to api_hosts of the app's document in Vault.",
    )


def api_url(template: str, mall: MallId) -> str:
    """Return the mall's base address, without a trailing slash."""
    return template.rstrip("/").replace(_PLACE, mall)
