"""What an answer of the Admin API means: its JSON, or one error of ours.

The bodies follow `{"error": {"code": int, "message": str, "more_info": {}}}`.
"""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx
import orjson

from cafe24.api.lenient import has_suspects, lenient
from cafe24.errors import (
    AppUninstalled,
    Cafe24Away,
    CafeError,
    ContractBroken,
    NotFound,
    RateLimited,
    Reauthorize,
    ScopeMissing,
    VersionSunset,
)
from cafe24.malls import MallId

LONGEST_MESSAGE = 200
AGAIN_LATER = "It was tried several times. What was read is kept: run it again later."

_SUNSET = re.compile(r"(\d{4}-\d\d-\d\d) version you requested is not available", re.IGNORECASE)
_SERVED = re.compile(r"app version is (\d{4}-\d\d-\d\d)", re.IGNORECASE)
_NO_ADDRESS = re.compile(r"no api found|cannot locate api", re.IGNORECASE)
_UNINSTALLED = re.compile(r"app is deleted", re.IGNORECASE)


def json_of(response: httpx.Response, mall: MallId, endpoint: str) -> Any:
    """Return the parsed body of a 200.

    Raises:
        CafeError: the one that `error_of` chooses, or `Cafe24Away` for a body
            that is not JSON, such as a gateway's HTML page with status 200.
    """
    if response.status_code != HTTPStatus.OK:
        raise error_of(response, mall, endpoint)
    try:
        return parsed(response.content)
    except ValueError:
        raise Cafe24Away(
            f"{mall}: {endpoint} answered 200 with {len(response.content)} bytes "
            "that are not whole JSON.",
            AGAIN_LATER,
        ) from None


def parsed(body: bytes) -> Any:
    """Return the JSON in `body`.

    One odd record must not cost the page it is on, so what the strict parser refuses,
    or would round, is given to the lenient one.

    Raises:
        ValueError: it is not JSON.
    """
    if has_suspects(body):
        return lenient(body)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return lenient(body)


def time_of(response: httpx.Response) -> datetime | None:
    """Return the answer's own time (its Date header), aware; None when it bears none."""
    try:
        moment = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def error_of(response: httpx.Response, mall: MallId, endpoint: str) -> CafeError:
    """Return the error that an answer other than 200 stands for."""
    status = response.status_code
    said = _message(response)
    what = f"{mall}: {endpoint} answered {status}" + (f" ({said})." if said else ".")
    match status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimited(what, AGAIN_LATER)
        case HTTPStatus.UNAUTHORIZED:
            return _unauthorized(what, mall)
        case HTTPStatus.FORBIDDEN:
            return _forbidden(what, said, mall)
        case HTTPStatus.BAD_REQUEST if _SUNSET.search(said):
            return _sunset(said, mall)
    return _by_its_class(status, what, said, endpoint)


def _by_its_class(status: int, what: str, said: str, endpoint: str) -> CafeError:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Cafe24Away(what, AGAIN_LATER)
    # Only Cafe24's own words prove that a record is gone: a 404 without them may be
    # any proxy's, and one about the address is a mistake of ours.
    if status == HTTPStatus.NOT_FOUND and said and not _NO_ADDRESS.search(said):
        return NotFound(what)
    return ContractBroken(what, "Compare the request with Cafe24's API reference.", endpoint)


def _unauthorized(what: str, mall: MallId) -> CafeError:
    return Reauthorize(
        f"{what} A newer token was refused too.",
        f"Run: .venv/bin/python manage.py authorize {mall}",
    )


def _forbidden(what: str, said: str, mall: MallId) -> CafeError:
    if _UNINSTALLED.search(said):
        return AppUninstalled(
            f"{what} The app was removed from the mall.",
            f"Have the mall's principal operator install it again: "
            f".venv/bin/python manage.py authorize {mall}",
        )
    return ScopeMissing(
        what,
        "Add the scope mall.read_product to the app in Cafe24 Developers, then run: "
        f".venv/bin/python manage.py authorize {mall}",
    )


def _sunset(said: str, mall: MallId) -> CafeError:
    asked = _SUNSET.search(said)
    served = _SERVED.search(said)
    now = served.group(1) if served else "another one"
    return VersionSunset(
        f"{mall}: Cafe24 no longer serves API version {asked.group(1) if asked else '?'}; "
        f"it serves {now}.",
        f"Set CAFE24_API_VERSION={now} after reading what changed in it.",
    )


def _message(response: httpx.Response) -> str:
    """Return Cafe24's own words, short, on one line and without the token we sent."""
    try:
        error = parsed(response.content)["error"]
        said = error["message"] if isinstance(error, dict) else error
    except (ValueError, KeyError, TypeError):
        return ""
    sent = response.request.headers.get("Authorization", "").removeprefix("Bearer ")
    text = " ".join(str(said).split())
    return (text.replace(sent, "...") if sent else text)[:LONGEST_MESSAGE]
