"""The state that a fresh dev server starts with."""

from sandbox.vault.clock import Instant
from sandbox.vault.kv.kv1 import Cubbyhole
from sandbox.vault.kv.kv2 import Kv2
from sandbox.vault.mounts import Mount
from sandbox.vault.stores import Stores
from sandbox.vault.system.backend import System
from sandbox.vault.tokens.entry import ROOT_POLICY, Token
from sandbox.vault.tokens.method import TokenBackend


def new_stores(root_token: str, now: Instant) -> Stores:
    """Return the state of a fresh dev server: KV v2 at `secret/`, one root token."""
    stores = Stores()
    stores.tokens.add(_root(root_token, now))
    tokens = TokenBackend(stores.tokens, stores.policies)
    for path, kind, backend, description in (
        ("sys/", "system", System(stores), "system endpoints used for control"),
        ("auth/token/", "token", tokens, "token based credentials"),
        ("cubbyhole/", "cubbyhole", Cubbyhole(), "per-token private secret storage"),
        ("secret/", "kv", Kv2(), "key/value secret storage"),
    ):
        options = {"version": "2"} if kind == "kv" else None
        stores.mounts.add(Mount(path, kind, backend, description, options))
    return stores


def _root(token_id: str, now: Instant) -> Token:
    return Token(
        id=token_id,
        policies=(ROOT_POLICY,),
        path="auth/token/create",
        created=now,
        renewable=False,
    )
