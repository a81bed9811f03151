"""Which generations a document's own history allows."""

import pytest

from cafe24.errors import VaultRefused
from cafe24.tokens.handwork import refuse_handwork
from cafe24.tokens.store import Stored
from cafe24.vault.kv import KeyMetadata
from tests.unit.test_token_place import NOW, document

DESCRIBED = {"version": "5", "generation": "3"}


def judged(generation: int, version: int, custom: dict[str, str]) -> None:
    stored = Stored(document(generation=generation), version, NOW, NOW)
    refuse_handwork(stored, KeyMetadata(version, NOW, NOW, custom))


@pytest.mark.parametrize(
    ("generation", "version"),
    [
        (3, 5),  # as described
        (4, 7),  # an intent and a pair later
        (5, 7),  # two pairs that came home late, one right after the other
        (2, 8),  # somebody rolled back
        (3, 4),  # Vault itself was restored to before the description
    ],
)
def test_what_can_have_been_granted_is_taken(generation: int, version: int) -> None:
    judged(generation, version, DESCRIBED)


def test_more_generations_than_versions_is_somebodys_hand() -> None:
    with pytest.raises(VaultRefused, match=r"generation 6, but can be 5 at most.*--accept-store"):
        judged(6, 7, DESCRIBED)


@pytest.mark.parametrize("custom", [{}, {"version": "5"}, {"version": "five", "generation": "3"}])
def test_where_nothing_is_described_nothing_is_known(custom: dict[str, str]) -> None:
    judged(1000, 5, custom)
    refuse_handwork(Stored(document(generation=1000), 5, NOW, NOW), None)
