"""Where the tokens are and who we are there: what a keeper is opened from."""

from dataclasses import dataclass

from cafe24.tokens.adoption import Adoption
from cafe24.tokens.endpoint import TokenEndpoint
from cafe24.tokens.keeper import Keeper, Timing
from cafe24.tokens.outcome import Witness
from cafe24.tokens.store import TokenStore
from cafe24.tokens.vault import Vault, VaultSignIn


@dataclass(frozen=True, slots=True)
class TokenConfiguration:
    """One sign-in at one Vault, for one environment and one API address."""

    sign_in: VaultSignIn
    prefix: str
    environment: str
    api_url: str
    timing: Timing

    def store(self) -> TokenStore:
        """Open the store; Vault is first asked when it is first used."""
        return TokenStore(Vault(self.sign_in), prefix=self.prefix)

    def keeper(self, witness: Witness = lambda _record: None) -> Keeper:
        """Open a keeper, whose grants `witness` is told of."""
        return Keeper(
            self.store(),
            TokenEndpoint(self.api_url),
            environment=self.environment,
            timing=self.timing,
            witness=witness,
        )

    def adoption(self, witness: Witness = lambda _record: None) -> Adoption:
        """Open what takes new pairs in, whose grants `witness` is told of."""
        return Adoption(
            self.store(),
            TokenEndpoint(self.api_url),
            environment=self.environment,
            witness=witness,
        )
