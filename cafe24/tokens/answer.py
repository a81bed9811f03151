"""What an answer of the token endpoint means for the refresh token.

Two rules order everything here: the tokens are taken out before anything else
is judged, and an answer that proves nothing leaves the token's fate open.

Sources: Cafe24's token guides for the envelope `{"error", "error_description"}`
and the status codes; invalid_grant has been seen as 400 and as 401, and a wrong
client_secret once as invalid_grant with "client_secret" in its text.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from http import HTTPStatus
from typing import Any

import orjson

from cafe24.secret import Secret
from cafe24.tokens.pair import ACCESS_LIFETIME, REFRESH_LIFETIME, TokenPair

KST = timezone(timedelta(hours=9))
"""Cafe24's offset-less times are Korean."""

DEFAULT_WAIT = timedelta(minutes=10)
"""How long a 429 without a time keeps us away: the longest block that was seen."""

LONGEST_LIFE = timedelta(days=3660)
"""What lives longer, by its dates, has dates that are not to be believed."""

NO_TOKEN = "none"  # noqa: S105 - the very absence of one
"""Stands for an access token that never arrived; nobody is given it."""

_TEXT_LIMIT = 120


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: maybe cut short, maybe not JSON."""

    status: int
    body: bytes = field(repr=False)
    is_whole: bool = True
    retry_after_s: float | None = None
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """New tokens. They are in hand, so they are kept, whatever else is odd.

    Attributes:
        rotated: False when Cafe24 sent no new refresh token, so the old one stays.
        answered_at: Cafe24's clock, from its Date header.
        by_next_secret: whether only the app's next client_secret was taken.
    """

    fields: dict[str, Any] = field(repr=False)
    rotated: bool
    answered_at: datetime | None = None
    by_next_secret: bool = False

    @property
    def scopes(self) -> tuple[str, ...]:
        """What was granted; empty when the answer does not say."""
        return _scopes(self.fields.get("scopes"))

    @property
    def mall_id(self) -> str | None:
        """The mall that the tokens are for, as Cafe24 says."""
        return self.fields.get("mall_id")

    def pair(self, asked_at: datetime, spent: Secret) -> TokenPair:
        """Return the pair with its times in the clock of `asked_at`.

        `spent` stays the refresh token when no new one came; an access token that
        was cut off is replaced by one that has already ended.

        Lifetimes are differences between two of Cafe24's times, so no time zone
        and no clock of ours can be wrong; a time that cannot be read gives the
        documented 2 hours and 14 days.
        """
        issued = _moment(self.fields.get("issued_at"))
        access_token = self.fields.get("access_token")
        access_life = _lifetime(issued, self.fields.get("expires_at"), ACCESS_LIFETIME)
        return TokenPair(
            access_token=Secret(access_token or NO_TOKEN),
            access_expires_at=asked_at + (access_life if access_token else timedelta(0)),
            refresh_token=Secret(self.fields.get("refresh_token") or spent.reveal()),
            refresh_expires_at=asked_at
            + _lifetime(issued, self.fields.get("refresh_token_expires_at"), REFRESH_LIFETIME),
            issued_at=asked_at,
            scopes=self.scopes,
        )


@dataclass(frozen=True, slots=True)
class GrantRefused:
    """invalid_grant: the presented token or code is not valid (any more)."""

    text: str


@dataclass(frozen=True, slots=True)
class ClientRefused:
    """client_id or client_secret is wrong; the presented token was not looked at."""

    text: str


@dataclass(frozen=True, slots=True)
class NotSpent:
    """Provably nothing was spent: it may be tried again, not before `wait`."""

    text: str
    wait: timedelta


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nobody knows whether the token was spent."""

    text: str


Verdict = Granted | GrantRefused | ClientRefused | NotSpent | Unclear


def judged(answer: Answer) -> Verdict:
    """Return what the answer means for the token that was presented."""
    if answer.status == HTTPStatus.OK:
        return _tokens(answer)
    error, text = _error(answer)
    said = f"{answer.status} {error} {text}".strip()[:_TEXT_LIMIT]
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = timedelta(seconds=answer.retry_after_s) if answer.retry_after_s else DEFAULT_WAIT
        return NotSpent(said, wait)
    if error == "invalid_client" or "client_secret" in text.lower():
        return ClientRefused(said)
    if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED} and (
        error == "invalid_grant" or "invalid refresh_token" in text.lower()
    ):
        return GrantRefused(said)
    return Unclear(said)


def _tokens(answer: Answer) -> Verdict:
    fields = _object(answer.body)
    if fields is None:
        fields = _salvaged(answer.body)
    if fields.get("refresh_token"):
        return Granted(fields, rotated=True, answered_at=answer.date)
    if fields.get("access_token") and answer.is_whole and _object(answer.body) is not None:
        return Granted(fields, rotated=False, answered_at=answer.date)
    return Unclear("200 without tokens" if answer.is_whole else "200 cut before the tokens")


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, dict):
        return None
    # Only texts can be tokens and times; a number or a list there is no token.
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, str) or name in {"scopes", "error"}
    }


def _salvaged(body: bytes) -> dict[str, Any]:
    """Return the text fields that stand complete in a body that was cut."""
    found = re.findall(rb'"([a-z_]+)"\s*:\s*("(?:[^"\\]|\\.)*")', body)
    texts = {name.decode(): _text(value) for name, value in found}
    return {name: text for name, text in texts.items() if text is not None}


def _text(value: bytes) -> str | None:
    """Return a JSON text; None when it is none, which must not cost the text beside it."""
    try:
        return str(orjson.loads(value))
    except orjson.JSONDecodeError:
        return None


def _error(answer: Answer) -> tuple[str, str]:
    fields = _object(answer.body) or {}
    error, text = fields.get("error", ""), fields.get("error_description", "")
    if isinstance(error, dict):
        return "", str(error.get("message", ""))
    return str(error), str(text)


def _moment(text: Any) -> datetime | None:
    """Return Cafe24's time; one without an offset is Korean."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=KST)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _lifetime(issued: datetime | None, expires: Any, otherwise: timedelta) -> timedelta:
    until = _moment(expires)
    if issued is None or until is None:
        return otherwise
    return until - issued if timedelta(0) < until - issued < LONGEST_LIFE else otherwise


def _scopes(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    return tuple(str(scope) for scope in value) if isinstance(value, list) else ()
