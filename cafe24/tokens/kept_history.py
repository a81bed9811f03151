"""How much history Vault keeps of each document, and that nothing is written without check-and-set.

Both are set for each key by its own metadata: a keeper may do that, and needs no right
to the mount's own settings, which may be somebody else's.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cafe24.tokens import keys
from cafe24.tokens.store import KEPT_ACCESS_VERSIONS, KEPT_VERSIONS
from cafe24.vault.kv import KeyMetadata, Vault

KEPT = {
    "malls": KEPT_VERSIONS,
    "access": KEPT_ACCESS_VERSIONS,
    "quarantine": KEPT_VERSIONS,
    "keys": keys.KEPT_VERSIONS,
}
"""How many versions each folder's documents keep; Vault's own default forgets all but ten."""


@dataclass(frozen=True, slots=True)
class KeptKey:
    """One key's settings.

    Attributes:
        differing: the settings that are not as wanted, by Vault's names.
    """

    path: str
    keep_versions: int
    differing: tuple[str, ...]


def kept_keys(vault: Vault, prefix: str) -> Iterator[KeptKey]:
    """Yield every key whose history counts, and how it is set.

    Raises:
        VaultAway, VaultRefused: unknown.
    """
    for folder, wanted in KEPT.items():
        for name in vault.names(f"{prefix}/{folder}"):
            path = f"{prefix}/{folder}/{name}"
            seen = vault.metadata(path)
            if seen is not None:
                yield KeptKey(path, wanted, tuple(_differing(seen, wanted)))


def set_right(vault: Vault, key: KeptKey) -> None:
    """Set a key as wanted; its description stays as it is.

    Raises:
        VaultAway, VaultRefused: it was not set.
    """
    vault.set_metadata(key.path, keep_versions=key.keep_versions)


def _differing(seen: KeyMetadata, wanted: int) -> Iterator[str]:
    if not seen.is_cas_required:
        yield "cas_required"
    if seen.keep_versions != wanted:
        yield "max_versions"
