"""Finds setting names that nobody reads, before they are believed to work.

Incident 1 was `CAFE24_MALL_ID` in the code and `MALL_ID` in the environment.
"""

import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from dotenv.parser import Original, parse_stream

from cafe24.errors import SettingsError

PREFIX = "CAFE24_"
MAIN = ".env"
EXAMPLE = ".env.example"

_AUTHORIZE = ".venv/bin/python manage.py authorize MALL"
_MALL = f"Delete it: the malls are what Vault lists. Connect one: {_AUTHORIZE}"
_APP = "Delete it: the app is stored in Vault. Store it: .venv/bin/python manage.py app CLIENT_ID"
_TOKENS = f"Delete it: tokens live in Vault alone. Connect the mall: {_AUTHORIZE}"

LEGACY = {
    "MALL_ID": _MALL,
    "CAFE24_MALL_ID": _MALL,
    "NEXT_PUBLIC_CAFE24_MALL_ID": _MALL,
    "CAFE24_SHOP_NO": _MALL,
    "CAFE24_CLIENT_ID": _APP,
    "CAFE24_CLIENT_SECRET": _APP,
    "CAFE24_CLIENT_SECRET_KEY": _APP,
    "CAFE24_SECRET_KEY": _APP,
    "CAFE24_REDIRECT_URI": _APP,
    "CAFE24_SCOPE": _APP,
    "CAFE24_SCOPES": _APP,
    "CAFE24_ACCESS_TOKEN": _TOKENS,
    "CAFE24_REFRESH_TOKEN": _TOKENS,
    "CAFE24_TOKEN_EXPIRES_AT": _TOKENS,
    "CAFE24_ACCESS_TOKEN_EXPIRES_AT": _TOKENS,
    "CAFE24_REFRESH_TOKEN_EXPIRES_AT": _TOKENS,
    "CAFE24_TOKEN_ISSUED_AT": _TOKENS,
}
"""Names of the old days, and what to do with each."""


@dataclass(frozen=True, slots=True)
class Found:
    """A name as the settings read it, in capitals, and where it stands."""

    name: str
    value: str
    place: str


def refuse_strays(
    known: Collection[str],
    environ: Mapping[str, str],
    folder: Path,
    *,
    tolerated: Collection[str] = (),
) -> None:
    """Raise for the first name that is legacy, unknown, or set twice with two values.

    Those that are tolerated are passed over.

    Raises:
        SettingsError: names the place, the line and the cure; never the value. Also
            when `.env` or a file beside it cannot be read.
    """
    main = list(_lines(folder / MAIN))
    for found in [*_environment(environ), *main]:
        if found.name not in tolerated:
            _refuse_name(found, known)
    values = _values(main, known)
    for file in sorted(folder.glob(".env?*")):
        if file.name != EXAMPLE and file.is_file():
            for found in _lines(file):
                if found.name not in tolerated:
                    _refuse_second(found, values, known)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a setting is read from.

    Attributes:
        hidden: the place of another value, which is not read because of this one.
    """

    name: str
    place: str
    hidden: str = ""


def sources(known: Collection[str], environ: Mapping[str, str], folder: Path) -> Iterator[Source]:
    """Yield every setting that is set, in order; the environment wins over `.env`.

    Raises:
        SettingsError: `.env` cannot be read.
    """
    # An empty variable sets nothing: pydantic-settings is told so.
    outside = {one.name: one for one in _environment(environ) if one.value and one.name in known}
    inside = {one.name: one for one in _lines(folder / MAIN) if one.value and one.name in known}
    for name in sorted({*outside, *inside}):
        read = outside.get(name) or inside[name]
        written = inside.get(name)
        is_hidden = written is not None and written.value != read.value
        yield Source(name, read.place, written.place if written and is_hidden else "")


def legacy_names(environ: Mapping[str, str], folder: Path) -> Iterator[Found]:
    """Yield every name of the old days that is set, in the environment or a `.env*` file."""
    files = [file for file in sorted(folder.glob(".env*")) if file.name != EXAMPLE]
    for found in [*_environment(environ), *(one for file in files for one in _lines(file))]:
        if found.name in LEGACY:
            yield found


def _refuse_name(found: Found, known: Collection[str]) -> None:
    if found.name in LEGACY:
        raise SettingsError(f"{found.place}: {found.name} is no setting.", LEGACY[found.name])
    if found.name.startswith(PREFIX) and found.name not in known:
        near = get_close_matches(found.name, known, n=1, cutoff=0.7)
        raise SettingsError(
            f"{found.place}: {found.name} is no setting.",
            f"Did you mean {near[0]}?" if near else "See .env.example for those there are.",
        )


def _values(main: Iterable[Found], known: Collection[str]) -> dict[str, Found]:
    """Return `.env` by name; a name that stands there twice must say the same."""
    values: dict[str, Found] = {}
    for found in main:
        first = values.setdefault(found.name, found)
        if found.name in known and first.value != found.value:
            raise SettingsError(
                f"{found.place}: {found.name} is set again, to another value than {first.place}.",
                "Delete one of the two lines.",
            )
    return values


def _refuse_second(found: Found, main: Mapping[str, Found], known: Collection[str]) -> None:
    """One file is read; another that says something else is somebody's lost afternoon."""
    _refuse_name(found, known)
    if found.name not in known:
        return
    if found.name not in main or main[found.name].value != found.value:
        raise SettingsError(
            f"{found.place}: {found.name} is set there, but only .env is read.",
            "Move it to .env, or delete the line.",
        )


def _environment(environ: Mapping[str, str]) -> Iterator[Found]:
    for name in sorted(environ):
        yield Found(name.upper(), environ[name], "environment")


def _lines(file: Path) -> Iterator[Found]:
    """Yield what a file sets; of files beside `.env`, as far as they are such files."""
    if not file.exists():
        return
    for binding in parse_stream(io.StringIO(_text(file))):
        place = f"{file.name} line {_line(binding.original)}"
        if binding.error and file.name == MAIN:
            raise SettingsError(f"{place} is not NAME=value.", "Correct it, or begin it with #.")
        if binding.key:
            yield Found(binding.key.upper(), binding.value or "", place)


def _line(original: Original) -> int:
    """Return the line that a binding stands on; the parser counts blank lines before it to it."""
    text = original.string
    return original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors=None if file.name == MAIN else "replace")
    except OSError as refusal:
        raise SettingsError(
            f"{file.name} cannot be read: {refusal.strerror}.", "Mend its permissions."
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(
            f"{file.name} is not UTF-8 text.", "Save it as UTF-8: copy .env.example and fill it in."
        ) from None
