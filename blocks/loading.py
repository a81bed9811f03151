"""Loads a block, or says how to get it."""

from typing import TypeVar

from prefect.blocks.core import Block

from blocks.prefect_api import prefect_errors
from cafe24.errors import SettingsError

B = TypeVar("B", bound=Block)


async def load(kind: type[B], name: str) -> B:
    """Return the block document `name` of this kind.

    Raises:
        SettingsError: there is none, or it was written by another version of ours.
        PrefectAway, PrefectRefused: Prefect does not give it.
    """
    try:
        with prefect_errors():
            return await kind.aload(name)
    except ValueError:
        # Not its own words: a document of another shape is shown there, secrets and all.
        raise SettingsError(
            f"Prefect has no usable block {kind.get_block_type_slug()}/{name}.",
            "Write it from the settings: .venv/bin/python manage.py setup",
        ) from None
