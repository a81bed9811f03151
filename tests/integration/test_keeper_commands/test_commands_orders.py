"""pause, resume, keep-warm, remove: one write over the version read, and a way back from each."""

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from cafe24.errors import CafeError, MallBusy
from cafe24.malls import MallId
from cafe24.settings import Settings
from cafe24.tokens.document import Status
from cafe24.tokens.need import FORCED
from cafe24.tokens.orders import Orders
from cafe24.tokens.store import TokenStore
from tests.integration.test_keeper_commands.desk import INTENT, Desk


def test_a_paused_mall_spends_nothing_and_keeps_its_pair(desk: Desk) -> None:
    before = desk.document
    said = desk.run("pause MALL --json")
    assert (said.json["status"], said.json["changed"]) == ("paused", True)
    assert desk.document == before.model_copy(update={"status": "paused"})
    assert desk.metadata.custom["status"] == "paused"
    assert desk.metadata.custom["version"] == str(desk.metadata.current_version)
    refused = desk.run("refresh MALL --force --json", code=5).json["malls"][0]
    assert refused["outcome"] == "paused"


@pytest.mark.parametrize("status", ["active", "unproven", "ambiguous", "reauthorize"])
def test_a_mall_comes_back_as_what_it_was(desk: Desk, status: Status) -> None:
    sent = [datetime.now(UTC)] if status in {"ambiguous", "reauthorize"} else []
    desk.change(status=status, sent=sent)
    before = desk.document
    desk.run("pause MALL")
    desk.run("keep-warm MALL on")
    said = desk.run("resume MALL --json")
    assert said.json["status"] == status
    assert desk.document == before.model_copy(update={"keep_warm": True})
    assert desk.metadata.custom["status"] == status


def test_a_lease_that_ran_out_is_still_an_open_question_after_a_pause(desk: Desk) -> None:
    desk.change(intent=INTENT.model_copy(update={"lease_s": 0.5}), sent=[datetime.now(UTC)])
    desk.run("pause MALL")
    assert desk.document.intent is None
    desk.run("resume MALL")
    document = desk.document
    assert document.status == "ambiguous"
    assert document.intent is not None
    assert document.intent.host == "otherhost"


def test_what_cannot_be_told_any_more_is_proved_by_the_next_refresh(desk: Desk) -> None:
    desk.run("pause MALL")
    # Somebody pasted another pair into the paused document.
    desk.edit(refresh_token="invented-by-hand")
    assert desk.run("resume MALL --json").json["status"] == "unproven"


def test_twice_is_once(desk: Desk) -> None:
    for line in ("pause MALL", "resume MALL", "keep-warm MALL on", "keep-warm MALL off"):
        assert desk.run(f"{line} --json").json["changed"]
        version = desk.stored.version
        assert not desk.run(f"{line} --json").json["changed"]
        assert desk.stored.version == version
    assert "was so already" in desk.run("resume MALL").out


@pytest.mark.parametrize("word", ["pause", "resume", "remove"])
def test_no_order_comes_between_somebody_who_is_refreshing(desk: Desk, word: str) -> None:
    desk.change(intent=INTENT)
    before = desk.stored.document
    orders = Orders(desk.store, "prod", patience_s=0.2)
    with pytest.raises(MallBusy, match="nothing was changed"):
        getattr(orders, word)(desk.mall)
    assert desk.stored.document == before


def test_an_order_waits_for_a_refresh_that_ends(desk: Desk) -> None:
    desk.change(intent=INTENT.model_copy(update={"lease_s": 1.0}))
    assert desk.run("keep-warm MALL on --json").json["keep_warm"]
    # Nobody came back with an answer: that is written down, and the order after it.
    assert desk.document.status == "ambiguous"


def test_another_environments_mall_is_nobodys_to_order(desk: Desk) -> None:
    desk.change(environment="staging")
    for line in ("pause MALL", "resume MALL", "keep-warm MALL on", "remove MALL --yes"):
        desk.refused(line, 4, "environment 'staging'")


def test_a_removed_mall_is_gone_everywhere_and_comes_back_whole(desk: Desk) -> None:
    before = desk.document
    said = desk.run("remove MALL --json", stdin=f"{desk.mall}\n")
    assert said.json["outcome"] == "removed"
    assert desk.raw()["data"] is None
    assert desk.store.mall_metadata(desk.mall) is None
    for line in ("refresh MALL", "pause MALL", "authorize MALL"):
        gone = desk.run(line, code=2)
        assert "was removed. Bring it back: vault kv undelete" in gone.err
    assert desk.run("status --json").json["malls"] == []
    _typed(desk, said.json["way_back"].split(" && ")[0])
    desk.run("resume MALL")
    assert desk.document == before
    assert desk.metadata.custom["status"] == "active"
    assert desk.run("refresh MALL --force --json").json["malls"][0]["generation"] == 2


def test_a_pair_that_comes_home_meanwhile_is_not_removed(desk: Desk) -> None:
    remove_mall = TokenStore.remove_mall

    def comes_home_first(store: TokenStore, mall: MallId, version: int) -> None:
        stored = store.mall(mall)
        came = stored.document.model_copy(update={"status": "active", "generation": 2})
        store.write_mall(came, cas=stored.version)
        remove_mall(store, mall, version)

    desk.monkeypatch.setattr(TokenStore, "remove_mall", comes_home_first)
    assert "was not removed" in desk.run("remove MALL --yes", code=1).err
    assert desk.document.generation == 2


def test_all_means_those_that_were_not_removed(desk: Desk) -> None:
    desk.run("remove MALL --yes")
    said = desk.run("refresh --all", code=2)
    assert "Vault lists no mall" in said.err


@pytest.mark.parametrize("typed", ["", "yes\n", "othermall\n"])
def test_it_is_not_removed_before_its_id_is_typed(desk: Desk, typed: str) -> None:
    desk.refused("remove MALL", 2, "was not removed", stdin=typed)


def test_the_keepers_own_sign_in_removes_nothing(desk: Desk) -> None:
    token = desk.token_with("keeper")
    desk.monkeypatch.setenv("VAULT_TOKEN", token)
    said = desk.refused("remove MALL --yes", 4)
    assert f"secret/delete/{desk.prefix}/malls/{desk.mall}" in said.err
    assert "operator.hcl" in said.err
    desk.monkeypatch.setenv("VAULT_TOKEN", desk.token_with("keeper", "operator"))
    way_back = desk.run("remove MALL --yes --json").json["way_back"]
    _typed(desk, way_back.split(" && ")[0], desk.token_with("keeper", "operator"))
    desk.run("resume MALL")


def _typed(desk: Desk, line: str, token: str | None = None) -> None:
    """Do what `vault kv undelete` does, which may not be installed here."""
    program, kv, undelete, mount, versions, path = line.split()
    assert (program, kv, undelete, mount) == ("vault", "kv", "undelete", "-mount=secret")
    headers = {"X-Vault-Token": token} if token else {}
    order = {"versions": [int(versions.removeprefix("-versions="))]}
    answer = desk.root.post(f"/v1/secret/undelete/{path}", json=order, headers=headers)
    answer.raise_for_status()


def test_orders_in_the_middle_of_refreshes_lose_no_pair(desk: Desk) -> None:
    is_over = threading.Event()

    def refresh_on_and_on() -> None:
        keeper = Settings.load().keeper_tokens().keeper()
        while not is_over.is_set():
            with contextlib.suppress(CafeError):
                keeper.refresh(desk.mall, FORCED)
        keeper.close()

    orders = Orders(desk.store, "prod")
    with ThreadPoolExecutor(3) as threads:
        refreshing = [threads.submit(refresh_on_and_on) for _ in range(3)]
        try:
            while desk.document.generation < 4:
                orders.pause(desk.mall)
                orders.keep_warm(desk.mall, is_on=True)
                orders.resume(desk.mall)
                time.sleep(0.05)
        finally:
            is_over.set()
    assert [one.exception() for one in refreshing] == [None, None, None]
    assert desk.document.status == "active"
    assert desk.document.intent is None
    assert desk.is_live(desk.document.refresh_token)
