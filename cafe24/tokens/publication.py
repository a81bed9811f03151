"""What follows from a mall's document: the readers' copy and what the monitor sees.

Neither can cost a token; what fails is mended by the next run.
"""

from dataclasses import dataclass

from cafe24.errors import CafeError
from cafe24.malls import MallId
from cafe24.tokens.document import MallDocument
from cafe24.tokens.keys import Keys
from cafe24.tokens.store import Stored, TokenStore


@dataclass(frozen=True, slots=True)
class Publication:
    """Brings both copies up to the document."""

    store: TokenStore
    keys: Keys

    def mend(self, stored: Stored, *, is_new: bool = False) -> tuple[str, ...]:
        """Bring readers' copy and metadata up to the document; return what failed.

        Of a version that `is_new`, just written, nobody need ask whether it is described.
        """
        failures: list[str] = []
        for step in (self._publish, self._describe if is_new else self._describe_if_behind):
            try:
                step(stored)
            except CafeError as failure:
                failures.append(str(failure))
        return tuple(failures)

    def describe(self, document: MallDocument, version: int, *, is_removed: bool = False) -> None:
        """Tell the monitor what version `version` holds."""
        fingerprint = self.keys.fingerprint(document.refresh_token)
        self.store.describe_mall(document, version, fingerprint, is_removed=is_removed)

    def _publish(self, stored: Stored) -> None:
        self.store.publish_access(stored.document)

    def _describe(self, stored: Stored) -> None:
        self.describe(stored.document, stored.version)

    def _describe_if_behind(self, stored: Stored) -> None:
        seen = self.store.mall_metadata(MallId(stored.document.mall_id))
        if seen is None or seen.custom.get("version") != str(stored.version):
            self._describe(stored)
