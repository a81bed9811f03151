"""The one border to Vault: raises ours for hvac's and requests'."""

import contextlib
from collections.abc import Iterator

import requests
from hvac import exceptions

from cafe24.errors import Conflict, VaultAway, VaultRefused

_CAS_MISMATCH = "check-and-set parameter did not match"


@contextlib.contextmanager
def translated(where: str) -> Iterator[None]:
    """Raise ours for theirs; `where` names the path that was asked."""
    try:
        yield
    except (exceptions.VaultDown, exceptions.InternalServerError, exceptions.BadGateway) as down:
        raise VaultAway(
            f"Vault is there but does not serve ({_words(down)}).",
            "If it is sealed, unseal it: vault operator unseal. Nothing was lost.",
        ) from None
    except exceptions.Forbidden:
        raise VaultRefused(
            f"Vault denies {where}.",
            "The sign-in is expired or its policy lacks this path: see deploy/policies.",
        ) from None
    except exceptions.InvalidRequest as refusal:
        words = _words(refusal)
        if _CAS_MISMATCH in words:
            raise Conflict(f"{where} was written by somebody else first.") from None
        raise VaultRefused(f"Vault refuses {where}: {words}.", _next_step(words)) from None
    except exceptions.VaultError as failure:
        raise VaultRefused(
            f"Vault refuses {where}: {_words(failure)}.",
            "Check CAFE24_VAULT_MOUNT: it must be a KV v2 mount.",
        ) from None
    except requests.exceptions.SSLError:
        raise VaultRefused(
            "Vault's TLS certificate is not trusted.",
            "Set VAULT_CACERT to the file of its certificate authority.",
        ) from None
    except (requests.exceptions.RequestException, OSError) as failure:
        raise VaultAway(
            f"Vault does not answer ({type(failure).__name__}).",
            "Check that it runs and that VAULT_ADDR points at it. Nothing was lost.",
        ) from None


def _next_step(words: str) -> str:
    if "role" in words or "secret id" in words:
        return "The AppRole sign-in is refused: set a new VAULT_SECRET_ID."
    return "Check CAFE24_VAULT_MOUNT: it must be a KV v2 mount."


def _words(failure: exceptions.VaultError) -> str:
    errors = failure.errors if isinstance(failure.errors, list) else [failure.errors or "no reason"]
    return "; ".join(" ".join(str(error).split()) for error in errors)[:200] or "no reason"
