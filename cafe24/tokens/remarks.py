"""What is odd about a grant whose pair is safe: said, and never a reason to drop it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cafe24.commands import MANAGE
from cafe24.tokens.answer import Granted
from cafe24.tokens.document import AppDocument

MOST_SKEW = timedelta(seconds=60)


def remarks(granted: Granted, app: AppDocument, now: datetime) -> tuple[str, ...]:
    """Return one line for each thing that a person should look at; `now` is Vault's."""
    return tuple(_remarks(granted, app, now))


def _remarks(granted: Granted, app: AppDocument, now: datetime) -> Iterator[str]:
    if not granted.rotated:
        yield "Cafe24 sent no new refresh token; the old one is kept."
    if granted.by_next_secret:
        yield (
            f"Cafe24 takes the app's next secret and not its old one. Make it the secret: "
            f"{MANAGE} app {app.client_id}"
        )
    missing = sorted(set(app.scopes) - set(granted.scopes)) if granted.scopes else []
    if missing:
        yield (
            f"Cafe24 did not grant the scopes {', '.join(missing)}. Register them in Cafe24 "
            "Developers, then have the mall consent again."
        )
    if granted.answered_at and abs(granted.answered_at - now) > MOST_SKEW:
        yield (
            f"Cafe24's clock and Vault's are {abs(granted.answered_at - now)} apart. "
            "Set Vault's host by NTP."
        )
