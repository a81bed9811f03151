"""When our own sign-in at Vault ends: it dies as silently as any other credential.

A token says it of itself. Of an AppRole it is the secret_id's end that counts, since a
living secret_id always gives a new token; the policies in deploy/policies let each
role look up its own.
"""

from datetime import UTC, datetime
from typing import Any

import hvac

from cafe24.errors import VaultRefused
from cafe24.vault.session import VaultSession

NEVER = "0001-01-01T00:00:00Z"
"""How Vault writes the end of what does not end."""


def sign_in_ends_at(session: VaultSession) -> datetime | None:
    """Return when the sign-in ends, aware UTC; None when it does not, or may not be asked.

    Raises:
        VaultAway: no answer.
        VaultRefused: the sign-in itself is refused: it has ended.
    """
    session.client()
    if session.sign_in.token is not None:
        return _moment(session.call("auth/token/lookup-self", _looked_up)["expire_time"])
    try:
        found = session.call("auth/approle/role/secret-id/lookup", lambda hvac: _own(hvac, session))
    except VaultRefused:
        return None
    return _moment(found["expiration_time"])


def _looked_up(client: hvac.Client) -> dict[str, Any]:
    data: dict[str, Any] = client.auth.token.lookup_self().json()["data"]
    return data


def _own(client: hvac.Client, session: VaultSession) -> dict[str, Any]:
    secret_id = session.sign_in.secret_id
    answer = client.auth.approle.read_secret_id(
        session.role_name, secret_id.reveal() if secret_id else ""
    )
    data: dict[str, Any] = answer.json()["data"]
    return data


def _moment(text: str | None) -> datetime | None:
    return None if text in {None, NEVER} else datetime.fromisoformat(str(text)).astimezone(UTC)
