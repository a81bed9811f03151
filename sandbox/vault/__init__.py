"""A HashiCorp Vault dev server in memory: KV, AppRole, tokens, policies, wrapping, seal."""

import argparse

from sandbox.server import serve
from sandbox.vault.app import Vault
from sandbox.vault.seal import UNSEAL_KEY

ROOT_TOKEN = "sandbox-root-token"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `python -m sandbox vault` can be told."""
    parser.add_argument("--root-token", default=ROOT_TOKEN, help=f"default: {ROOT_TOKEN}")


def run(arguments: argparse.Namespace) -> None:
    """Serve until stopped."""
    serve(
        Vault(arguments.root_token),
        port=arguments.port,
        ready=lambda _url: {"root_token": arguments.root_token, "unseal_key": UNSEAL_KEY},
    )
