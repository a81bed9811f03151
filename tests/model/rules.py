"""The keeper's rules as they are implemented; each can be weakened to see the search fail."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Literal, NamedTuple

from cafe24.secret import Secret
from cafe24.tokens.document import MallDocument
from cafe24.tokens.held import HeldPair, Place, place
from tests.model.world import Document, Pair, Token

THEN = datetime(2026, 11, 2, tzinfo=UTC)


@cache
def as_implemented(pair: Pair, found: Document) -> Place:
    """Ask `cafe24.tokens.held.place` itself."""
    held = HeldPair(
        environment="model",
        mall_id="modelmall",
        lineage=str(pair.lineage),
        generation=pair.generation,
        parent=_text(pair.parent),
        **_times(pair.token),
    )
    document = MallDocument(
        environment="model",
        mall_id="modelmall",
        client_id="model",
        lineage=str(found.lineage),
        generation=found.generation,
        **_times(found.token),
    )
    return place(held, document, Secret.reveal)


def by_generation(pair: Pair, found: Document) -> Place:
    """The tempting rule: whatever counts higher is newer."""
    if pair.token == found.token:
        return Place.THERE
    return Place.OVER if pair.generation > found.generation else Place.ASIDE


def never_over_another(pair: Pair, found: Document) -> Place:
    """The timid rule: a version that moved is somebody else's."""
    return Place.THERE if pair.token == found.token else Place.ASIDE


def not_knowing_its_own(pair: Pair, found: Document) -> Place:
    """Without a look whether one's own write had arrived after all."""
    found_place = as_implemented(pair, found)
    return Place.ASIDE if found_place is Place.THERE else found_place


class Rules(NamedTuple):
    """The rules; the defaults are the code's."""

    place: Callable[[Pair, Document], Place] = as_implemented
    dead_is_written_over: Literal["own intent", "version re-read"] = "own intent"
    settles_after_delay: bool = True
    an_ended_lease_is_left_open: bool = True
    seals_before_leaving: bool = True
    drains_first: bool = True
    asks_the_ledger: bool = True
    sends_once: bool = True


def _text(token: Token) -> str:
    return f"{token[0]}-{token[1]}"


def _times(token: Token) -> dict[str, object]:
    issued_at = THEN + timedelta(seconds=token[1])
    return {
        "access_token": Secret(f"access-{_text(token)}"),
        "access_expires_at": issued_at,
        "refresh_token": Secret(_text(token)),
        "refresh_expires_at": issued_at,
        "issued_at": issued_at,
        "scopes": [],
    }
