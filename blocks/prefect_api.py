"""The one border to Prefect's API: where its failures become ours."""

import contextlib
from collections.abc import Iterator

import httpx
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound, PrefectHTTPStatusError

from cafe24.errors import PrefectAway, PrefectRefused

_SERVER_FAULT = 500
_START = "Start it (.venv/bin/prefect server start) or correct PREFECT_API_URL, then run again."

_NOT_LET_IN = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
_SIGN_IN = (
    "Set PREFECT_API_AUTH_STRING=USER:PASSWORD as the server has it, or PREFECT_API_KEY for "
    "Prefect Cloud, then run again."
)

_SET_UP = "Put everything in place: .venv/bin/python manage.py setup"


@contextlib.contextmanager
def prefect_errors() -> Iterator[None]:
    """Raise ours for what Prefect's client raises.

    Raises:
        PrefectAway: no answer, or a fault of the server; the same call may work later.
        PrefectRefused: an answer that says no.
    """
    try:
        yield
    except ObjectNotFound as absence:
        raise PrefectRefused(f"Prefect has nothing at {_place(absence)}.", _SET_UP) from None
    except ObjectAlreadyExists:
        raise PrefectAway(
            "Somebody else set this up at the same moment.", "Run it again."
        ) from None
    except PrefectHTTPStatusError as refusal:
        raise _judged(refusal.response.status_code, refusal.request.url.path) from None
    except (httpx.HTTPError, httpx.InvalidURL) as failure:
        # Its own words may hold the request; its kind says enough.
        raise PrefectAway(
            f"Prefect's API does not answer ({type(failure).__name__}).", _START
        ) from None


def _judged(status: int, path: str) -> PrefectAway | PrefectRefused:
    said = f"Prefect's API answered {status} to {path}."
    if status >= _SERVER_FAULT:
        return PrefectAway(said, "Look at the server's log, then run again.")
    if status in _NOT_LET_IN:
        return PrefectRefused(f"Prefect does not let us in: {said}", _SIGN_IN)
    return PrefectRefused(said, "Check that server and client are of one version.")


def _place(absence: ObjectNotFound) -> str:
    answered = absence.http_exc
    return str(answered.request.url.path) if isinstance(answered, httpx.HTTPStatusError) else "all"
