"""The app as it is registered at Cafe24 Developers: one for the whole sandbox."""

from dataclasses import dataclass

from sandbox.mall.catalogue.dice import Dice

REDIRECT_URI = "https://app.example.com/cafe24/callback"
SCOPES = ("mall.read_product", "mall.write_product", "mall.read_category", "mall.read_store")

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_LENGTH = 22


@dataclass(slots=True)
class Registration:
    """What an app is known by, and what it may ask for."""

    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...] = (REDIRECT_URI,)
    scopes: tuple[str, ...] = SCOPES
    name: str = "상품 연동 샌드박스 앱"


def invent_registration(seed: int) -> Registration:
    """Return an app whose client_id and secret look real and depend on the seed alone."""
    return Registration(
        client_id=_text(Dice(seed, "client_id")), client_secret=_text(Dice(seed, "client_secret"))
    )


def _text(dice: Dice) -> str:
    return "".join(dice.one_of(_ALPHABET) for _ in range(_LENGTH))
