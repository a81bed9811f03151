"""A document that was edited by hand into what its own history contradicts."""

from cafe24.commands import MANAGE
from cafe24.errors import VaultRefused
from cafe24.tokens.store import Stored
from cafe24.vault.kv import KeyMetadata


def refuse_handwork(stored: Stored, seen: KeyMetadata | None) -> None:
    """Raise when the document's generation is ahead of what can have been granted.

    The description tells what an earlier version held, and each version since counts
    one grant at most. Readers who were once given a generation of the far future would
    be given no later token.

    Raises:
        VaultRefused: names both, and the ways out.
    """
    told = seen.custom if seen is not None else {}
    version, generation = told.get("version", ""), told.get("generation", "")
    if not (version.isdecimal() and generation.isdecimal()):
        return
    document = stored.document
    most = int(generation) + max(0, stored.version - int(version))
    if document.generation > most:
        raise VaultRefused(
            f"The Vault document malls/{document.mall_id} says generation "
            f"{document.generation}, but can be {most} at most: it was edited by hand.",
            "Restore its last good version (vault kv rollback). If you know that its pair is "
            f"good: {MANAGE} refresh {document.mall_id} --force --accept-store. Nothing was "
            "overwritten.",
        )
