"""A granted pair on its way into the mall's document, and whether it may go there.

One rule serves the save after a grant, the spills of a host and the quarantine.
A generation alone decides nothing: what counts is which token a pair was bought
with (reference: the search in tests/model).
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field

from cafe24.malls import MallIdField
from cafe24.secret import Secret
from cafe24.tokens.document import MallDocument, SecretField, VaultDocument
from cafe24.tokens.pair import Grant, TokenPair

Fingerprint = Callable[[Secret], str]


class HeldPair(VaultDocument):
    """What a grant gave, with what it was bought with: `parent` names the spent token."""

    shape: Literal[1] = Field(alias="schema", default=1)
    environment: str
    mall_id: MallIdField
    lineage: str
    generation: int = Field(ge=1)
    parent: str
    access_token: SecretField
    access_expires_at: AwareDatetime
    refresh_token: SecretField
    refresh_expires_at: AwareDatetime
    issued_at: AwareDatetime
    scopes: list[str]

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    @classmethod
    def bought(cls, spent: MallDocument, parent: str, pair: TokenPair) -> "HeldPair":
        """Return the pair that was bought with `spent`'s refresh token."""
        return cls(
            environment=spent.environment,
            mall_id=spent.mall_id,
            lineage=spent.lineage,
            generation=spent.generation + 1,
            parent=parent,
            access_token=pair.access_token,
            access_expires_at=pair.access_expires_at,
            refresh_token=pair.refresh_token,
            refresh_expires_at=pair.refresh_expires_at,
            issued_at=pair.issued_at,
            scopes=list(pair.scopes),
        )

    def of_another_mall(self, name: str) -> "HeldPair":
        """Return it as evidence: of a lineage that this mall's document never has.

        Otherwise a drain would find its parent there, and put it where it does not belong.
        """
        return self.model_copy(update={"lineage": f"the mall {name}"})

    @property
    def spent_grant(self) -> Grant:
        """Which grant the spent token came from."""
        return Grant(self.lineage, self.generation - 1)

    def pair(self) -> TokenPair:
        """Return the tokens and their times."""
        return TokenPair(
            access_token=self.access_token,
            access_expires_at=self.access_expires_at,
            refresh_token=self.refresh_token,
            refresh_expires_at=self.refresh_expires_at,
            issued_at=self.issued_at,
            scopes=tuple(self.scopes),
        )


class Place(Enum):
    """Where a held pair belongs, as the mall's document stands."""

    THERE = auto()
    """It is in the document already."""

    OVER = auto()
    """Over the document, whose refresh token is dead."""

    ASIDE = auto()
    """Not there: kept as evidence, for a person to look at."""


def place(held: HeldPair, found: MallDocument, fingerprint: Fingerprint) -> Place:
    """Return where a held pair belongs."""
    if (held.refresh_token, held.access_token) == (found.refresh_token, found.access_token):
        return Place.THERE
    if (held.environment, held.lineage) != (found.environment, found.lineage):
        return Place.ASIDE
    if fingerprint(found.refresh_token) == held.parent:
        return Place.OVER
    # The same generation of one lineage was bought with the same token, which a server
    # with a grace allows: what it gave last is what lives.
    is_sibling = held.generation == found.generation
    return Place.OVER if is_sibling and held.issued_at > found.issued_at else Place.ASIDE
