"""Where a run finds the tokens, and where the malls' APIs are."""

from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from cafe24.malls import DEFAULT_API_URL
from cafe24.secret import Secret
from cafe24.settings import PROJECT
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.timing import Timing
from cafe24.vault.session import VaultSignIn

KEEPER = "keeper"
MONITOR = "monitor"


class TokenVault(Block):
    """One sign-in at the Vault that holds the malls' tokens.

    The document `keeper` may read and spend them, `monitor` sees their dates
    alone. Both are written by `manage.py setup`.

    Example:
        ```python
        from blocks.token_vault import TokenVault

        vault = TokenVault.load("BLOCK_NAME")
        keeper = vault.open().keeper()
        ```
    """

    _block_type_name: ClassVar[str] = "Token Vault"
    _block_type_slug: ClassVar[str] = "token-vault"

    address: str = Field(description="Vault's address, such as https://vault.internal:8200.")
    namespace: str | None = Field(default=None, description="Vault Enterprise's namespace.")
    ca_cert: str | None = Field(
        default=None, description="File of the certificate authority that signed Vault's TLS."
    )
    token: SecretStr | None = Field(
        default=None, description="A Vault token, for a first try; an AppRole is better."
    )
    role_id: str | None = Field(default=None, description="The AppRole's role_id.")
    secret_id: SecretStr | None = Field(default=None, description="The AppRole's secret_id.")
    mount: str = Field(default="secret", description="The KV v2 mount.")
    prefix: str = Field(default="cafe24", description="The folder in the mount.")
    environment: str = Field(
        default="prod", description="Whose malls these are; another environment's are refused."
    )
    api_url: str = Field(
        default=DEFAULT_API_URL, description="A mall's API address, with {mall_id} in it."
    )
    api_version: str | None = Field(
        default=None, description="The X-Cafe24-Api-Version to ask for; empty: the app's own."
    )
    lease_s: float = Field(
        default=45.0, description="Seconds that one refresh may hold a mall for itself."
    )
    settle_s: float = Field(
        default=900.0, description="Seconds that a refresh without an answer is left alone."
    )
    spill_dir: str = Field(
        default=str(PROJECT / "var" / "spill"),
        description="Lasting folder on the worker's host for a pair that Vault does not take.",
    )
    spread_s: float | None = Field(
        default=None, description="Seconds over which a fleet is spread; empty: six hours."
    )
    is_stand_in: bool = Field(
        default=False,
        description="Whether the monitor signs in as the keeper, because it has no sign-in yet.",
    )
    ping_url: SecretStr | None = Field(
        default=None, description="Address to call after every finished expiry check."
    )

    @classmethod
    def of(cls, tokens: TokenConfiguration, **others: Any) -> Self:
        """Return the block that opens as `tokens`; `others` are its further fields."""
        us = tokens.sign_in
        return cls(
            address=us.address,
            namespace=us.namespace,
            ca_cert=us.ca_cert,
            token=_shown(us.token),
            role_id=us.role_id,
            secret_id=_shown(us.secret_id),
            mount=us.mount,
            prefix=tokens.prefix,
            environment=tokens.environment,
            api_url=tokens.api_url,
            lease_s=tokens.timing.lease.total_seconds(),
            settle_s=tokens.timing.settle.total_seconds(),
            spill_dir=str(tokens.spill_dir),
            **others,
        )

    def open(self) -> TokenConfiguration:
        """Return what keepers, adoptions and stores are opened from."""
        return TokenConfiguration(
            sign_in=VaultSignIn(
                address=self.address,
                namespace=self.namespace,
                ca_cert=self.ca_cert,
                token=_hidden(self.token),
                role_id=self.role_id,
                secret_id=_hidden(self.secret_id),
                mount=self.mount,
            ),
            prefix=self.prefix,
            environment=self.environment,
            api_url=self.api_url,
            timing=Timing(timedelta(seconds=self.lease_s), timedelta(seconds=self.settle_s)),
            spill_dir=Path(self.spill_dir),
        )


def _shown(secret: Secret | None) -> SecretStr | None:
    return SecretStr(secret.reveal()) if secret else None


def _hidden(secret: SecretStr | None) -> Secret | None:
    return Secret(secret.get_secret_value()) if secret else None
