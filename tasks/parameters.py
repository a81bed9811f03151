"""The types of the flows' parameters, as the UI's forms show them."""

from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from cafe24.malls import MALL_ID_PATTERN, MallIdField

MallIdParameter = Annotated[
    MallIdField, WithJsonSchema({"type": "string", "pattern": MALL_ID_PATTERN})
]
"""A mall id; the form refuses what is none, and so does the server."""

SyncMode = Literal["auto", "incremental", "full", "stock"]

ShardSize = Annotated[int, Field(ge=1, le=10_000)]
"""Malls a shard."""

AtOnce = Annotated[int, Field(ge=1, le=64)]
"""Malls of a shard that are worked for side by side."""
