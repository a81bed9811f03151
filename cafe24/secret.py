"""What never shows itself: one text, or a mapping that holds some in clear."""

import hashlib
import hmac
from typing import Any, NoReturn


class Secret:
    """A token, a client secret or an authorization code.

    It has no readable repr, no JSON form and no pickle; only `reveal()` gives
    the text, at the one place that sends or stores it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def fingerprint(self, key: bytes) -> str:
        """Return a keyed digest (16 hex digits) that tells secrets apart and reveals none."""
        return hmac.new(key, self._text.encode(), hashlib.sha256).hexdigest()[:16]

    def __repr__(self) -> str:
        return "Secret(...)"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(
            "A secret is not pickled: pass the mall id and read Vault where it is used."
        )


class Unshown(dict[str, Any]):
    """Secrets in clear on their way to or from Vault; a traceback's locals do not show them."""

    def __repr__(self) -> str:
        return "Unshown(...)"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("Secrets in clear are not pickled: read Vault where they are used.")
