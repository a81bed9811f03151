"""Copies of the whole state, to play a Vault that was rolled back."""

import copy

from sandbox.vault.stores import Stores
from sandbox.vault.wire.answers import Refusal


class Snapshots:
    """Named copies; what happens to the state later does not reach them."""

    def __init__(self) -> None:
        self._taken: dict[str, Stores] = {}

    def take(self, stores: Stores) -> str:
        """Copy the state and return the copy's name."""
        name = f"snapshot-{len(self._taken) + 1}"
        self._taken[name] = copy.deepcopy(stores)
        return name

    def restore(self, name: str) -> Stores:
        """Return the state as it was; it can be restored again.

        Raises:
            Refusal: 404, when there is no such copy.
        """
        if name not in self._taken:
            raise Refusal(404, f'there is no snapshot "{name}"; POST /__sandbox__/snapshot first')
        return copy.deepcopy(self._taken[name])

    def names(self) -> list[str]:
        """Return the names of all copies."""
        return list(self._taken)
