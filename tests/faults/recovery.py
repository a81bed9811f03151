"""Brings a mall back to health by what its errors name, and by nothing else."""

import time
from datetime import timedelta

import httpx

from cafe24.errors import (
    CafeError,
    PairSpilled,
    Reauthorize,
    Retryable,
    StoreRolledBack,
    TokenAmbiguous,
)
from cafe24.secret import Secret
from cafe24.tokens.consent import ask_consent
from cafe24.tokens.need import Need
from tests.faults.shop import Shop

PATIENCE_S = 40.0
USUAL = Need()
PROOF = Need(min_left=timedelta(days=1))
"""No pair lives that long: a grant is made, and no second of Vault's clock is waited for."""


class NoWayOut(Exception):
    """What an error names did not bring the mall back."""


def recover(shop: Shop, known: dict[str, int], told: str) -> list[str]:
    """Follow what the caller was told, then refresh until it works; return the ways taken.

    Then prove it: one more grant with what Vault holds.

    Raises:
        NoWayOut: an error without a next step, or one whose step does not help.
    """
    keeper = shop.configuration.keeper(known=lambda _mall: known)
    ways: list[str] = []
    if told == PairSpilled.__name__:
        ways.append("drain")
        shop.configuration.drain().everything()
    give_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at:
        try:
            keeper.refresh(shop.mall, USUAL)
            proved = keeper.refresh(shop.mall, PROOF)
        except CafeError as error:
            ways.append(_followed(shop, error))
        else:
            _prove(shop, proved.outcome)
            return ways
    raise NoWayOut(f"after {PATIENCE_S:.0f} s and {sorted(set(ways))}")


def _prove(shop: Shop, outcome: str) -> None:
    """The forced grant was one, and the mall takes what Vault holds now."""
    document = shop.stored().document
    is_live = document.refresh_token.reveal() in shop.live()
    if (outcome, document.status, document.intent, is_live) != ("refreshed", "active", None, True):
        raise NoWayOut(f"refreshed, but {outcome}, {document.status}, live: {is_live}")


def _followed(shop: Shop, error: CafeError) -> str:
    """Do what the error says; return its name."""
    match error:
        case Retryable() | TokenAmbiguous():
            time.sleep(0.2)
        case PairSpilled():
            _must_name(error, "manage.py drain")
            shop.configuration.drain().everything()
        case Reauthorize() | StoreRolledBack():
            _must_name(error, f"manage.py authorize {shop.mall}")
            consent_again(shop)
        case _:
            raise NoWayOut(f"{type(error).__name__}: {error}")
    return type(error).__name__


def _must_name(error: CafeError, command: str) -> None:
    if command not in error.next_step:
        raise NoWayOut(f"{type(error).__name__} does not name {command}: {error.next_step}")


def consent_again(shop: Shop) -> None:
    """Go through the consent page as the mall's operator does."""
    app = shop.street.app
    consent = ask_consent(shop.configuration.api_url, shop.mall, app)
    redirected_to = Secret(allowed(consent.link))
    shop.configuration.adoption().authorize(app, consent, consent.code(redirected_to))


def allowed(link: str) -> str:
    """Press Allow on the page behind a link; return the address one is sent to."""
    answer = httpx.post(link, data={"decision": "allow"}, follow_redirects=False)
    return answer.headers["Location"]
