"""authorize-mall: a paused run, a form, a consent page, and a mall that is connected."""

import threading
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from flows.authorize_mall import authorize_mall
from flows.refresh_tokens import refresh_tokens
from tests.integration.surroundings import Shop, eventually, ran


@dataclass
class Conversation:
    """A run of authorize-mall in a thread, and the person who answers its form."""

    shop: Shop
    ends: list[Any] = field(default_factory=list)

    def start(self) -> None:
        def run() -> None:
            self.ends.append(ran(authorize_mall, mall_id=self.shop.mall))

        threading.Thread(target=run, daemon=True).start()

    def waiting(self) -> dict[str, Any]:
        """Return the mall's run as soon as it waits for its form."""
        return eventually(self._paused)[0]

    def _paused(self) -> list[dict[str, Any]]:
        runs = self.shop.prefect.asked(
            "/flow_runs/filter", flow_runs={"name": {"any_": [self.shop.mall]}}
        )
        return [run for run in runs if run["state"]["type"] == "PAUSED"]

    def link(self) -> str:
        """Return the link that the waiting run's page shows."""
        self.waiting()
        artifact = self.shop.prefect.artifact(f"consent-{self.shop.mall}")["data"]
        return str(artifact[artifact.index("](") + 2 : artifact.rindex(")")])

    def above_the_form(self) -> str:
        """Return what stands above the form that waits; it is written behind the pause."""
        run = self.waiting()
        key = run["state"]["state_details"]["run_input_keyset"]["description"]

        def written() -> str:
            answer = self.shop.prefect.sent("GET", f"/flow_runs/{run['id']}/input/{key}")
            return answer.text if answer.is_success else ""

        return eventually(written)

    def kept_answers(self, run_id: str) -> list[str]:
        """Return the keys of the pasted addresses that Prefect's database still has."""
        found = self.shop.prefect.asked(
            f"/flow_runs/{run_id}/input/filter", prefix="paused", limit=100
        )
        return [one["key"] for one in found if one["key"].endswith("-response")]

    def paste(self, address: str) -> None:
        run = self.waiting()
        body = {"run_input": {"redirected_to": address}}
        answer = self.shop.prefect.sent("POST", f"/flow_runs/{run['id']}/resume", body)
        assert answer.json()["status"] == "ACCEPT", answer.text
        eventually(lambda: run["state"]["id"] not in [one["state"]["id"] for one in self._paused()])

    def end(self) -> Any:
        return eventually(lambda: self.ends)[0]


@pytest.fixture
def conversation(shop: Shop) -> Conversation:
    return Conversation(shop)


def consented(link: str, decision: str = "allow", operator: str = "principal") -> str:
    """Decide on the consent page; return the address that the browser is sent to."""
    form = {"operator": operator, "decision": decision}
    return str(httpx.post(link, data=form, follow_redirects=False).headers["Location"])


def test_a_dead_mall_is_connected_again_and_its_incident_is_over(
    conversation: Conversation, shop: Shop
) -> None:
    shop.control("revoke", {"what": "all"})
    ran(refresh_tokens, mall_ids=[shop.mall], force=True)
    before = shop.document()
    conversation.start()
    conversation.paste(consented(conversation.link()))
    assert conversation.end().message.startswith(f"{shop.mall} is connected; its refresh token")
    after = shop.document()
    assert (after.generation, after.status) == (before.generation + 1, "active")
    assert after.lineage != before.lineage
    assert shop.rows("SELECT kind FROM incident WHERE closed_at IS NULL") == []
    assert len(shop.heard("cafe24.token.recovered")) == 1
    assert shop.rows("SELECT outcome FROM token_grant ORDER BY id") == [
        {"outcome": "refused"},
        {"outcome": "authorized"},
    ]


def test_a_paste_that_is_no_answer_is_asked_for_again_with_the_same_link(
    conversation: Conversation,
) -> None:
    conversation.start()
    run_id, link = conversation.waiting()["id"], conversation.link()
    conversation.paste("https://app.example.com/callback?code=invented&state=another")
    assert "does not answer this link" in conversation.above_the_form()
    conversation.paste(consented(link, decision="deny"))
    assert "대표운영자" in conversation.above_the_form().split("1. ", maxsplit=1)[0]
    assert conversation.link() == link
    conversation.paste(consented(link))
    assert conversation.end().is_completed()
    assert conversation.kept_answers(run_id) == []


def test_a_code_that_is_too_old_gets_a_new_link(conversation: Conversation, shop: Shop) -> None:
    conversation.start()
    link = conversation.link()
    address = consented(link)
    shop.malls.post("/__sandbox__/clock", json={"advance_s": 61}).raise_for_status()
    conversation.paste(address)
    assert "too old" in conversation.above_the_form()
    assert conversation.link() != link
    conversation.paste(consented(conversation.link()))
    assert conversation.end().is_completed()


def test_nobody_answers_and_nothing_is_changed(
    conversation: Conversation, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.consent.PATIENCE_S", 2)
    conversation.start()
    state = conversation.end()
    assert state.is_cancelled(), state
    assert "Nobody answered" in state.message
    assert shop.document().generation == 1
