"""A pair that somebody else kept until now: as Cafe24 answered it, or as `.env` lines.

Sources: Cafe24's token answer for the JSON names, and that its times without an offset
are Korean; the `.env` names are those that shops' own code uses, with any prefix that
ends in CAFE24_, or none.
"""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dotenv.parser import parse_stream

from cafe24.errors import UsageError
from cafe24.malls import MallId
from cafe24.secret import Secret
from cafe24.tokens.answer import KST, NO_TOKEN
from cafe24.tokens.document import Status
from cafe24.tokens.grades import OVERDUE_AFTER
from cafe24.tokens.pair import ACCESS_LIFETIME, REFRESH_LIFETIME, TokenPair

_FIELDS = {
    "ACCESS_TOKEN": "access_token",
    "REFRESH_TOKEN": "refresh_token",
    "EXPIRES_AT": "expires_at",
    "TOKEN_EXPIRES_AT": "expires_at",
    "ACCESS_TOKEN_EXPIRES_AT": "expires_at",
    "REFRESH_TOKEN_EXPIRES_AT": "refresh_token_expires_at",
    "REFRESH_EXPIRES_AT": "refresh_token_expires_at",
    "ISSUED_AT": "issued_at",
    "TOKEN_ISSUED_AT": "issued_at",
    "CLIENT_ID": "client_id",
    "MALL_ID": "mall_id",
    "SHOP_NO": "shop_no",
    "SCOPE": "scopes",
    "SCOPES": "scopes",
}
_NAME = re.compile(rf"(?:[A-Z0-9_]*CAFE24_)?({'|'.join(_FIELDS)})", re.IGNORECASE)
_MILLISECONDS_FROM = 10**11
_TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class ForeignPair:
    """What was given, each part or None; times are aware UTC."""

    refresh_token: Secret
    access_token: Secret | None
    expires_at: datetime | None
    refresh_token_expires_at: datetime | None
    issued_at: datetime | None
    client_id: str | None
    scopes: tuple[str, ...]
    shop_no: int

    @classmethod
    def parsed(cls, text: str, mall: MallId) -> "ForeignPair":
        """Return the mall's pair that stands in `text`.

        Raises:
            UsageError: no pair, another mall's, or a part that cannot be read; names the
                part and never shows it.
        """
        fields = _json(text) if text.lstrip().startswith("{") else _lines(text)
        theirs = _text(fields, "mall_id")
        if theirs is not None and theirs != mall:
            raise UsageError(
                f"These tokens are of the mall {theirs[:70]!r}, not of {mall}.",
                "Nothing was changed. Give each mall its own file.",
            )
        refresh_token = _token(fields, "refresh_token")
        if refresh_token is None:
            raise UsageError(
                "No refresh token stands there.",
                "Give Cafe24's token answer as JSON, or .env lines with CAFE24_REFRESH_TOKEN.",
            )
        return cls(
            refresh_token=refresh_token,
            access_token=_token(fields, "access_token"),
            expires_at=_moment(fields, "expires_at"),
            refresh_token_expires_at=_moment(fields, "refresh_token_expires_at"),
            issued_at=_moment(fields, "issued_at"),
            client_id=_text(fields, "client_id"),
            scopes=_scopes(fields.get("scopes")),
            shop_no=_whole(fields, "shop_no", 1),
        )

    @property
    def is_dated(self) -> bool:
        """Whether it is known when the refresh token ends."""
        return self.refresh_token_expires_at is not None or self.issued_at is not None

    def pair(self, now: datetime) -> TokenPair:
        """Return the pair; what is not known of its times is taken as the worst that helps.

        Undated it counts as one whose planned refresh is overdue, so that it is due at once.
        """
        refresh_ends = self.refresh_token_expires_at
        issued_at = self.issued_at or (refresh_ends and refresh_ends - REFRESH_LIFETIME)
        issued_at = min(now, issued_at or now - OVERDUE_AFTER)
        access_ends = self.expires_at or (issued_at + ACCESS_LIFETIME)
        return TokenPair(
            access_token=self.access_token or Secret(NO_TOKEN),
            access_expires_at=access_ends if self.access_token else issued_at,
            refresh_token=self.refresh_token,
            refresh_expires_at=refresh_ends or issued_at + REFRESH_LIFETIME,
            issued_at=issued_at,
            scopes=self.scopes,
        )

    def status(self, now: datetime) -> Status:
        """Return `active` only where a token that is alive speaks for the pair."""
        is_alive = self.is_dated and self.pair(now).access_expires_at > now
        return "active" if is_alive else "unproven"


def _json(text: str) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = json.loads(text)
    except ValueError:
        raise UsageError(
            "What begins like JSON is not JSON.", "Give Cafe24's token answer whole."
        ) from None
    return found


def _lines(text: str) -> Mapping[str, Any]:
    found: dict[str, str] = {}
    for binding in parse_stream(io.StringIO(text)):
        name = _NAME.fullmatch(binding.key or "")
        if name is None or not binding.value:
            continue
        field = _FIELDS[name[1].upper()]
        if found.setdefault(field, binding.value) != binding.value:
            raise UsageError(
                f"Line {binding.original.line}: {binding.key} says something else than a line "
                "before it.",
                "Leave the one that is true.",
            )
    return found


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise UsageError(f"{name} is no text.", "Cafe24 writes it in quotes.")
    return value.strip()


def _token(fields: Mapping[str, Any], name: str) -> Secret | None:
    text = _text(fields, name)
    if text is None:
        return None
    if not _TOKEN.fullmatch(text):
        raise UsageError(f"{name} is no token: it has blanks or is cut.", "Copy it whole.")
    return Secret(text)


def _moment(fields: Mapping[str, Any], name: str) -> datetime | None:
    """Return a time: Cafe24's (Korean without an offset), or seconds or milliseconds of Unix."""
    value = fields.get(name)
    if value is None or value == "":
        return None
    try:
        if isinstance(value, int) or re.fullmatch(r"\d{9,14}", str(value)):
            number = int(value)
            seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
            return datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=KST)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(
            f"{name} is no time.", "It looks like 2026-11-24T15:00:00.000, in Korean time."
        ) from None


def _whole(fields: Mapping[str, Any], name: str, otherwise: int) -> int:
    value = fields.get(name)
    if value is None or value == "":
        return otherwise
    if not re.fullmatch(r"[1-9]\d{0,5}", str(value)):
        raise UsageError(f"{name} is no number.", "The usual shop has 1.")
    return int(value)


def _scopes(value: Any) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(scope) for scope in value)
    return tuple(str(value or "").replace(",", " ").split())
