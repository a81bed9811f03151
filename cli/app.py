"""`manage.py app CLIENT_ID --redirect-uri U --scopes S`: store the app in Vault.

The secret comes by a prompt or on stdin, never as an argument, which every
process list shows.
"""

import argparse
import getpass
import re
import sys
from urllib.parse import urlsplit

from cafe24.errors import UsageError
from cafe24.malls import is_loopback
from cafe24.secret import Secret
from cafe24.setting_values import is_placeholder
from cafe24.settings import Settings
from cafe24.tokens.document import AppDocument
from cli.output import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `app`'s arguments."""
    parser.add_argument("client_id", metavar="CLIENT_ID", help="as Cafe24 Developers shows it")
    parser.add_argument(
        "--redirect-uri", required=True, metavar="U", help="one that is registered for the app"
    )
    parser.add_argument(
        "--scopes", required=True, metavar="S", help="such as mall.read_product,mall.read_category"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Ask for the secret and store the app."""
    scopes = arguments.scopes.replace(",", " ").split()
    _refuse_bad(arguments.client_id, arguments.redirect_uri, scopes)
    tokens = Settings.load().keeper_tokens()
    store = tokens.store()
    app = AppDocument(
        client_id=arguments.client_id,
        client_secret=_secret(),
        redirect_uri=arguments.redirect_uri,
        scopes=scopes,
        api_hosts=store.api_hosts(arguments.client_id),
    )
    store.write_app(app)
    if arguments.json:
        print_json({"client_id": app.client_id, "scopes": scopes})
    else:
        print(f"Stored the app {app.client_id}. Next: .venv/bin/python manage.py authorize MALL")
    return 0


def _refuse_bad(client_id: str, redirect_uri: str, scopes: list[str]) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]{4,64}", client_id):
        raise UsageError(f"{client_id[:70]!r} is no client_id.", "Copy it from Cafe24 Developers.")
    parts = urlsplit(redirect_uri)
    if not parts.hostname or (parts.scheme != "https" and not is_loopback(redirect_uri)):
        raise UsageError(
            "--redirect-uri must be https, or http on loopback.",
            "Take one that is registered for the app in Cafe24 Developers.",
        )
    odd = [scope for scope in scopes if not re.fullmatch(r"[a-z]+\.(read|write)_[a-z_]+", scope)]
    if odd or not scopes:
        raise UsageError(
            f"{odd[0][:60]!r} is no scope." if odd else "--scopes is empty.",
            "A scope looks like mall.read_product.",
        )


def _secret() -> Secret:
    is_typed = sys.stdin.isatty()
    text = getpass.getpass("client_secret: ") if is_typed else sys.stdin.readline()
    secret = text.strip()
    if not secret:
        raise UsageError("No client_secret was given.", "Type it at the prompt or pipe it in.")
    if is_placeholder(secret) or re.search(r"\s", secret):
        raise UsageError("That is no client_secret.", "Copy it from Cafe24 Developers.")
    return Secret(secret)
