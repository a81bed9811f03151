"""The whole state of the sandbox Vault: what a snapshot holds."""

from sandbox.vault.mounts import MountTable
from sandbox.vault.policies.acl import Access
from sandbox.vault.policies.store import PolicyStore
from sandbox.vault.quotas import Quotas
from sandbox.vault.seal import Seal
from sandbox.vault.tokens.store import TokenStore
from sandbox.vault.wrapping import Wrapping


class Stores:
    """Everything that can change, found from here."""

    def __init__(self) -> None:
        self.seal = Seal()
        self.policies = PolicyStore()
        self.access = Access(self.policies)
        self.tokens = TokenStore()
        self.wrapping = Wrapping(self.tokens)
        self.mounts = MountTable()
        self.quotas = Quotas()
