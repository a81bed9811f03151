"""What a person orders about a mall: pause it, resume it, keep it warm, remove it.

Each is one check-and-set write over the version read, and never beside a live intent.
The pair is in every version: no order can lose it.
"""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cafe24.boottime import boottime
from cafe24.errors import CafeError, Conflict, MallBusy, VaultRefused
from cafe24.malls import MallId
from cafe24.tokens.document import MallDocument
from cafe24.tokens.publication import Publication
from cafe24.tokens.refusal import another_environment
from cafe24.tokens.store import KEPT_VERSIONS, Stored, TokenStore

PATIENCE_S = 90.0
"""Two leases: whoever refreshes the mall now has ended by then."""


@dataclass(frozen=True, slots=True)
class Obeyed:
    """How the mall stands after an order.

    Attributes:
        is_new: False when it stood so already, and nothing was written.
        unfinished: what could not be described to the monitor, each in one line.
    """

    stored: Stored
    is_new: bool
    unfinished: tuple[str, ...] = ()


class Orders:
    """Carries orders out in one environment."""

    def __init__(
        self, store: TokenStore, environment: str, *, patience_s: float = PATIENCE_S
    ) -> None:
        self._store = store
        self._environment = environment
        self._patience_s = patience_s
        self._publication = Publication(store, store.keys())

    def pause(self, mall: MallId) -> Obeyed:
        """Stop spending the mall's tokens until somebody resumes it.

        Raises:
            MallBusy: somebody has been refreshing it all the while.
            UsageError: Vault has no such mall.
            VaultRefused: denied, damaged, or another environment's.
        """
        return self._written(mall, lambda stored: stored.document.marked("paused"))

    def resume(self, mall: MallId) -> Obeyed:
        """Let the mall be what it was before it was paused. Raises as `pause`."""
        return self._written(mall, self._resumed)

    def keep_warm(self, mall: MallId, *, is_on: bool) -> Obeyed:
        """Say whether the mall's access token shall always be fit for readers.

        Raises as `pause`.
        """
        return self._written(
            mall, lambda stored: stored.document.model_copy(update={"keep_warm": is_on})
        )

    def remove(self, mall: MallId) -> str:
        """Delete the mall's document so that it can be brought back; return how.

        It is paused first: a keeper that comes between finds nothing that it may spend,
        and what is brought back spends nothing before somebody resumes it.

        Raises:
            VaultRefused: the keeper's own sign-in may delete nothing; an operator's may.
            MallBusy: also when a pair came home between the two.
            Others as `pause`.
        """
        self._store.mall(mall)
        self._store.refuse_undeletable(mall)
        paused = self.pause(mall).stored
        # Described first: deleted and not described would look like an accident.
        self._publication.describe(paused.document, paused.version, is_removed=True)
        self._store.remove_mall(mall, paused.version)
        if not self._store.is_removed(mall):
            raise MallBusy(
                f"A pair of {mall} came home at that very moment: it was not removed.",
                "Look at it (manage.py status), then run again.",
            )
        return self._store.undelete_command(mall, paused.version)

    def _resumed(self, stored: Stored) -> MallDocument:
        """Return the document as it was before the pause: Vault keeps every version.

        Where that cannot be told any more, the next refresh shall prove the pair.
        """
        paused = stored.document
        if paused.status != "paused":
            return paused
        before = self._before_pause(stored)
        if before is None:
            return paused.marked("unproven")
        was = before.left_open() if before.intent is not None else before
        return paused.model_copy(update={"status": was.status, "intent": was.intent})

    def _before_pause(self, stored: Stored) -> MallDocument | None:
        mall = MallId(stored.document.mall_id)
        for version in range(stored.version - 1, max(0, stored.version - KEPT_VERSIONS), -1):
            try:
                found = self._store.read_mall(mall, version=version)
            except VaultRefused:
                return None
            if found is None:
                return None
            if found.document.status != "paused":
                is_same = found.document.refresh_token == stored.document.refresh_token
                return found.document if is_same else None
        return None

    def _written(self, mall: MallId, ordered: Callable[[Stored], MallDocument]) -> Obeyed:
        for stored in self._at_rest(mall):
            document = ordered(stored)
            if document == stored.document:
                return Obeyed(stored, is_new=False, unfinished=self._described(stored))
            try:
                written = self._store.write_mall(document, cas=stored.version)
            except Conflict:
                continue
            new = Stored(document, written.number, written.written_at, written.written_at)
            return Obeyed(new, is_new=True, unfinished=self._described(new))
        raise MallBusy(f"Somebody is refreshing {mall}; nothing was changed.", "Run again.")

    def _at_rest(self, mall: MallId) -> Iterator[Stored]:
        """Yield the document when no live intent stands in it, again as long as that may take."""
        give_up_at = boottime() + self._patience_s
        pause_s = 0.05
        while boottime() < give_up_at:
            stored = self._store.mall(mall)
            if stored.document.environment != self._environment:
                raise another_environment(stored.document, self._environment)
            if stored.intent_has_run_out:
                self._leave_open(stored)
                continue
            if not stored.intent_is_live:
                yield stored
            time.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
            pause_s = min(pause_s * 1.6, 2.0)

    def _leave_open(self, stored: Stored) -> None:
        """Write down that a lease ran out, as a keeper would."""
        with contextlib.suppress(Conflict):
            self._store.write_mall(stored.document.left_open(), cas=stored.version)

    def _described(self, stored: Stored) -> tuple[str, ...]:
        """Tell the monitor; it is a sentence to say when that fails, and nothing is lost."""
        try:
            self._publication.describe(stored.document, stored.version)
        except CafeError as failure:
            return (str(failure),)
        return ()
