"""KV v2's custom metadata: strings under strings, few and short."""

from typing import Any

from sandbox.vault.wire.answers import Refusal, counted

_MAX_KEYS = 64
_MAX_KEY_LENGTH = 128
_MAX_VALUE_LENGTH = 512
_FAILED = "custom_metadata validation failed:"


def valid_custom_metadata(raw: dict[str, Any]) -> dict[str, str] | None:
    """Return the pairs as Vault keeps them; none at all are kept as None.

    Raises:
        Refusal: 400, naming everything that is wrong.
    """
    pairs = {key: _text(value) for key, value in raw.items()}
    if problems := _problems(pairs):
        raise Refusal(400, counted(*(f"{_FAILED} {problem}" for problem in problems)))
    return pairs or None


def _problems(pairs: dict[str, str]) -> list[str]:
    if len(pairs) > _MAX_KEYS:
        return [f"payload must contain at most {_MAX_KEYS} keys, provided {len(pairs)}"]
    return [problem for key, value in pairs.items() for problem in _pair_problems(key, value)]


def _pair_problems(key: str, value: str) -> list[str]:
    problems = []
    if not 0 < (length := len(key.encode(errors="replace"))) <= _MAX_KEY_LENGTH:
        problems.append(
            f'length of key "{key}" is {length} but must be 0 < len(key) <= {_MAX_KEY_LENGTH}'
        )
    if not 0 < (length := len(value.encode(errors="replace"))) <= _MAX_VALUE_LENGTH:
        problems.append(
            f'length of value for key "{key}" is {length} '
            f"but must be 0 < len(value) <= {_MAX_VALUE_LENGTH}"
        )
    if not key.isprintable():
        problems.append(f'key "{key}" ({key}) contains unprintable characters')
    if not value.isprintable():
        problems.append(f'value for key "{key}" contains unprintable characters')
    return problems


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "1" if value else "0"
        case int() | float():
            return str(value)
    kind = "map[string]interface {}" if isinstance(value, dict) else "[]interface {}"
    raise Refusal(400, f"{_FAILED} '' expected type 'string', got unconvertible type '{kind}'")
