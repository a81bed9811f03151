"""JSON as Vault takes it in, stores it and merges it."""

import json
import math
from decimal import Decimal
from typing import Any, NoReturn

from sandbox.vault.wire.answers import Refusal

_FLOAT64_EXACT = 2**53
_GO_EXPONENT_FROM = 1e21


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the object in a request body; nothing and `null` are an empty one.

    Raises:
        Refusal: 400, when the body is no JSON object.
    """
    if not body.strip():
        return {}
    try:
        value = json.loads(body.decode(), parse_float=_finite, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Refusal(400, "error parsing JSON") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refusal(400, "error parsing JSON")
    return value


def as_float64(value: Any) -> Any:
    """Return `value` as KV v2 gives it back: every number went through a float64.

    1.0 comes back as 1, and integers above 2**53 lose their last digits.
    """
    match value:
        case dict():
            return {key: as_float64(item) for key, item in value.items()}
        case list():
            return [as_float64(item) for item in value]
        case bool():
            return value
        case int() if -_FLOAT64_EXACT <= value <= _FLOAT64_EXACT:
            return value
        case int() | float():
            return _shortest(float(value))
    return value


def merge_patch(target: Any, patch: Any) -> Any:
    """Return `target` with `patch` merged in (RFC 7396): null removes a key."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, item in patch.items():
        if item is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), item)
    return merged


def _shortest(number: float) -> int | float:
    """Return what prints like Go's float64: whole numbers below 1e21 without a point."""
    if number.is_integer() and abs(number) < _GO_EXPONENT_FROM:
        return int(Decimal(repr(number)))
    return number


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(digits)
    return number


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
