"""A worker's own Vault and mall server, and what the bench itself asks them with."""

from pathlib import Path

import httpx

from cafe24.secret import Secret
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.document import AppDocument
from cafe24.tokens.timing import Timing
from cafe24.vault.session import VaultSignIn
from tests.faults.servers import Servers

PREFIX = "faults"


class Street:
    """A worker's servers, and the malls that are opened there one after the other."""

    def __init__(self, servers: Servers, timing: Timing, folder: Path) -> None:
        self.servers = servers
        self.timing = timing
        self.folder = folder
        self.malls = httpx.Client(base_url=servers.mall["url"], timeout=30)
        self.vault = httpx.Client(
            base_url=servers.vault["url"],
            timeout=30,
            headers={"X-Vault-Token": servers.vault["root_token"]},
        )
        self.adoption = self.configuration(folder).adoption()
        self.store = self.configuration(folder).store()
        self.store.write_app(self.app)
        self.keys = self.store.keys()
        # Read now: a child that is forked later must not use this process's connections.
        self.keys.fingerprint(self.app.client_secret)
        self.keys.spill_at(1)

    @property
    def app(self) -> AppDocument:
        """The app that all malls consented to."""
        mall = self.servers.mall
        return AppDocument(
            client_id=mall["client_id"],
            client_secret=Secret(mall["client_secret"]),
            redirect_uri=mall["redirect_uri"],
            scopes=["mall.read_product"],
        )

    def configuration(self, spill_dir: Path) -> TokenConfiguration:
        """Return what a keeper of this street is opened from."""
        vault = self.servers.vault
        return TokenConfiguration(
            sign_in=VaultSignIn(address=vault["url"], token=Secret(vault["root_token"])),
            prefix=PREFIX,
            environment="test",
            api_url=self.servers.mall["api_url"],
            timing=self.timing,
            spill_dir=spill_dir,
        )
