"""A document's secrets have one way out, `vault_data`; every other copy stays shut."""

import copy
import dataclasses
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic_core import PydanticSerializationError

from cafe24.secret import Secret, Unshown
from cafe24.tokens.document import AccessDocument, AppDocument, MallDocument, VaultDocument
from cafe24.tokens.held import HeldPair
from cafe24.tokens.pair import TokenPair
from cafe24.vault.kv import Version
from cafe24.vault.session import VaultSignIn

CANARY = "canary-invented-0002"
THEN = datetime(2026, 11, 2, tzinfo=UTC)
TOKENS: dict[str, Any] = {
    "access_token": Secret(CANARY),
    "access_expires_at": THEN,
    "refresh_token": Secret(CANARY),
    "refresh_expires_at": THEN,
    "issued_at": THEN,
    "scopes": [],
}
OF_A_MALL: dict[str, Any] = {
    "environment": "test",
    "mall_id": "samplemall",
    "lineage": "l",
    "generation": 1,
}

DOCUMENTS = [
    MallDocument(client_id="inventedclient", **OF_A_MALL, **TOKENS),
    HeldPair(parent="p", **OF_A_MALL, **TOKENS),
    AccessDocument(
        mall_id="samplemall",
        lineage="l",
        generation=1,
        access_token=Secret(CANARY),
        access_expires_at=THEN,
    ),
    AppDocument(
        client_id="inventedclient",
        client_secret=Secret(CANARY),
        next_client_secret=Secret(CANARY),
        redirect_uri="https://app.example/callback",
        scopes=[],
    ),
]
OTHERS = [
    TokenPair(**TOKENS),
    VaultSignIn("https://vault.example", token=Secret(CANARY), secret_id=Secret(CANARY)),
    Version(Unshown(token=CANARY), 1, THEN, THEN),
]
WAYS: list[Callable[[Any], Any]] = [
    *(repr, str, vars, copy.copy, copy.deepcopy, pickle.dumps, json.dumps),
    lambda holder: f"{holder:}",
    lambda holder: [*holder],
    lambda holder: json.dumps(holder, default=vars),
    dataclasses.asdict,
    dataclasses.astuple,
]
PYDANTIC_WAYS: list[Callable[[VaultDocument], Any]] = [
    lambda document: document.model_dump(),
    lambda document: document.model_dump(mode="json"),
    lambda document: document.model_dump(context={"for": "vault"}),
    lambda document: document.model_dump_json(),
    lambda document: document.model_copy(deep=True),
    lambda document: document.model_copy(),
    lambda document: [*document.__repr_args__()],
]


def what_comes_of(way: Callable[[Any], Any], holder: Any) -> str:
    """Return everything that a way out shows; a refusal's words are shown too."""
    try:
        found = way(holder)
    except (TypeError, PydanticSerializationError) as refusal:
        return f"{refusal!r}"
    return f"{found!r} {found}"


@pytest.mark.parametrize("way", [*WAYS, *PYDANTIC_WAYS])
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: type(one).__name__)
def test_a_document_shows_no_secret(way: Callable[[Any], Any], document: VaultDocument) -> None:
    assert CANARY not in what_comes_of(way, document)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("holder", OTHERS, ids=lambda one: type(one).__name__)
def test_what_carries_a_secret_shows_none(way: Callable[[Any], Any], holder: Any) -> None:
    assert CANARY not in what_comes_of(way, holder)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: type(one).__name__)
def test_vault_alone_gets_the_text_and_its_carrier_does_not_show_it(
    document: VaultDocument,
) -> None:
    carrier = document.vault_data()
    assert CANARY in json.dumps(carrier)
    for way in (repr, str, pickle.dumps, copy.copy, copy.deepcopy):
        assert CANARY not in what_comes_of(way, carrier)
    assert type(document).parsed(carrier, "there") == document
