"""Malls that are in trouble until control says otherwise: what a share of any fleet is."""

import random
from collections.abc import Callable, Sequence
from http import HTTPStatus
from itertools import cycle

from sandbox.mall.bad_order import BadOrder
from sandbox.mall.faults import Fault
from sandbox.mall.mall import Mall

Troubles = dict[str, str]
"""The kind of trouble by mall_id; a mall that is well is not in it."""

SLOW_S = 10.0
"""What every answer of a slow mall takes."""


def _dead(mall: Mall, _endpoint: str) -> Fault | None:
    """Whatever tokens the mall was given, its owner took them back."""
    mall.tokens.revoke_access()
    mall.tokens.revoke_refresh()
    return None


def _blocked(mall: Mall, endpoint: str) -> Fault | None:
    """Somebody else's calls use its quota up, and the token endpoint's limit."""
    mall.gauge.use_up(mall.limits)
    if endpoint != "token":
        return None
    body = {"error": "too_many_requests", "error_description": "Too Many Requests"}
    return Fault("status", status=HTTPStatus.TOO_MANY_REQUESTS.value, body=body)


def _slow(_mall: Mall, _endpoint: str) -> Fault | None:
    return Fault("slow", delay_s=SLOW_S)


def _failing(_mall: Mall, _endpoint: str) -> Fault | None:
    return Fault("status", status=HTTPStatus.SERVICE_UNAVAILABLE.value)


_PLAYED: dict[str, Callable[[Mall, str], Fault | None]] = {
    "dead": _dead,
    "blocked": _blocked,
    "slow": _slow,
    "failing": _failing,
}

KINDS = tuple(_PLAYED)
"""dead: its tokens are revoked. blocked: 429, with the time to wait. slow. failing: 503."""


def trouble_of(kind: str | None, mall: Mall, endpoint: str) -> Fault | None:
    """Let the mall be in its trouble for one call; return the fault that hits the call, if any."""
    return None if kind is None else _PLAYED[kind](mall, endpoint)


def drawn_troubles(mall_ids: Sequence[str], share: float, seed: int) -> Troubles:
    """Return a share of the malls, drawn by the seed, in as many of each kind."""
    chance = random.Random(f"troubles {seed}")
    picked = chance.sample(mall_ids, round(share * len(mall_ids)))
    return dict(zip(picked, cycle(KINDS), strict=False))


def checked_troubles(wanted: object) -> Troubles:
    """Return troubles as control ordered them.

    Raises:
        BadOrder: it is no object of kinds.
    """
    if isinstance(wanted, dict) and all(kind in KINDS for kind in wanted.values()):
        return wanted
    raise BadOrder(f"malls must be an object of mall_ids, each with one of {list(KINDS)}.")
