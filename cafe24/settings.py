"""Every setting: where things are, never which mall or which token.

Read from the environment and from one `.env` in the project's folder; the
environment wins. A name that looks like ours and is not, a name of the old
days, a second `.env*` file that disagrees: each is refused with its line and
its cure, because a setting that is silently not read is how shops went dark.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from cafe24.errors import SettingsError
from cafe24.malls import DEFAULT_API_URL, checked_api_url
from cafe24.secret import Secret
from cafe24.setting_names import LEGACY, refuse_strays
from cafe24.setting_values import (
    ApiVersion,
    Confidential,
    ConfidentialUrl,
    DatabaseUrl,
    Duration,
    FileThere,
    PageUrl,
    VaultAddress,
    VaultPath,
    as_meant,
)
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.timing import Timing
from cafe24.vault.session import VaultSignIn

PROJECT = Path(__file__).resolve().parents[1]
"""The project's folder: where `.env` is, and what defaults are relative to."""


def _named(name: str, default: Any = None) -> Any:
    return Field(default=default, validation_alias=name)


class Settings(BaseSettings):
    """The settings by their names in the environment; defaults where one is safe."""

    model_config = SettingsConfigDict(
        extra="ignore", env_ignore_empty=True, hide_input_in_errors=True, frozen=True
    )

    vault_addr: VaultAddress = _named("VAULT_ADDR")
    vault_namespace: str | None = _named("VAULT_NAMESPACE")
    vault_cacert: FileThere = _named("VAULT_CACERT")
    vault_token: Confidential = _named("VAULT_TOKEN")
    vault_role_id: str | None = _named("VAULT_ROLE_ID")
    vault_secret_id: Confidential = _named("VAULT_SECRET_ID")
    monitor_role_id: str | None = _named("CAFE24_MONITOR_ROLE_ID")
    monitor_secret_id: Confidential = _named("CAFE24_MONITOR_SECRET_ID")

    environment: str = _named("CAFE24_ENVIRONMENT", "prod")
    vault_mount: VaultPath = _named("CAFE24_VAULT_MOUNT", "secret")
    vault_prefix: VaultPath = _named("CAFE24_VAULT_PREFIX", "cafe24")
    token_lease: Duration = _named("CAFE24_TOKEN_LEASE", timedelta(seconds=45))
    token_settle: Duration = _named("CAFE24_TOKEN_SETTLE", timedelta(minutes=15))
    spill_dir: Path = _named("CAFE24_SPILL_DIR", PROJECT / "var" / "spill")

    api_url: Annotated[str, AfterValidator(checked_api_url)] = _named(
        "CAFE24_API_URL", DEFAULT_API_URL
    )
    api_version: ApiVersion = _named("CAFE24_API_VERSION")
    database_url: DatabaseUrl = _named(
        "CAFE24_DATABASE_URL", SecretStr(f"sqlite:///{PROJECT / 'var' / 'cafe24.sqlite'}")
    )
    detail_calls_per_run: Annotated[int, Field(ge=0)] = _named("CAFE24_DETAIL_CALLS_PER_RUN", 200)
    spread: Duration | None = _named("CAFE24_SPREAD")

    slack_webhook_url: ConfidentialUrl = _named("CAFE24_SLACK_WEBHOOK_URL")
    slack_fallback_webhook_url: ConfidentialUrl = _named("CAFE24_SLACK_FALLBACK_WEBHOOK_URL")
    slack_bot_token: Confidential = _named("CAFE24_SLACK_BOT_TOKEN")
    slack_channel: str | None = _named("CAFE24_SLACK_CHANNEL")
    language: Literal["ko", "en"] = _named("CAFE24_LANGUAGE", "ko")
    runbook_url: PageUrl = _named("CAFE24_RUNBOOK_URL")
    ping_url: ConfidentialUrl = _named("CAFE24_PING_URL")
    dead_man_after: Duration = _named("CAFE24_DEAD_MAN_AFTER", timedelta(hours=13))

    @field_validator("*", mode="before")
    @classmethod
    def _as_meant(cls, value: Any) -> Any:
        return as_meant(value)

    @classmethod
    def load(cls, folder: Path = PROJECT, *, despite_legacy: bool = False) -> Self:
        """Read the environment and `folder/.env`.

        `despite_legacy` is for the two commands that cure names of the old days.

        Raises:
            SettingsError: unknown, legacy, contradictory, missing or unusable;
                names the setting and never shows its value.
        """
        tolerated = LEGACY if despite_legacy else ()
        refuse_strays(cls.names(), os.environ, folder, tolerated=tolerated)
        try:
            return cls(_env_file=folder / ".env")
        except ValidationError as flaws:
            raise SettingsError(_first(flaws), "See .env.example.") from None

    @classmethod
    def names(cls) -> frozenset[str]:
        """Return every setting's name in the environment."""
        return frozenset(str(field.validation_alias) for field in cls.model_fields.values())

    def keeper_tokens(self) -> TokenConfiguration:
        """Return what a keeper is opened from.

        Raises:
            SettingsError: VAULT_ADDR or the sign-in is missing.
        """
        if self.vault_token is None and not (self.vault_role_id and self.vault_secret_id):
            raise SettingsError(
                "There is no sign-in for Vault.",
                "Set VAULT_TOKEN, or VAULT_ROLE_ID and VAULT_SECRET_ID. See .env.example.",
            )
        return self._tokens(
            token=_secret(self.vault_token),
            role_id=self.vault_role_id,
            secret_id=_secret(self.vault_secret_id),
        )

    def monitor_tokens(self) -> TokenConfiguration:
        """Return what the monitor is opened from, who sees dates and never a token.

        Raises:
            SettingsError: VAULT_ADDR or the monitor's sign-in is missing.
        """
        if not (self.monitor_role_id and self.monitor_secret_id):
            raise SettingsError(
                "There is no sign-in for the monitor.",
                "Set CAFE24_MONITOR_ROLE_ID and CAFE24_MONITOR_SECRET_ID: see deploy/policies.",
            )
        return self._tokens(role_id=self.monitor_role_id, secret_id=_secret(self.monitor_secret_id))

    def _tokens(self, **credentials: Any) -> TokenConfiguration:
        if self.vault_addr is None:
            raise SettingsError(
                "VAULT_ADDR is not set: where is Vault?",
                "Set it in the environment or in .env: VAULT_ADDR=https://vault.internal:8200",
            )
        return TokenConfiguration(
            sign_in=VaultSignIn(
                address=self.vault_addr.rstrip("/"),
                namespace=self.vault_namespace,
                ca_cert=self.vault_cacert,
                mount=self.vault_mount,
                **credentials,
            ),
            prefix=self.vault_prefix,
            environment=self.environment,
            api_url=self.api_url,
            timing=Timing(self.token_lease, self.token_settle),
            spill_dir=self.spill_dir.absolute(),
        )


def _secret(value: SecretStr | None) -> Secret | None:
    return Secret(value.get_secret_value()) if value else None


def _first(flaws: ValidationError) -> str:
    flaw = flaws.errors(include_input=False, include_url=False, include_context=False)[0]
    what = str(flaw["msg"]).removeprefix("Value error, ")
    return f"{flaw['loc'][0]} {what[:1].lower()}{what[1:]}."
