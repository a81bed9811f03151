"""Brings held pairs home: this host's spills, and a mall's quarantine.

A pair goes into the document only where that is provably its place; otherwise it is
kept as evidence. A bad file stops nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cafe24.errors import CafeError, Conflict, SpillUnusable, UsageError, VaultRefused
from cafe24.malls import MallId
from cafe24.tokens.held import HeldPair, Place, place
from cafe24.tokens.keys import Keys
from cafe24.tokens.spill import Spill, SpillFolder, left_behind
from cafe24.tokens.store import TokenStore


@dataclass(frozen=True, slots=True)
class Drained:
    """What became of one held pair.

    Attributes:
        came_home: whether its tokens are in Vault now.
        said: what happened, and what is to be done if anything is.
    """

    mall_id: str
    came_home: bool
    said: str


class Drain:
    """Empties the spill folder of this host."""

    def __init__(self, store: TokenStore, keys: Keys, folder: SpillFolder) -> None:
        self._store = store
        self._keys = keys
        self._folder = folder

    def everything(self) -> list[Drained]:
        """Bring this host's spills home, and every mall's quarantined pair that fits.

        Raises:
            VaultAway, VaultRefused: what is held stays where it is.
        """
        quarantined = [one for mall in self._store.malls() for one in self.quarantine(mall)]
        return [*self.spills(), *quarantined]

    def close(self) -> None:
        """Give back the sign-in; a token that an AppRole gave us is revoked."""
        self._store.vault.session.sign_out()

    def spills(self) -> list[Drained]:
        """Bring every spill home whose keeper is gone; return one line for each.

        Raises:
            VaultAway: the spills stay where they are.
        """
        return [drained for path in self._folder.paths() for drained in self._file(path)]

    def quarantine(self, mall: MallId) -> list[Drained]:
        """Bring the mall's quarantined pair home if its document has come to want it.

        Raises:
            VaultAway, VaultRefused: it stays where it is.
        """
        held = self._store.quarantined(mall)
        if held is None:
            return []
        found = self._home(held)
        if found is not Place.OVER:
            return []
        return [Drained(mall, came_home=True, said="the quarantined pair is in use again")]

    def _file(self, path: Path) -> Iterator[Drained]:
        mall = path.name.partition(".")[0]
        try:
            spill = left_behind(path)
            if spill is None:
                return
            yield from self._emptied(spill, mall)
        except SpillUnusable as flaw:
            kept = self._folder.set_aside(path)
            yield Drained(mall, came_home=False, said=f"{flaw} It is kept as {kept}.")
        except VaultRefused as refusal:
            # One mall's trouble; the others' refreshes drain this folder too.
            yield Drained(mall, came_home=False, said=f"a spilled pair stays sealed: {refusal}")

    def _emptied(self, spill: Spill, mall: str) -> Iterator[Drained]:
        try:
            if spill.is_empty:
                spill.remove()
                return
            key = self._keys.spill_at(spill.key_version)
            if key is None:
                raise SpillUnusable(
                    f"The spill {spill.path} is sealed with a key that Vault no longer has.",
                    "Restore keys/spill, then move the file back.",
                )
            held = spill.opened(key.secret)
            if self._home(held) is Place.ASIDE:
                kept = self._folder.set_aside(spill.path)
                yield Drained(
                    mall,
                    came_home=False,
                    said="a spilled pair does not descend from what Vault holds now; "
                    f"it is kept as {kept}",
                )
            else:
                spill.remove()
                yield Drained(mall, came_home=True, said="a spilled pair is in Vault now")
        finally:
            spill.close()

    def _home(self, held: HeldPair) -> Place:
        """Write the pair where it belongs; return where that was."""
        mall = MallId(held.mall_id)
        while True:
            try:
                stored = self._store.mall(mall)
            except UsageError:
                return Place.ASIDE
            where = place(held, stored.document, self._keys.fingerprint)
            if where is not Place.OVER:
                return where
            try:
                self._store.write_mall(stored.document.with_pair(held.pair()), cas=stored.version)
            except Conflict:
                continue
            return self._read_back(held)

    def _read_back(self, held: HeldPair) -> Place:
        stored = self._store.mall(MallId(held.mall_id))
        is_there = place(held, stored.document, self._keys.fingerprint) is Place.THERE
        # Somebody was quicker and spent it already: then it was home.
        is_older = stored.document.generation > held.generation
        if not (is_there or is_older):
            raise CafeError(f"The pair of {held.mall_id} is not in Vault after it was written.")
        return Place.OVER
