"""Finds setting names that nobody reads, before they are believed to work.

Incident 1 was `CAFE24_MALL_ID` in the code and `MALL_ID` in the environment.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from dotenv.parser import parse_stream

from cafe24.errors import SettingsError

PREFIX = "CAFE24_"
EXAMPLE = ".env.example"

_MALL = "Delete it: the malls are what Vault lists. Connect one: manage.py authorize MALL"
_APP = "Delete it: the app is stored in Vault. Store it: manage.py app CLIENT_ID"
_TOKENS = "Delete it: tokens live in Vault alone. Connect the mall: manage.py authorize MALL"

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
}
"""Names of the old days, and what to do with each."""


@dataclass(frozen=True, slots=True)
class Found:
    """A name, and where it stands."""

    name: str
    value: str
    place: str


def refuse_strays(known: Collection[str], environ: Mapping[str, str], folder: Path) -> None:
    """Raise for the first name that is legacy, unknown, or set twice with two values.

    Raises:
        SettingsError: names the place, the line and the cure; never the value.
    """
    main = list(_lines(folder / ".env"))
    for found in [*_environment(environ), *main]:
        _refuse_name(found, known)
    values = {found.name: found for found in main}
    for file in sorted(folder.glob(".env?*")):
        if file.name != EXAMPLE and file.is_file():
            for found in _lines(file):
                _refuse_second(found, values, known)


def _refuse_name(found: Found, known: Collection[str]) -> None:
    if found.name in LEGACY:
        raise SettingsError(f"{found.place}: {found.name} is no setting.", LEGACY[found.name])
    if found.name.startswith(PREFIX) and found.name not in known:
        near = get_close_matches(found.name, known, n=1, cutoff=0.7)
        raise SettingsError(
            f"{found.place}: {found.name} is no setting.",
            f"Did you mean {near[0]}?" if near else "See .env.example for those there are.",
        )


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
        yield Found(name, environ[name], "environment")


def _lines(file: Path) -> Iterator[Found]:
    if not file.is_file():
        return
    with file.open(encoding="utf-8") as stream:
        for binding in parse_stream(stream):
            if binding.key:
                place = f"{file.name} line {binding.original.line}"
                yield Found(binding.key, binding.value or "", place)
