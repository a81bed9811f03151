"""Our own sign-in at Vault: it is renewed, made again, and its end is known in time."""

import contextlib
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import hvac
import pytest

from cafe24.errors import VaultRefused
from cafe24.secret import Secret
from cafe24.vault.expiry import sign_in_ends_at
from cafe24.vault.kv import Vault
from cafe24.vault.session import VaultSignIn

POLICY_NAME = "sign-in-test"
POLICY = """
path "secret/data/sign-in/*" { capabilities = ["create", "read", "update"] }
path "auth/approle/role/+/secret-id/lookup" { capabilities = ["update"] }
"""


_numbers = itertools.count()


@pytest.fixture
def root(vault_server: dict[str, Any]) -> Iterator[hvac.Client]:
    client = hvac.Client(url=vault_server["url"], token=vault_server["root_token"])
    with contextlib.suppress(hvac.exceptions.InvalidRequest):  # it is there already
        client.sys.enable_auth_method("approle")
    client.sys.create_or_update_policy(POLICY_NAME, POLICY)
    yield client
    client.session.close()


def approle(root: hvac.Client, **role: Any) -> VaultSignIn:
    name = f"sign-in-{next(_numbers)}"
    root.auth.approle.create_or_update_approle(name, token_policies=[POLICY_NAME], **role)
    role_id = root.auth.approle.read_role_id(name)["data"]["role_id"]
    secret_id = root.auth.approle.generate_secret_id(name)["data"]["secret_id"]
    return VaultSignIn(root.url, role_id=role_id, secret_id=Secret(secret_id))


def given_token(root: hvac.Client, **token: Any) -> VaultSignIn:
    made = root.auth.token.create(policies=["default", POLICY_NAME], **token)
    return VaultSignIn(root.url, token=Secret(made["auth"]["client_token"]))


def about(span: timedelta) -> Any:
    return pytest.approx((datetime.now(UTC) + span).timestamp(), abs=30)


def test_a_secret_id_that_ends_is_known(root: hvac.Client) -> None:
    vault = Vault(approle(root, secret_id_ttl="48h", token_ttl="1h"))
    ends_at = sign_in_ends_at(vault.session)
    assert ends_at is not None
    assert ends_at.timestamp() == about(timedelta(hours=48))
    vault.session.sign_out()


def test_a_secret_id_without_an_end_has_none(root: hvac.Client) -> None:
    vault = Vault(approle(root, token_ttl="1h"))
    assert sign_in_ends_at(vault.session) is None
    vault.session.sign_out()


def test_a_given_token_tells_its_own_end(root: hvac.Client, vault_server: dict[str, Any]) -> None:
    ends_at = sign_in_ends_at(Vault(given_token(root, ttl="5h")).session)
    assert ends_at is not None
    assert ends_at.timestamp() == about(timedelta(hours=5))
    forever = VaultSignIn(root.url, token=Secret(vault_server["root_token"]))
    assert sign_in_ends_at(Vault(forever).session) is None


def test_a_sign_in_is_renewed_at_two_thirds_and_made_again_at_its_maximum(
    root: hvac.Client,
) -> None:
    now = [0.0]
    vault = Vault(approle(root, token_ttl="60s", token_max_ttl="100s"))
    vault.session._now = lambda: now[0]
    vault.session.client()
    assert vault.session.remaining_s() == 60
    first = vault.session.client().token
    now[0] = 39.0
    assert vault.session.client().token == first
    assert vault.session.remaining_s() == 21
    now[0] = 41.0
    assert vault.session.client().token == first
    assert vault.session.remaining_s() == 60
    vault.session.outlive(99)
    assert vault.session.remaining_s() == pytest.approx(99, abs=1.5)
    vault.session.sign_out()


def test_a_revoked_sign_in_is_made_again(root: hvac.Client) -> None:
    vault = Vault(approle(root, token_ttl="1h"))
    first = vault.session.client().token
    root.auth.token.revoke(first)
    assert vault.read("sign-in/nothing") is None
    assert vault.session.client().token != first
    vault.session.sign_out()


def test_a_given_token_that_ends_too_soon_spends_nothing(root: hvac.Client) -> None:
    vault = Vault(given_token(root, ttl="30s", renewable=False))
    with pytest.raises(VaultRefused, match=r"ends in \d+ s, which is too soon"):
        vault.session.outlive(345)


def test_a_given_token_that_can_be_renewed_is(root: hvac.Client) -> None:
    vault = Vault(given_token(root, ttl="60s"))
    vault.session.outlive(345)
    remaining = vault.session.remaining_s()
    assert remaining is not None
    assert remaining >= 345
