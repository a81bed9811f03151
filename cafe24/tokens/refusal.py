"""Every refusal of the keeper, in words: what is the matter, and what to do then."""

from datetime import datetime, timedelta
from pathlib import Path

from cafe24.commands import MANAGE
from cafe24.errors import (
    AppRefused,
    Cafe24Away,
    MallPaused,
    PairSetAside,
    PairSpilled,
    RateLimited,
    Reauthorize,
    StoreRolledBack,
    TokenAmbiguous,
    VaultRefused,
)
from cafe24.malls import MallId
from cafe24.tokens.document import MallDocument


def another_environment(document: MallDocument, environment: str) -> VaultRefused:
    """Return what to say when the mall is another environment's."""
    return VaultRefused(
        f"The mall {document.mall_id} belongs to the environment {document.environment!r}; "
        f"this is {environment!r}.",
        "Two environments on one token kill it: set CAFE24_ENVIRONMENT or another "
        f"CAFE24_VAULT_PREFIX, or make it yours: {MANAGE} refresh {document.mall_id} --take-over",
    )


def paused(mall: str) -> MallPaused:
    """Return what to say of a mall that somebody paused."""
    return MallPaused(f"The mall {mall} is paused.", f"Let it go on: {MANAGE} resume {mall}")


def dead(mall: str) -> Reauthorize:
    """Return what to say when a token was refused before; no call is made with it."""
    return Reauthorize(f"The refresh token of {mall} is dead.", _consent_again(mall))


def rolled_back(document: MallDocument, known: int) -> StoreRolledBack:
    """Return what to say when the ledger is ahead of Vault."""
    mall = document.mall_id
    return StoreRolledBack(
        f"Vault holds generation {document.generation} of {mall}, but generation {known} was "
        "granted: its pair is sealed on the host that was granted it, or Vault was restored "
        "from a backup and its token is most likely spent.",
        f"On that host: {MANAGE} drain. Else restore the newer version (vault kv rollback) or "
        f"consent again: {MANAGE} authorize {mall}. If you know that Vault's pair is good: "
        f"{MANAGE} refresh {mall} --accept-store",
    )


def unsettled(document: MallDocument, wait: timedelta) -> TokenAmbiguous:
    """Return what to say while a lost answer is still left alone."""
    intent = document.intent
    where = f" The keeper was on the host {intent.host}; a spill may lie there." if intent else ""
    return TokenAmbiguous(
        f"A refresh of {document.mall_id} got no answer.{where}",
        f"It is settled by itself in {_minutes(wait)}; until then the old access token serves.",
    )


def still_serving(document: MallDocument, left: timedelta) -> TokenAmbiguous:
    """Return what to say while the old access token still serves, so nothing is risked."""
    return TokenAmbiguous(
        f"A refresh of {document.mall_id} got no answer.",
        f"The old access token serves for {_minutes(left)}; then one call settles it.",
    )


def too_early(mall: str, why: str, wait: timedelta) -> RateLimited:
    """Return what to say when a call may not be made yet."""
    return RateLimited(
        f"The mall {mall} cannot be refreshed now: {why}.",
        f"Nothing was spent; it is possible again in {_minutes(wait)}.",
        retry_after_s=wait.total_seconds(),
    )


def too_young(mall: str, wait: timedelta) -> Cafe24Away:
    """Return what to say of a 401 on a pair that was granted this minute."""
    return Cafe24Away(
        f"Cafe24 rejects an access token of {mall} that is younger than a minute.",
        "It is tried again; if it stays, check that the app is still installed.",
        retry_after_s=wait.total_seconds(),
    )


def pair_spilled(mall: str, path: Path) -> PairSpilled:
    """Return what to say when Vault does not take a new pair."""
    return PairSpilled(
        f"The new pair of {mall} is not in Vault yet; it is sealed in {path}.",
        f"Nothing is lost. When Vault is back, on this host: {MANAGE} drain",
    )


def pair_set_aside(mall: str, why: str) -> PairSetAside:
    """Return what to say when a granted pair may not stand in the document."""
    return PairSetAside(
        f"A granted pair was set aside: {why}.", f"It is kept in Vault under quarantine/{mall}."
    )


def _minutes(span: timedelta) -> str:
    return f"{-(-span // timedelta(minutes=1))} min"


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
        client_id,
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


def reauthorize(document: MallDocument, now: datetime, text: str) -> Reauthorize:
    """Return what to say when the refresh token is dead, the likeliest reason first."""
    return Reauthorize(
        f"Cafe24 refuses the refresh token of {document.mall_id} ({text}): "
        f"{_likeliest(document, now)}.",
        _consent_again(document.mall_id),
    )


def _likeliest(document: MallDocument, now: datetime) -> str:
    if document.status == "ambiguous" or len(document.sent) > 1:
        return "lost response: an earlier refresh was sent and its answer never came"
    if now >= document.refresh_expires_at:
        return f"it expired at {document.refresh_expires_at:%Y-%m-%d %H:%M} UTC"
    return (
        "it was revoked, the app was removed from the mall, Vault was restored from a backup, or "
        "another client holds this credential (an old script, a second server)"
    )


def _consent_again(mall: str) -> str:
    return f"The mall's principal operator must consent again: {MANAGE} authorize {mall}"
