"""A pair that Vault does not take is sealed on the host, and comes home by itself."""

from pathlib import Path
from typing import Any

import pytest

from cafe24.boottime import boottime
from cafe24.errors import PairSpilled, SettingsError
from cafe24.tokens.held import HeldPair
from cafe24.tokens.need import FORCED
from cafe24.tokens.spill import SpillFolder
from tests.integration.test_keeper.keeper_world import World, pair_of


@pytest.fixture
def vault_takes_no_save(world: World) -> dict[str, Any]:
    """Vault takes the intent, then nothing any more for this mall."""
    path = f"POST /v1/secret/data/test-{world.mall}/malls/{world.mall}"
    is_sealed = {"kind": "status", "status": 503, "errors": ["Vault is sealed"]}
    return {"match": path, "skip": 1, "times": None, **is_sealed}


def files(world: World) -> list[str]:
    return sorted(path.name for path in world.configuration.spill_dir.glob("*.spill"))


def kept_aside(world: World) -> list[Path]:
    return SpillFolder(world.configuration.spill_dir).kept_aside()


def spilled(world: World, fault: dict[str, Any]) -> Path:
    """Leave a sealed pair behind, told to stop once it was granted; then Vault is well again."""
    world.order_vault_fault(**fault)
    keeper = world.configuration.keeper(
        world.records.append, is_stopping=lambda: bool(world.grants())
    )
    with pytest.raises(PairSpilled, match=r"sealed in .*\.spill.*manage.py drain"):
        keeper.refresh(world.mall)
    world.vault_control.request("DELETE", "/__sandbox__/faults").raise_for_status()
    [name] = files(world)
    return world.configuration.spill_dir / name


def test_a_pair_that_vault_does_not_take_comes_home_with_the_next_refresh(
    world: World, vault_takes_no_save: dict[str, Any]
) -> None:
    spilled(world, vault_takes_no_save)
    assert [record.outcome for record in world.records] == ["spilled"]
    refresh = world.keeper().refresh(world.mall)
    assert (refresh.outcome, refresh.grant.generation) == ("fresh", 2)
    assert (refresh.came_home, refresh.unfinished) == (True, ())
    assert world.is_live(world.stored().document.refresh_token)
    assert len(world.grants()) == 1
    assert files(world) == []


def test_a_vault_that_hangs_for_a_while_gets_the_pair_and_the_spill_goes(world: World) -> None:
    path = f"POST /v1/secret/data/test-{world.mall}/malls/{world.mall}"
    world.order_vault_fault(match=path, kind="hang", delay_s=0.6, skip=1, times=1)
    assert world.keeper().refresh(world.mall).outcome == "refreshed"
    assert files(world) == []
    assert world.is_live(world.stored().document.refresh_token)


def test_vault_is_given_the_length_of_a_lease_before_the_pair_is_left_to_its_spill(
    world: World, vault_takes_no_save: dict[str, Any]
) -> None:
    world.order_vault_fault(**vault_takes_no_save)
    began = boottime()
    with pytest.raises(PairSpilled):
        world.hasty_keeper().refresh(world.mall)
    assert boottime() - began > 2.5
    assert len(files(world)) == 1


def test_a_spill_holds_no_token_in_clear(world: World, vault_takes_no_save: dict[str, Any]) -> None:
    path = spilled(world, vault_takes_no_save)
    content = path.read_bytes()
    live = {token["token"] for token in world.truth()["refresh_tokens"]}
    assert live
    assert not any(token.encode() in content for token in live)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def damaged_truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def damaged_tampered(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"generation": 2', b'"generation": 3'))


def damaged_into_a_link(path: Path) -> None:
    elsewhere = path.parent / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def damaged_into_nonsense(path: Path) -> None:
    path.write_bytes(b"no spill at all")


@pytest.mark.parametrize(
    "damage",
    [damaged_truncated, damaged_tampered, damaged_into_a_link, damaged_into_nonsense],
)
def test_a_bad_spill_is_set_aside_and_said_and_stops_nothing(
    world: World, vault_takes_no_save: dict[str, Any], damage: Any
) -> None:
    before = world.stored().document.refresh_token
    path = spilled(world, vault_takes_no_save)
    damage(path)
    [drained] = world.configuration.drain().spills()
    assert not drained.came_home
    assert str(path) in drained.said
    assert files(world) == []
    assert [kept.name for kept in kept_aside(world)] == [path.name]
    assert world.stored().document.refresh_token == before
    assert world.configuration.drain().spills() == []


def test_a_spill_of_another_lineage_is_evidence_and_overwrites_nothing(
    world: World, vault_takes_no_save: dict[str, Any]
) -> None:
    spilled(world, vault_takes_no_save)
    world.rewrite(
        lambda old: old.model_copy(update={"lineage": "another", "intent": None, "generation": 9})
    )
    [drained] = world.configuration.drain().spills()
    assert "does not descend" in drained.said
    assert world.stored().document.generation == 9
    assert len(kept_aside(world)) == 1


def test_a_spill_whose_keeper_is_at_work_is_left_alone(world: World) -> None:
    folder = SpillFolder(world.configuration.spill_dir)
    spill = folder.prepare(world.mall, world.store.keys().spill)
    assert world.configuration.drain().spills() == []
    assert len(files(world)) == 1
    spill.close()
    assert world.configuration.drain().spills() == []
    assert files(world) == []


def test_a_spill_that_is_home_already_is_only_removed(world: World) -> None:
    stored = world.stored().document
    folder = SpillFolder(world.configuration.spill_dir)
    spill = folder.prepare(world.mall, world.store.keys().spill)
    held = HeldPair.bought(stored, "the parent", pair_of(stored))
    spill.seal(held)
    spill.close()
    version = world.stored().version
    [drained] = world.configuration.drain().spills()
    assert drained.came_home
    assert world.stored().version == version


def test_an_unusable_spill_folder_is_said_before_anything_is_spent(world: World) -> None:
    folder = world.configuration.spill_dir
    folder.mkdir(mode=0o755)
    with pytest.raises(SettingsError, match=r"0700.*Nothing was spent.*CAFE24_SPILL_DIR"):
        world.keeper().refresh(world.mall, FORCED)
    folder.rmdir()
    folder.write_text("a file")
    with pytest.raises(SettingsError, match="Nothing was spent"):
        world.keeper().refresh(world.mall, FORCED)
    assert world.grants() == []
    assert world.stored().document.intent is None


@pytest.mark.parametrize("is_there", [True, False])
def test_a_folder_on_a_volume_that_gives_its_group_on_is_as_good(
    world: World, is_there: bool
) -> None:
    folder = world.configuration.spill_dir
    if is_there:
        folder.mkdir()
        folder.chmod(0o2700)
    folder.parent.chmod(0o2770)
    assert world.keeper().refresh(world.mall, FORCED).outcome == "refreshed"
    assert folder.stat().st_mode & 0o7777 == 0o2700
