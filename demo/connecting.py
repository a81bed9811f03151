"""The sandbox's mall as a connected one: its app in Vault, and a live pair."""

from datetime import timedelta

import httpx

from cafe24.database.engine import open_engine
from cafe24.malls import MallId
from cafe24.secret import Secret
from cafe24.settings import Settings
from cafe24.tokens.adoption import Newcomer
from cafe24.tokens.document import AppDocument
from cafe24.tokens.ledger import Ledger
from demo.actors import Mall
from demo.sandbox_world import Sandbox

LIFE = timedelta(days=14)


def connect(sandbox: Sandbox, settings: Settings) -> MallId:
    """Store the app, and take in a pair of the sandbox's first mall; return its id.

    A ledger that outlived the sandbox's Vault is asked how far its mall had come, so
    that the new Vault does not look like one that was rolled back.

    Raises:
        VaultAway, VaultRefused, DatabaseAway, DatabaseUnusable: nothing was connected.
    """
    mall, tokens = MallId(sandbox.mall["malls"][0]), settings.keeper_tokens()
    store = tokens.store()
    store.write_app(
        AppDocument(
            client_id=sandbox.mall["client_id"],
            client_secret=Secret(sandbox.mall["client_secret"]),
            redirect_uri=sandbox.mall["redirect_uri"],
            scopes=list(sandbox.mall["scopes"]),
        )
    )
    engine = open_engine(settings.database_url.get_secret_value())
    try:
        ledger = Ledger(engine)
        with httpx.Client(base_url=sandbox.mall["url"], timeout=30, trust_env=False) as server:
            pair = Mall(server, mall).issue_pair(LIFE)
        tokens.adoption(ledger.append, store).adopt(
            Newcomer(mall, sandbox.mall["client_id"], pair),
            above_generation=max(ledger.known(mall).values(), default=0),
        )
    finally:
        engine.dispose()
        store.vault.session.sign_out()
    return mall
