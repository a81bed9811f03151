"""The project's documents in Vault: whole, in their places, with a history that is kept."""

from collections.abc import Iterator

from cafe24.checkup.finding import Finding, Patient, ok, warning
from cafe24.errors import CafeError
from cafe24.malls import MallId, is_mall_id
from cafe24.tokens.kept_history import kept_keys
from cafe24.tokens.refusal import another_environment
from cafe24.tokens.store import Stored, TokenStore

SETUP = "Run: .venv/bin/python manage.py setup"
SHOWN = 3


def check_history(patient: Patient) -> Iterator[Finding]:
    """Look at max_versions and cas_required of every key, and whether both keys are made."""
    vault, prefix = patient.store.vault, patient.tokens.prefix
    missing = patient.store.keys().missing()
    if missing:
        yield warning("keys", f"{prefix}/keys has no {' and no '.join(missing)}.", SETUP)
    keys = list(kept_keys(vault, prefix))
    bad = [f"{key.path} ({', '.join(key.differing)})" for key in keys if key.differing]
    if bad:
        more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
        yield warning("history", f"Not set as wanted: {', '.join(bad[:SHOWN])}{more}.", SETUP)
    elif not missing:
        yield ok("history", f"{len(keys)} documents keep theirs, and need check-and-set")


def check_malls(patient: Patient) -> Iterator[Finding]:
    """Look at every mall's document and its app."""
    ours = patient.tokens.environment
    for mall, found in patient.malls.items():
        if not isinstance(found, Stored):
            yield Finding.of(f"mall {mall}", found)
        elif found.document.environment != ours:
            yield Finding.of(f"mall {mall}", another_environment(found.document, ours))
    whole = sum(isinstance(one, Stored) for one in patient.malls.values())
    yield ok("malls", f"{whole} documents are whole and in their places")
    yield from _strange_names(patient)
    for client_id, app in patient.apps.items():
        if isinstance(app, CafeError):
            yield Finding.of(f"app {client_id}", app)
    whole = sum(not isinstance(app, CafeError) for app in patient.apps.values())
    yield ok("apps", f"{whole} have their secret")


def _strange_names(patient: Patient) -> Iterator[Finding]:
    folder = f"{patient.tokens.prefix}/malls"
    for name in patient.store.vault.names(folder):
        if not is_mall_id(name):
            yield warning(
                f"mall {name}",
                f"{folder}/{name} is no mall id: somebody put it there by hand, nobody reads it.",
                f"Remove it: vault kv metadata delete -mount={patient.store.vault.mount} "
                f"{folder}/{name}",
            )


def check_quarantine(patient: Patient) -> Iterator[Finding]:
    """Look for pairs that were set aside and are newer than what their mall holds."""
    names = patient.store.vault.names(f"{patient.tokens.prefix}/quarantine")
    for name in names:
        try:
            yield from _aside(patient.store, MallId(name))
        except CafeError as damage:
            yield Finding.of(f"quarantine {name}", damage)
    yield ok("quarantine", f"evidence of {len(names)} malls is kept" if names else "empty")


def _aside(store: TokenStore, mall: MallId) -> Iterator[Finding]:
    held, stored = store.quarantined(mall), store.read_mall(mall)
    if held is not None and (stored is None or held.issued_at > stored.document.issued_at):
        yield warning(
            f"quarantine {mall}",
            "A pair was set aside that is newer than the one in use.",
            "Run: .venv/bin/python manage.py drain. If it stays, look who else refreshes this "
            "mall, and stop them.",
        )
