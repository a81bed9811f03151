"""Keeps a granted pair: saved first, then published, nothing dropped on the way."""

import logging
import random
import secrets
import time
from functools import cached_property

from cafe24.errors import CafeError, Conflict, ContractBroken, Retryable, VaultRefused
from cafe24.malls import MallId
from cafe24.tokens.document import MallDocument
from cafe24.tokens.pair import TokenPair
from cafe24.tokens.secret import Secret
from cafe24.tokens.store import Stored, TokenStore

LONGEST_PAUSE_S = 20.0
KEY_BYTES = 32

_log = logging.getLogger(__name__)


class Safekeeping:
    """Writes documents that must not be lost, and the copies that follow from them."""

    def __init__(self, store: TokenStore) -> None:
        self._store = store

    def fingerprint(self, token: Secret) -> str:
        """Return what names a token in intents, metadata and ledger."""
        return token.fingerprint(self._key)

    def save(
        self, intended: MallDocument, version: int, pair: TokenPair, answered_mall: str | None
    ) -> Stored:
        """Write the new pair, however long Vault is away; return it as it stands there.

        A version that moved is read again. Ours already there: saved. The spent
        token there: it is dead, ours goes over it. Anything else there: ours is
        set aside in quarantine.

        Raises:
            ContractBroken: the pair could not replace the one in Vault; it is in
                quarantine.
        """
        mall = MallId(intended.mall_id)
        document = intended.with_pair(pair)
        if answered_mall not in {None, mall}:
            self._set_aside(document, f"Cafe24 sent tokens of another mall for {mall}")
        pause_s = 0.05
        while True:
            try:
                written = self._store.write_mall(document, cas=version)
            except Conflict:
                found = self._store.mall(mall)
                if found.document.refresh_token == pair.refresh_token:
                    return found
                if found.document.refresh_token != intended.refresh_token:
                    self._set_aside(document, f"the pair of {mall} in Vault changed meanwhile")
                document, version = found.document.with_pair(pair), found.version
            except (Retryable, VaultRefused) as refusal:
                _log.warning("The new pair of %s is not saved yet: %s", mall, refusal)
                time.sleep(pause_s * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            else:
                return Stored(document, written.number, written.written_at, written.written_at)

    def mend(self, stored: Stored) -> tuple[str, ...]:
        """Bring readers' copy and metadata up to the document; return what failed.

        Neither can cost a token, and the next run tries again.
        """
        failures: list[str] = []
        for step in (self._publish, self._describe_if_behind):
            try:
                step(stored)
            except CafeError as failure:
                failures.append(str(failure))
        return tuple(failures)

    def describe(self, document: MallDocument, version: int) -> None:
        """Tell the monitor what version `version` holds."""
        self._store.describe_mall(document, version, self.fingerprint(document.refresh_token))

    def note(self, document: MallDocument, version: int) -> None:
        """Write over our own intent, if it still stands; a loss here is settled later."""
        try:
            written = self._store.write_mall(document, cas=version)
            self.describe(document, written.number)
        except (Conflict, Retryable, VaultRefused) as failure:
            _log.warning("The intent of %s stays until it expires: %s", document.mall_id, failure)

    def _publish(self, stored: Stored) -> None:
        self._store.publish_access(stored.document)

    def _describe_if_behind(self, stored: Stored) -> None:
        seen = self._store.mall_metadata(MallId(stored.document.mall_id))
        if seen is None or seen.custom.get("version") != str(stored.version):
            self.describe(stored.document, stored.version)

    def _set_aside(self, document: MallDocument, why: str) -> None:
        self._store.quarantine(document)
        raise ContractBroken(
            f"A granted pair was set aside: {why}.",
            f"It is kept in Vault under quarantine/{document.mall_id}.",
        )

    @cached_property
    def _key(self) -> bytes:
        return self._store.fingerprint_key(secrets.token_bytes(KEY_BYTES))
