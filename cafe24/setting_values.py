"""What a setting's value may look like; each refusal says what is meant, never the value."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

from cafe24.malls import is_loopback

_PLACEHOLDER = re.compile(
    r"change.?me|placeholder|^your|^<.*>$|^x{3,}$|^secret$|^todo$", re.IGNORECASE
)
DATABASE_KINDS = frozenset({"sqlite", "postgresql", "postgres"})
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """Return `45s`, `15m`, `6h`, `2d` or plain seconds as a time span.

    Raises:
        ValueError: it is none of these.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd]?)", text.strip())
    if found is None:
        raise ValueError("must be a time span such as 45s, 15m, 6h or 2d")
    return timedelta(**{_UNITS[found[2] or "s"]: float(found[1])})


def _duration(value: Any) -> Any:
    return duration(value) if isinstance(value, str) else value


def is_placeholder(text: str) -> bool:
    """Tell whether a secret is what an example says in its place."""
    return bool(_PLACEHOLDER.search(text))


def _no_placeholder(value: SecretStr | None) -> SecretStr | None:
    if value and is_placeholder(value.get_secret_value()):
        raise ValueError("is still a placeholder")
    return value


def _https(value: str | None) -> str | None:
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not _has_port(value):
        raise ValueError("must be an address that begins with https://")
    if parts.scheme == "http" and not is_loopback(value):
        raise ValueError("must be https outside loopback: secrets would travel in clear")
    return value


def _has_port(url: str) -> bool:
    """Tell whether the port, if one is named, can be one."""
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _vault_address(value: str | None) -> str | None:
    if value and urlsplit(value).path.rstrip("/").endswith("/v1"):
        raise ValueError("must end before /v1")
    return _https(value)


def _page(value: str | None) -> str | None:
    if value and "#" in value:
        raise ValueError("must end before the #: each alert names its own section")
    return _https(value)


def _https_secret(value: SecretStr | None) -> SecretStr | None:
    _https(value.get_secret_value() if value else None)
    return value


def _vault_path(value: str) -> str:
    path = value.strip("/")
    if not re.fullmatch(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)*", path):
        raise ValueError("must be a path in Vault, such as secret or team/cafe24")
    return path


def _there(value: str | None) -> str | None:
    if value is not None and not Path(value).exists():
        raise ValueError("names a file that is not there")
    return value


def _dated(value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise ValueError("must be a date such as 2026-03-01")
    return value


def _supported(value: SecretStr) -> SecretStr:
    """Refuse another kind of database before a token is spent, without loading SQL."""
    kind = re.match(r"\w+", value.get_secret_value())
    if "://" in value.get_secret_value() and kind and kind[0] not in DATABASE_KINDS:
        raise ValueError(f"names a {kind[0]} database; SQLite and PostgreSQL are supported")
    return value


def as_meant(value: Any) -> Any:
    """Return a text without the white space around it.

    Raises:
        ValueError: there is nothing else, or it stands in quotes.
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    if not text:
        raise ValueError("is nothing but white space")
    if text[0] == text[-1] and text[0] in "\"'":
        raise ValueError("stands in quotes that were kept, as docker's --env-file keeps them")
    return text


Duration = Annotated[timedelta, BeforeValidator(_duration)]
VaultPath = Annotated[str, AfterValidator(_vault_path)]
Confidential = Annotated[SecretStr | None, AfterValidator(_no_placeholder)]
ConfidentialUrl = Annotated[
    SecretStr | None, AfterValidator(_no_placeholder), AfterValidator(_https_secret)
]
PageUrl = Annotated[str | None, AfterValidator(_page)]
VaultAddress = Annotated[str | None, AfterValidator(_vault_address)]
ApiVersion = Annotated[str | None, AfterValidator(_dated)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_supported)]
FileThere = Annotated[str | None, AfterValidator(_there)]
