"""Plays a fault: what reaches the caller instead of the answer, or what is left of it."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from http.client import responses
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sandbox.mall.answers import json_answer
from sandbox.mall.broken_answers import BrokenLine, CutAnswer, CutHead, dripping, truncated
from sandbox.mall.faults import Fault

Work = Callable[[Request], Awaitable[Response]]

_PAGE = "<html><head><title>Service</title></head><body><h1>점검 중입니다.</h1></body></html>"
_BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT, HTTPStatus.NOT_MODIFIED}
_EMPTY: dict[str, Any] = {
    "products": {"products": []},
    "variants": {"variants": []},
    "count": {"count": 0},
}


async def play(fault: Fault, endpoint: str, request: Request, work: Work) -> Response:
    """Answer the call the way the fault wants it.

    Args:
        fault: what goes wrong.
        endpoint: the name of what was called.
        request: the call.
        work: answers the call; some faults never let it.
    """
    if fault.kind in _INSTEAD:
        return _INSTEAD[fault.kind](fault, endpoint)
    if fault.kind == "slow":
        # Read first: a client that gives up meanwhile has asked all the same.
        await request.body()
        await asyncio.sleep(fault.delay_s)
    if fault.kind == "stuck":
        _rewrite(request, since_product_no="0")
    if fault.kind == "no_embed":
        _rewrite(request, embed="")
    response = await work(request)
    if fault.kind == "slow_after":
        await asyncio.sleep(fault.delay_s)
    return _AFTERWARDS[fault.kind](fault, response) if fault.kind in _AFTERWARDS else response


def _status(fault: Fault, _endpoint: str) -> Response:
    status = fault.status or HTTPStatus.INTERNAL_SERVER_ERROR
    if status in _BODILESS:
        return Response(status_code=status)
    if isinstance(fault.body, str):
        return Response(fault.body, status, media_type="text/plain; charset=utf-8")
    # Edges answer with numbers that no standard names, such as 520.
    message = responses.get(status, "Unknown")
    return json_answer(fault.body or {"error": {"code": status, "message": message}}, status)


def _html(fault: Fault, _endpoint: str) -> Response:
    status = fault.status or HTTPStatus.OK
    if status in _BODILESS:
        return Response(status_code=status)
    return HTMLResponse(fault.body or _PAGE, status)


def _empty(_fault: Fault, endpoint: str) -> Response:
    return json_answer(_EMPTY.get(endpoint, {}))


def _rewrite(request: Request, **instead: str) -> None:
    """Change parameters that were sent, before anybody read them."""
    fields = parse_qsl(request.scope["query_string"].decode(), keep_blank_values=True)
    told = [(name, instead.get(name, value)) for name, value in fields]
    request.scope["query_string"] = urlencode(told).encode()


def _patched(fault: Fault, response: Response) -> Response:
    return _rewritten(response, lambda body: {**body, **(fault.body or {})})


def _without_tokens(_fault: Fault, response: Response) -> Response:
    return _rewritten(
        response,
        lambda body: {name: body[name] for name in body if not name.endswith("_token")},
    )


def _rewritten(response: Response, change: Callable[[Any], Any]) -> Response:
    if response.status_code != HTTPStatus.OK or not response.body:
        return response
    return json_answer(change(orjson.loads(bytes(response.body))))


_INSTEAD: dict[str, Callable[[Fault, str], Response]] = {
    "status": _status,
    "html": _html,
    "empty": _empty,
    "drop_before": lambda _fault, _endpoint: BrokenLine(),
    "reset": lambda _fault, _endpoint: BrokenLine(is_reset=True),
}

_AFTERWARDS: dict[str, Callable[[Fault, Response], Response]] = {
    "drop_after": lambda _fault, _response: BrokenLine(),
    "reset_after": lambda _fault, _response: BrokenLine(is_reset=True),
    "truncate": lambda fault, response: truncated(response, fault.keep_bytes),
    "cut": lambda fault, response: CutAnswer(response, fault.keep_bytes),
    "cut_reset": lambda fault, response: CutAnswer(response, fault.keep_bytes, is_reset=True),
    "cut_head": lambda _fault, response: CutHead(response),
    "drip": lambda fault, response: dripping(response, fault.delay_s),
    "no_tokens": _without_tokens,
    "patch": _patched,
}
