"""A secret shows itself nowhere but where it is revealed."""

import copy
import json
import pickle
import traceback

import pytest

from cafe24.secret import Secret

CANARY = "canary-invented-0001"


def test_no_text_form_shows_it() -> None:
    secret = Secret(CANARY)
    for shown in (repr(secret), str(secret), f"{secret}", f"{[secret]}", f"{secret!r:>20}"):
        assert CANARY not in shown


def test_it_has_no_json_and_no_pickle() -> None:
    secret = Secret(CANARY)
    with pytest.raises(TypeError):
        json.dumps({"token": secret})
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(secret, protocol)
    with pytest.raises(TypeError, match="not pickled"):
        copy.deepcopy(secret)


def test_a_traceback_with_locals_does_not_show_it() -> None:
    def fail(secret: Secret) -> None:
        raise ValueError(secret)

    with pytest.raises(ValueError, match="Secret") as failure:
        fail(Secret(CANARY))
    shown = traceback.TracebackException.from_exception(failure.value, capture_locals=True)
    assert CANARY not in "".join(shown.format())


def test_equal_texts_are_equal_secrets_and_have_one_fingerprint() -> None:
    key = b"k" * 32
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a").fingerprint(key) == Secret("a").fingerprint(key)
    assert Secret("a").fingerprint(key) != Secret("b").fingerprint(key)
    assert Secret("a").fingerprint(key) != Secret("a").fingerprint(b"j" * 32)
    assert CANARY not in Secret(CANARY).fingerprint(key)
