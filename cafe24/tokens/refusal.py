"""Every refusal of the keeper, in words: what is the matter, and what to do then."""

from datetime import timedelta

from cafe24.errors import (
    AppRefused,
    Cafe24Away,
    MallPaused,
    RateLimited,
    Reauthorize,
    TokenAmbiguous,
    VaultRefused,
)
from cafe24.malls import MallId
from cafe24.tokens.document import CALL_WINDOW, MallDocument
from cafe24.tokens.need import Need
from cafe24.tokens.store import Stored

MANAGE = ".venv/bin/python manage.py"

MOST_REFRESHES = 12
"""Of Cafe24's 15 token calls in 2 hours; the last 3 belong to consent and settling."""


def refuse_document(stored: Stored, need: Need, environment: str, settle: timedelta) -> None:
    """Raise what forbids to spend this document's refresh token now, if anything does.

    Raises:
        VaultRefused: it belongs to another environment.
        MallPaused: somebody paused the mall.
        Reauthorize: the token is known to be dead; no call is made with it.
        TokenAmbiguous: an earlier call may still be under way.
        RateLimited: Cafe24 asked to wait, or the two hours' calls are used up.
        Cafe24Away: a 401 on a pair that is younger than a minute.
    """
    _refuse_environment(stored, environment)
    _refuse_status(stored)
    _refuse_unsettled(stored, settle)
    _refuse_too_early(stored)
    if need.distrusts_youth_of(stored):
        raise Cafe24Away(
            f"Cafe24 rejects an access token of {stored.document.mall_id} that is younger "
            "than a minute.",
            "It is tried again; if it stays, check that the app is still installed.",
        )


def _refuse_environment(stored: Stored, environment: str) -> None:
    theirs = stored.document.environment
    if theirs != environment:
        raise VaultRefused(
            f"The mall {stored.document.mall_id} belongs to the environment {theirs!r}; "
            f"this is {environment!r}.",
            "Two environments on one token kill it: set CAFE24_ENVIRONMENT or another "
            "CAFE24_VAULT_PREFIX.",
        )


def _refuse_status(stored: Stored) -> None:
    mall = stored.document.mall_id
    if stored.document.status == "paused":
        raise MallPaused(f"The mall {mall} is paused.", "It stays so until somebody resumes it.")
    if stored.document.status == "reauthorize":
        raise Reauthorize(
            f"The refresh token of {mall} is dead.",
            _consent_again(mall),
        )


def _refuse_unsettled(stored: Stored, settle: timedelta) -> None:
    """A lost answer may still be saved by its owner: leave it that time."""
    is_open = stored.document.status == "ambiguous" or stored.document.intent is not None
    since = stored.read_at - stored.written_at
    if is_open and since < settle:
        minutes = -(-(settle - since) // timedelta(minutes=1))
        raise TokenAmbiguous(
            f"A refresh of {stored.document.mall_id} got no answer.",
            f"It is settled by itself in {minutes} min; until then the old access token serves.",
        )


def _refuse_too_early(stored: Stored) -> None:
    document, now = stored.document, stored.read_at
    if document.not_before is not None and now < document.not_before:
        raise _wait(document.mall_id, "Cafe24 asked us to wait", document.not_before - now)
    calls = document.recent_calls(now)
    if len(calls) >= MOST_REFRESHES:
        raise _wait(
            document.mall_id,
            f"{len(calls)} token calls in two hours, Cafe24 allows 15",
            min(calls) + CALL_WINDOW - now,
        )


def _wait(mall: str, why: str, wait: timedelta) -> RateLimited:
    minutes = -(-wait // timedelta(minutes=1))
    return RateLimited(
        f"The mall {mall} cannot be refreshed now: {why}.",
        f"Nothing was spent; it is possible again in {minutes} min.",
        retry_after_s=wait.total_seconds(),
    )


def ambiguous(mall: MallId, text: str, settle: timedelta) -> TokenAmbiguous:
    """Return what to say when a grant got no clear answer."""
    return TokenAmbiguous(
        f"The refresh of {mall} got no clear answer ({text}).",
        f"Nothing to do yet: it is settled by itself after {settle}.",
    )


def app_refused(client_id: str, text: str) -> AppRefused:
    """Return what to say when Cafe24 does not know the app or its secret."""
    return AppRefused(
        f"Cafe24 refuses the app {client_id} ({text}).",
        f"The tokens are good. Store the app's right secret: {MANAGE} app {client_id}",
    )


def unspent(mall: MallId, text: str, wait: timedelta) -> RateLimited | Cafe24Away:
    """Return what to say when provably nothing was spent."""
    next_step = "Nothing was spent; it is tried again."
    if wait:
        return RateLimited(
            f"Cafe24 does not take a refresh of {mall} now ({text}).",
            next_step,
            retry_after_s=wait.total_seconds(),
        )
    return Cafe24Away(f"Cafe24 was not reached for {mall} ({text}).", next_step)


def reauthorize(document: MallDocument, text: str) -> Reauthorize:
    """Return what to say when the refresh token is dead, with the likeliest reason."""
    was_sent_before = len(document.sent) > 1
    why = (
        "an earlier refresh was sent and its answer was lost"
        if was_sent_before
        else "it expired, the app was removed, or another client uses this credential"
    )
    return Reauthorize(
        f"Cafe24 refuses the refresh token of {document.mall_id} ({text}): {why}.",
        _consent_again(document.mall_id),
    )


def _consent_again(mall: str) -> str:
    return f"The mall's principal operator must consent again: {MANAGE} authorize {mall}"
