"""Authorization codes: each lives a minute, works once, for the one who asked for it."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

LIFETIME = timedelta(seconds=60)
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
"""What Cafe24 documents for code_verifier."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What the mall's operator agreed to.

    Attributes:
        redirect_uri: where the code was sent; the exchange must name it again.
        scopes: what was consented to.
        challenge: the PKCE challenge (S256), or "" without PKCE.
        expires_at: aware.
    """

    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    expires_at: datetime

    def is_proved_by(self, verifier: str) -> bool:
        """Tell whether the PKCE verifier fits; without a challenge none is needed.

        One that is too short to be safe fits nothing, whatever its hash.
        """
        if not self.challenge:
            return True
        if not VERIFIER.fullmatch(verifier):
            return False
        digest = hashlib.sha256(verifier.encode()).digest()
        fitting = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return secrets.compare_digest(fitting, self.challenge)


class CodeStore:
    """The codes of one mall that were not used yet."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}

    def issue(
        self, redirect_uri: str, scopes: tuple[str, ...], challenge: str, at: datetime
    ) -> str:
        """Return a new code."""
        code = secrets.token_urlsafe(16)
        self._grants[code] = Grant(redirect_uri, scopes, challenge, at + LIFETIME)
        return code

    def look_up(self, code: str) -> Grant | None:
        """Return what the code stands for; None when it is unknown or was used."""
        return self._grants.get(code)

    def use_up(self, code: str) -> None:
        """Make the code worthless."""
        del self._grants[code]
