"""Where the tokens are and who we are there: what a keeper is opened from."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cafe24.tokens.adoption import Adoption
from cafe24.tokens.drain import Drain
from cafe24.tokens.endpoint import TokenEndpoint
from cafe24.tokens.keeper import Keeper
from cafe24.tokens.outcome import Witness
from cafe24.tokens.spill import SpillFolder
from cafe24.tokens.standing import Known
from cafe24.tokens.store import TokenStore
from cafe24.tokens.timing import Timing
from cafe24.vault.kv import Vault
from cafe24.vault.session import VaultSignIn


@dataclass(frozen=True, slots=True)
class TokenConfiguration:
    """One sign-in at one Vault, for one environment and one API address."""

    sign_in: VaultSignIn
    prefix: str
    environment: str
    api_url: str
    timing: Timing
    spill_dir: Path

    def store(self) -> TokenStore:
        """Open the store; Vault is first asked when it is first used."""
        return TokenStore(Vault(self.sign_in), prefix=self.prefix)

    def keeper(
        self,
        witness: Witness = lambda _record: None,
        known: Known = lambda _mall: {},
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> Keeper:
        """Open a keeper, whose grants `witness` is told of; see there for the rest."""
        return Keeper(
            self.store(),
            TokenEndpoint(self.api_url),
            environment=self.environment,
            spills=SpillFolder(self.spill_dir),
            timing=self.timing,
            witness=witness,
            known=known,
            is_stopping=is_stopping,
        )

    def drain(self) -> Drain:
        """Open what brings this host's spills home."""
        store = self.store()
        return Drain(store, store.keys(), SpillFolder(self.spill_dir))

    def adoption(
        self, witness: Witness = lambda _record: None, store: TokenStore | None = None
    ) -> Adoption:
        """Open what takes new pairs in, whose grants `witness` is told of.

        `store` is used where one is open already.
        """
        return Adoption(
            store or self.store(),
            TokenEndpoint(self.api_url),
            environment=self.environment,
            witness=witness,
        )
