"""Which Vaults and mounts can keep our documents."""

import pytest

from cafe24.errors import VaultRefused
from cafe24.vault.fitness import Health, Mount


@pytest.mark.parametrize("version", ["1.8.4", "1.8.12+ent", "0.11.0", "v1.8.0"])
def test_a_vault_that_knows_no_custom_metadata_is_refused(version: str) -> None:
    with pytest.raises(VaultRefused, match=r"is version .*1\.9 is the oldest") as refusal:
        Health.of({"sealed": False, "version": version}).refuse_old()
    assert "OpenBao" in str(refusal.value)


@pytest.mark.parametrize(
    "version", ["1.9.0", "1.10.3", "1.15.0+sandbox", "1.21.0+ent.hsm", "2.0.0", "v2.4.1", "unheard"]
)
def test_a_newer_one_is_taken(version: str) -> None:
    Health.of({"sealed": False, "version": version}).refuse_old()


@pytest.mark.parametrize("answer", [None, [], {}, {"version": 5}, "<html>"])
def test_what_is_not_vault_is_refused(answer: object) -> None:
    with pytest.raises(VaultRefused, match="VAULT_ADDR"):
        Health.of(answer)


def test_a_mount_must_keep_versions() -> None:
    Mount.of("secret", {"type": "kv", "options": {"version": "2"}}).refuse_unversioned()
    for options in ({"version": "1"}, {}, None):
        with pytest.raises(VaultRefused, match=r"KV version 1.*enable-versioning secret"):
            Mount.of("secret", {"type": "kv", "options": options}).refuse_unversioned()
    with pytest.raises(VaultRefused, match="of the type transit"):
        Mount.of("secret", {"type": "transit", "options": None}).refuse_unversioned()
