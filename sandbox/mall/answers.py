"""How Cafe24 answers: two error envelopes, JSON, and an edge for malls that are not there."""

from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import HTMLResponse, Response

_EDGE_PAGE = """<html>
<head><title>404 Not Found</title></head>
<body><center><h1>404 Not Found</h1></center><hr><center>nginx</center></body>
</html>
"""


class Refused(Exception):
    """An error answer on its way out: a status and a JSON body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def json_answer(body: Any, status: int = HTTPStatus.OK) -> Response:
    """Return `body` as JSON."""
    return encoded_answer(orjson.dumps(body), status)


def encoded_answer(body: bytes, status: int = HTTPStatus.OK) -> Response:
    """Return JSON that is encoded already."""
    return Response(body, status, media_type="application/json; charset=utf-8")


def refusal_answer(refusal: Refused) -> Response:
    """Return the error answer."""
    return json_answer(refusal.body, refusal.status)


def oauth_refusal(status: int, error: str, description: str) -> Refused:
    """Return an error as the token endpoint words it: `error` is a text."""
    return Refused(status, {"error": error, "error_description": description})


def admin_refusal(status: int, message: str, *, more_info: bool = False) -> Refused:
    """Return an error as the Admin API words it: `error` is an object.

    Args:
        status: also the `code` inside.
        message: Cafe24's sentence.
        more_info: whether the empty `more_info` comes along; recorded bodies of 400,
            401 and 404 have none.
    """
    error: dict[str, Any] = {"code": int(status), "message": message}
    return Refused(status, {"error": {**error, "more_info": {}} if more_info else error})


def no_api_found() -> Refused:
    """Return the 404 of an address where no API is."""
    return admin_refusal(HTTPStatus.NOT_FOUND, "No API found.")


def unprocessable(parameter: str, label: str, rule: str) -> Refused:
    """Return a 422: `[Start location of list] must be ... (parameter.offset)`."""
    return admin_refusal(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"[{label}] {rule} (parameter.{parameter})",
        more_info=True,
    )


def edge_not_found() -> Response:
    """Return what stands at an address that belongs to no mall."""
    return HTMLResponse(_EDGE_PAGE, HTTPStatus.NOT_FOUND)
