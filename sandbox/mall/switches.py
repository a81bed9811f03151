"""What control can set on a mall: how its tokens behave, and what its limits are."""

import dataclasses
from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.mall.bad_order import BadOrder, is_number

T = TypeVar("T", "Behaviour", "Limits")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How this mall resolves what Cafe24 leaves open; the defaults are its usual ways.

    Attributes:
        grace_s: how long a spent refresh token still works.
        reuse_detection: a spent refresh token that comes back revokes its whole family.
        old_access_token_dies: a refresh kills the access token before it.
        rotation: False renews the access token alone and answers no refresh_token.
        invalid_grant_status: 400, or 401 as some have seen.
        token_style: `opaque` (22 characters), `long` or `jwt`.
        token_limit: whether a sixteenth token request within 2 hours gets 429.
        refresh_token_expires_at: whether token answers tell it.
        timestamps: `naive` (Korean, no offset), `offset` (+09:00) or `utc` (Z).
        shop_nos: the shops of a multi-shop mall.
        since_product_no_is_strict: 422 for its forbidden companions, else they are ignored.
        api_versions: what X-Cafe24-Api-Version may ask for; the last is the default.
    """

    grace_s: float = 0.0
    reuse_detection: bool = False
    old_access_token_dies: bool = False
    rotation: bool = True
    invalid_grant_status: int = 400
    token_style: str = "opaque"
    token_limit: bool = True
    refresh_token_expires_at: bool = True
    timestamps: str = "naive"
    shop_nos: tuple[int, ...] = (1,)
    since_product_no_is_strict: bool = True
    api_versions: tuple[str, ...] = ("2025-12-01", "2026-03-01", "2026-06-01", "2026-09-01")


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast this mall may be called, and how fast it answers.

    Attributes:
        is_off: no bucket, no quota and none of their headers.
        bucket_size: calls that one endpoint's bucket holds.
        leak_per_s: calls that leave the bucket each second.
        quota_calls: calls of all endpoints in one window.
        quota_time_s: seconds of processing of all endpoints in one window.
        quota_window_s: length of that window.
        latency_s: what every answer takes.
    """

    is_off: bool = False
    bucket_size: int = 40
    leak_per_s: float = 2.0
    quota_calls: int = 3000
    quota_time_s: float = 600.0
    quota_window_s: float = 600.0
    latency_s: float = 0.0


_CHOICES: dict[str, tuple[object, ...]] = {
    "invalid_grant_status": (400, 401),
    "token_style": ("opaque", "long", "jwt"),
    "timestamps": ("naive", "offset", "utc"),
}

_MOST = 1e9
_NEVER_ZERO = frozenset({"quota_calls", "quota_time_s", "quota_window_s"})


def turned(switches: T, changes: dict[str, Any]) -> T:
    """Return the switches with the changes made.

    Raises:
        BadOrder: a name or a value is wrong; nothing was changed.
    """
    known = {field.name: getattr(switches, field.name) for field in dataclasses.fields(switches)}
    if unknown := set(changes) - set(known):
        raise BadOrder(f"Unknown: {sorted(unknown)}. There are {sorted(known)}.")
    values = {name: _checked(name, known[name], value) for name, value in changes.items()}
    return dataclasses.replace(switches, **values)


def _checked(name: str, current: Any, value: Any) -> Any:
    if name in _CHOICES:
        is_right = value in _CHOICES[name]
    elif isinstance(current, bool):
        is_right = isinstance(value, bool)
    elif isinstance(current, int | float):
        is_whole = isinstance(current, float) or type(value) is int
        is_zero = value == 0 and name in _NEVER_ZERO
        is_right = is_whole and is_number(value, most=_MOST) and not is_zero
    elif name == "shop_nos":
        is_right = _is_list_like(value, current) and min(value) >= 1
    else:
        is_right = _is_list_like(value, current)
    if not is_right:
        allowed = _CHOICES.get(name) or f"something like {current!r}"
        raise BadOrder(f"{name} cannot be {value!r}, but {allowed}.")
    # Of the switch's own type: 0 seconds are 0.0, so that 2.5 can follow.
    return type(current)(value)


def _is_list_like(value: Any, current: object) -> bool:
    assert isinstance(current, tuple)
    return (
        isinstance(value, list)
        and bool(value)
        and all(type(item) is type(current[0]) for item in value)
    )
