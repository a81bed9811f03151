"""Keeps a granted pair: in Vault as soon as Vault takes it, until then sealed on this host.

Nothing is judged here and nothing is dropped. Either the pair stands in the mall's
document, or in the quarantine, or in a spill that was fsynced; where none of them can
be had, the process keeps it and goes on trying.
"""

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass

from cafe24.boottime import boottime
from cafe24.errors import CafeError, Conflict, PairSetAside, Retryable, VaultRefused
from cafe24.malls import MallId
from cafe24.tokens.document import MallDocument
from cafe24.tokens.held import HeldPair, Place, place
from cafe24.tokens.keys import Keys
from cafe24.tokens.refusal import pair_set_aside, pair_spilled
from cafe24.tokens.spill import Spill
from cafe24.tokens.store import Stored, TokenStore

PROMPT_S = 0.05
"""How long Vault may take before the pair is sealed beside it."""

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 20.0
LOOK_S = 0.05

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Safekeeping:
    """Saves pairs of one store, each for `patience_s` before it is left to its spill."""

    store: TokenStore
    keys: Keys
    patience_s: float

    def save(
        self,
        held: HeldPair,
        over: MallDocument,
        version: int,
        spill: Spill,
        is_stopping: Callable[[], bool],
    ) -> Stored:
        """Put the pair over the document whose token bought it; return it as it stands.

        Raises:
            PairSpilled: Vault does not take it; it is sealed and comes home with a drain.
            PairSetAside: the document wants another pair; ours is in quarantine.
        """
        writing = _Writing(self.store, self.keys, held, over, version)
        return self._kept(writing, spill, is_stopping)

    def set_aside(
        self, held: HeldPair, why: str, spill: Spill, is_stopping: Callable[[], bool]
    ) -> None:
        """Put a pair into quarantine that may not stand in the document.

        Raises:
            PairSpilled: as `save`.
            PairSetAside: always, when it is in quarantine.
        """
        self._kept(_Writing(self.store, self.keys, held, None, 0, why), spill, is_stopping)

    def _kept(self, writing: "_Writing", spill: Spill, is_stopping: Callable[[], bool]) -> Stored:
        writing.start()
        writing.stirred.wait(PROMPT_S)
        leaves_at = boottime() + self.patience_s
        is_sealed = False
        while not writing.done.is_set():
            is_sealed = is_sealed or self._sealed(spill, writing.held)
            if is_sealed and (is_stopping() or boottime() > leaves_at):
                writing.is_abandoned.set()
                spill.close()
                raise pair_spilled(writing.held.mall_id, spill.path)
            writing.done.wait(LOOK_S)
        if writing.has_failed:
            return self._left_to_its_spill(writing, spill, is_sealed=is_sealed)
        self._release(spill, writing, is_sealed=is_sealed)
        return writing.result()

    def _left_to_its_spill(self, writing: "_Writing", spill: Spill, *, is_sealed: bool) -> Stored:
        """Seal a pair that could be put nowhere, for a reason that nobody foresaw."""
        if is_sealed or self._sealed(spill, writing.held):
            spill.close()
        return writing.result()

    def _sealed(self, spill: Spill, held: HeldPair) -> bool:
        try:
            spill.seal(held)
        except OSError as refusal:
            _log.warning(
                "The new pair of %s cannot be sealed (%s); this process holds it and goes on.",
                held.mall_id,
                refusal.strerror,
            )
            return False
        return True

    def _release(self, spill: Spill, writing: "_Writing", *, is_sealed: bool) -> None:
        """Delete the spill; one that was sealed, only when the pair was read back."""
        try:
            if not is_sealed or writing.is_read_back():
                spill.remove()
        except CafeError as failure:
            _log.warning("The spill %s stays until the next drain: %s", spill.path, failure)
        finally:
            spill.close()


class _Writing:
    """A thread that writes one pair into Vault until Vault has it, or it is abandoned."""

    def __init__(  # noqa: PLR0913, PLR0917 - one pair, where it goes, and why not
        self,
        store: TokenStore,
        keys: Keys,
        held: HeldPair,
        over: MallDocument | None,
        version: int,
        why_aside: str = "",
    ) -> None:
        self.held = held
        self.stirred = threading.Event()
        """Set by the first outcome, good or bad."""
        self.done = threading.Event()
        self.is_abandoned = threading.Event()
        self._store = store
        self._keys = keys
        self._over = over
        self._version = version
        self._why_aside = why_aside
        self._mall = MallId(held.mall_id)
        self._stored: Stored | None = None
        self._refusal: BaseException | None = None

    def start(self) -> None:
        """Begin to write."""
        threading.Thread(target=self._run, name=f"save {self._mall}", daemon=True).start()

    def result(self) -> Stored:
        """Return the document that holds the pair now. Raises what prevented it."""
        if self._refusal is not None:
            raise self._refusal
        assert self._stored is not None
        return self._stored

    @property
    def has_failed(self) -> bool:
        """Whether it ended with the pair neither in the document nor in quarantine."""
        return self._refusal is not None and not isinstance(self._refusal, PairSetAside)

    def is_read_back(self) -> bool:
        """Tell whether Vault shows what was written, or something that came after it."""
        if isinstance(self._refusal, PairSetAside):
            return self._store.quarantined(self._mall) == self.held
        found = self._store.mall(self._mall)
        return found.document.grant != self.held.spent_grant

    def _run(self) -> None:
        try:
            self._until_written()
        except BaseException as refusal:  # noqa: BLE001 - raised where the result is asked for
            self._refusal = refusal
        finally:
            self.stirred.set()
            self.done.set()

    def _until_written(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self.is_abandoned.is_set():
            try:
                self._stored = self._written()
            except (Conflict, Retryable, VaultRefused) as failure:
                self.stirred.set()
                _log.warning("The new pair of %s is not saved yet: %s", self._mall, failure)
                self.is_abandoned.wait(pause_s * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            else:
                return

    def _written(self) -> Stored:
        """Write until nobody writes between our read and our write."""
        while self._over is not None:
            document = self._over.with_pair(self.held.pair())
            try:
                written = self._store.write_mall(document, cas=self._version)
            except Conflict:
                found = self._store.read_mall(self._mall)
                if found is not None and self._place(found) is Place.THERE:
                    return found
                self._read_again(found)
            else:
                return Stored(document, written.number, written.written_at, written.written_at)
        self._store.quarantine(self.held)
        raise pair_set_aside(self._mall, self._why_aside)

    def _read_again(self, found: Stored | None) -> None:
        """Go on over the version that is there now, or aside when ours has no place there."""
        if found is not None and self._place(found) is Place.OVER:
            self._over, self._version = found.document, found.version
            return
        what = "was removed" if found is None else "changed meanwhile"
        self._over, self._why_aside = None, f"the pair of {self._mall} in Vault {what}"

    def _place(self, found: Stored) -> Place:
        return place(self.held, found.document, self._keys.fingerprint)
