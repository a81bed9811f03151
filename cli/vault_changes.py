"""What `manage.py setup` does in Vault: both keys made, every document's history kept."""

from collections.abc import Iterator
from functools import partial

from blocks.change import Change
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.kept_history import kept_keys, set_right
from cafe24.tokens.keys import Keys
from cafe24.tokens.store import TokenStore


def vault_changes(tokens: TokenConfiguration, store: TokenStore) -> Iterator[Change]:
    """Yield what each key in Vault needs; those that are as wanted are one line together.

    Raises:
        VaultRefused: no KV v2, older than 1.9, or a path is denied.
        VaultAway: no answer.
    """
    store.vault.refuse_unfit()
    where = f"vault {store.vault.mount}/{tokens.prefix}"
    yield from _keys(store.keys(), f"{where}/keys")
    as_wanted = 0
    for key in kept_keys(store.vault, tokens.prefix):
        if key.differing:
            what = f"vault {store.vault.mount}/{key.path}"
            yield Change(what, "update", partial(set_right, store.vault, key), key.differing)
        else:
            as_wanted += 1
    yield Change(f"{where} ({as_wanted} documents)", "keep")


def _keys(keys: Keys, where: str) -> Iterator[Change]:
    missing = keys.missing()
    if missing:
        yield Change(where, "create", keys.make, missing)
