"""A mall's tokens: who is alive, who was spent, who descends from whom.

A refresh token is single use: presented once, it is spent and a new pair takes
its place. Tokens that descend from one consent are a family.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sandbox.mall.oauth.token_text import token_text
from sandbox.mall.switches import Behaviour

ACCESS_LIFETIME = timedelta(hours=2)
REFRESH_LIFETIME = timedelta(days=14)
LIVE_ACCESS_TOKENS = 15

_FORGOTTEN_AFTER = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class Token:
    """An access or a refresh token.

    Attributes:
        text: the token itself.
        family: what all descendants of one consent share.
        scopes: what was granted.
        issued_at: aware, whole seconds, as Cafe24 tells it.
        expires_at: likewise.
        spent_at: when a refresh token was used up.
        is_revoked: whether it was taken back before its time.
    """

    text: str
    family: str
    scopes: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    spent_at: datetime | None = None
    is_revoked: bool = False

    def is_live(self, now: datetime) -> bool:
        """Tell whether it still opens a door."""
        return not self.is_revoked and self.spent_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Pair:
    """What a grant hands out; not `rotated`, the refresh token is the one presented."""

    access: Token
    refresh: Token
    rotated: bool = True


@dataclass(frozen=True, slots=True)
class _Consent:
    family: str
    scopes: tuple[str, ...]


Shelf = dict[str, Token]


class TokenStore:
    """All tokens of one mall, oldest first."""

    def __init__(self) -> None:
        self.access: Shelf = {}
        self.refresh: Shelf = {}

    def begin_family(
        self,
        scopes: tuple[str, ...],
        issued_at: datetime,
        style: str,
        *,
        access_lifetime: timedelta = ACCESS_LIFETIME,
        refresh_lifetime: timedelta = REFRESH_LIFETIME,
    ) -> Pair:
        """Issue the first pair after a consent. Older families live on."""
        consent = _Consent(secrets.token_hex(4), scopes)
        issued_at = issued_at.replace(microsecond=0)
        return Pair(
            _issue(self.access, consent, issued_at, access_lifetime, style),
            _issue(self.refresh, consent, issued_at, refresh_lifetime, style),
        )

    def rotate(self, presented: str, now: datetime, behaviour: Behaviour) -> Pair | None:
        """Spend a refresh token; None when it is unknown, spent, expired or revoked."""
        token = self.refresh.get(presented)
        if token is None or token.is_revoked or now >= token.expires_at:
            return None
        grace = timedelta(seconds=behaviour.grace_s)
        if token.spent_at is not None and now >= token.spent_at + grace:
            if behaviour.reuse_detection:
                self.revoke_family(token.family)
            return None
        return self._successor(token, now, behaviour)

    def revoke(self, text: str) -> None:
        """Revoke the token and the tokens that belong to it; an unknown one is no error."""
        token = self.access.get(text) or self.refresh.get(text)
        if token is not None:
            self.revoke_family(token.family)

    def revoke_family(self, family: str) -> None:
        """Revoke all tokens that descend from one consent."""
        _revoke(self.access, family)
        _revoke(self.refresh, family)

    def revoke_access(self) -> None:
        """Revoke all access tokens."""
        _revoke(self.access)

    def revoke_refresh(self) -> None:
        """Revoke all refresh tokens."""
        _revoke(self.refresh)

    def discard_oldest_access(self, now: datetime) -> None:
        """Let no more than fifteen access tokens live."""
        for token in live(self.access, now)[:-LIVE_ACCESS_TOKENS]:
            self.access[token.text] = replace(token, is_revoked=True)

    def _successor(self, token: Token, now: datetime, behaviour: Behaviour) -> Pair:
        if behaviour.old_access_token_dies:
            _revoke(self.access, token.family)
        consent = _Consent(token.family, token.scopes)
        issued_at, style = now.replace(microsecond=0), behaviour.token_style
        access = _issue(self.access, consent, issued_at, ACCESS_LIFETIME, style)
        if not behaviour.rotation:
            return Pair(access, token, rotated=False)
        self.refresh[token.text] = replace(token, spent_at=token.spent_at or now)
        refresh = _issue(self.refresh, consent, issued_at, REFRESH_LIFETIME, style)
        return Pair(access, refresh)


def live(shelf: Shelf, now: datetime) -> list[Token]:
    """Return the tokens that work, oldest first."""
    return [token for token in shelf.values() if token.is_live(now)]


def _issue(
    shelf: Shelf, consent: _Consent, issued_at: datetime, lifetime: timedelta, style: str
) -> Token:
    expires_at = issued_at + lifetime
    text = token_text(style, expires_at)
    token = Token(text, consent.family, consent.scopes, issued_at, expires_at)
    _forget(shelf, issued_at - _FORGOTTEN_AFTER)
    shelf[token.text] = token
    return token


def _forget(shelf: Shelf, before: datetime) -> None:
    for text in [text for text, token in shelf.items() if token.expires_at < before]:
        del shelf[text]


def _revoke(shelf: Shelf, family: str | None = None) -> None:
    for text, token in shelf.items():
        if family in {None, token.family}:
            shelf[text] = replace(token, is_revoked=True)
