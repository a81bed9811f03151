"""Fields of a request, converted as Vault converts them, refused as Vault refuses them."""

from collections.abc import Mapping
from typing import Any

from sandbox.vault.wire.answers import Refusal
from sandbox.vault.wire.durations import seconds_in

_GO_TYPES = {"str": "string", "list": "[]interface {}", "dict": "map[string]interface {}"}
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})


class Fields:
    """The data of one request; a field that was not sent reads as None."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data

    def has(self, name: str) -> bool:
        """Tell whether the field was sent, be it as null."""
        return name in self._data

    def text(self, name: str) -> str | None:
        """Return a string; numbers and booleans are written out."""
        match self._data.get(name):
            case None:
                return None
            case str() as text:
                return text
            case bool() as flag:
                return "1" if flag else "0"
            case int() | float() as number:
                return str(number)
            case other:
                raise _unconvertible(name, "string", other)

    def whole(self, name: str) -> int | None:
        """Return an integer, also one sent as text."""
        value = self._data.get(name)
        return None if value is None else _whole(name, value)

    def flag(self, name: str) -> bool | None:
        """Return a boolean, also one sent as text or number."""
        match self._data.get(name):
            case None:
                return None
            case bool() as flag:
                return flag
            case int() as number:
                return number != 0
            case "":
                return False
            case str() as text if text in _TRUE | _FALSE:
                return text in _TRUE
            case other:
                raise _unparsable(name, "bool", other)

    def seconds(self, name: str) -> int | None:
        """Return a duration in seconds, which may not be negative."""
        value = self.signed_seconds(name)
        if value is not None and value < 0:
            raise Refusal(400, f"{_converting(name)} cannot provide negative value '{value}'")
        return value

    def signed_seconds(self, name: str) -> int | None:
        """Return a duration in seconds."""
        value = self._data.get(name)
        return None if value is None else seconds_in(value)

    def names(self, name: str) -> list[str] | None:
        """Return a list of strings, also one sent as text with commas."""
        match self._data.get(name):
            case None:
                return None
            case str() as text:
                return [part.strip() for part in text.split(",") if part.strip()]
            case list() as items:
                return [str(item).strip() for item in items]
            case other:
                raise _unconvertible(name, "string", other)

    def whole_numbers(self, name: str) -> list[int]:
        """Return a list of integers, also one sent as text with commas."""
        match self._data.get(name):
            case None:
                return []
            case str() as text:
                return [_whole(name, part) for part in text.split(",") if part.strip()]
            case list() as items:
                return [_whole(name, item) for item in items]
            case other:
                return [_whole(name, other)]

    def mapping(self, name: str) -> dict[str, Any] | None:
        """Return an object; null counts as an empty one."""
        if name not in self._data:
            return None
        match self._data[name]:
            case None:
                return {}
            case dict() as mapping:
                return mapping
            case other:
                raise _unconvertible(name, "map[string]interface {}", other)


def parse_bool(text: str) -> bool:
    """Return Go's reading of a boolean.

    Raises:
        ValueError: it is none.
    """
    if text not in _TRUE | _FALSE:
        raise ValueError(text)
    return text in _TRUE


def _whole(name: str, value: Any) -> int:
    if value == "":
        return 0
    if isinstance(value, list | dict | float):
        raise _unconvertible(name, "int", value)
    try:
        return int(value)
    except ValueError:
        raise _unparsable(name, "int", value) from None


def _converting(name: str) -> str:
    return f'error converting input for field "{name}":'


def _unconvertible(name: str, wanted: str, value: Any) -> Refusal:
    kind = _GO_TYPES.get(type(value).__name__, "json.Number")
    return Refusal(
        400, f"{_converting(name)} '' expected type '{wanted}', got unconvertible type '{kind}'"
    )


def _unparsable(name: str, wanted: str, value: Any) -> Refusal:
    if not isinstance(value, str):
        return _unconvertible(name, wanted, value)
    parser = f"strconv.Parse{wanted.capitalize()}"
    return Refusal(
        400, f"{_converting(name)} '' cannot parse value as '{wanted}': {parser}: invalid syntax"
    )
