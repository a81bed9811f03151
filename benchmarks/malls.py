"""Many malls, each with a live pair in Vault, and one keeper of them all."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.sandbox import Sandbox
from cafe24.malls import MallId, mall_id
from cafe24.secret import Secret
from cafe24.tokens.adoption import Newcomer
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.document import AppDocument
from cafe24.tokens.keeper import Keeper
from cafe24.tokens.need import FORCED
from cafe24.tokens.pair import TokenPair
from cafe24.tokens.timing import Timing
from cafe24.vault.session import VaultSignIn


def benchmark_tokens(
    vault: Mapping[str, Any], mall: Mapping[str, Any], spills: Path
) -> TokenConfiguration:
    """Return what a keeper is opened from that keeps a benchmark's malls apart from others.

    Args:
        vault: the sandbox's Vault as it said it is.
        mall: likewise its malls.
        spills: the folder for sealed pairs.
    """
    return TokenConfiguration(
        sign_in=VaultSignIn(vault["url"], token=Secret(vault["root_token"])),
        prefix="benchmark",
        environment="benchmark",
        api_url=mall["api_url"],
        timing=Timing(),
        spill_dir=spills,
    )


class World:
    """Many malls, each with a live pair in Vault, and one keeper."""

    def __init__(self, sandbox: Sandbox, spills: Path, malls: int) -> None:
        self.sandbox = sandbox
        self.configuration = benchmark_tokens(sandbox.vault, sandbox.mall, spills)
        self.malls = [mall_id(name) for name in sandbox.mall_names(malls)]
        self.keeper: Keeper = self.configuration.keeper()
        self._connect()

    def _connect(self) -> None:
        app = self.sandbox.mall
        self.keeper.store.write_app(
            AppDocument(
                client_id=app["client_id"],
                client_secret=Secret(app["client_secret"]),
                redirect_uri=app["redirect_uri"],
                scopes=["mall.read_product"],
            )
        )
        adoption = self.configuration.adoption()
        for mall in self.malls:
            adoption.adopt(Newcomer(mall, app["client_id"], self._pair(mall)))

    def _pair(self, mall: MallId) -> TokenPair:
        issued_at = datetime.now(UTC) - timedelta(days=7)
        tokens = self.sandbox.pair(mall, age_s=timedelta(days=7).total_seconds())
        return TokenPair(
            access_token=Secret(tokens["access_token"]),
            access_expires_at=issued_at + timedelta(hours=2),
            refresh_token=Secret(tokens["refresh_token"]),
            refresh_expires_at=issued_at + timedelta(days=14),
            issued_at=issued_at,
            scopes=tuple(tokens["scopes"]),
        )

    def refresh(self, mall: MallId) -> None:
        """Spend a grant on the mall, by the whole protocol."""
        self.keeper.refresh(mall, FORCED)

    def read(self, mall: MallId) -> None:
        """Ask for an access token."""
        self.keeper.current(mall)
