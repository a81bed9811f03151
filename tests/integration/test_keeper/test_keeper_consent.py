"""A consent's code is spent only where its tokens can be kept; another mall's is refused."""

from typing import Any

import httpx
import pytest

from cafe24.errors import CafeError, ConsentRefused, VaultAway, VaultRefused
from cafe24.secret import Secret
from cafe24.tokens.consent import Consent, ask_consent
from cafe24.tokens.outcome import Refresh
from tests.integration.test_keeper.keeper_world import World

FORBIDDEN: dict[str, Any] = {"kind": "status", "status": 403, "errors": ["permission denied"]}


class Asked:
    """One consent: its link, what the principal operator's browser ends at, its exchange."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._app = world.store.app_or_only_one(None)
        self.consent: Consent = ask_consent(world.configuration.api_url, world.mall, self._app)

    def code(self, link: str | None = None) -> Secret:
        form = {"operator": "principal", "decision": "allow"}
        answer = httpx.post(link or self.consent.link, data=form, follow_redirects=False)
        return self.consent.code(Secret(answer.headers["Location"]))

    def exchange(self, code: Secret) -> Refresh:
        adoption = self._world.configuration.adoption()
        return adoption.authorize(self._app, self.consent, code)


@pytest.fixture
def asked(world: World) -> Asked:
    return Asked(world)


def writes_of(world: World) -> str:
    return f"POST /v1/secret/data/test-{world.mall}/malls"


@pytest.mark.parametrize(
    ("fault", "error"), [(FORBIDDEN, VaultRefused), ({"kind": "refuse"}, VaultAway)]
)
def test_a_code_is_not_spent_while_vault_takes_no_document(
    world: World, asked: Asked, fault: dict[str, Any], error: type[CafeError]
) -> None:
    code = asked.code()
    before = world.stored()
    world.order_vault_fault(match=writes_of(world), times=20, **fault)
    with pytest.raises(error):
        asked.exchange(code)
    world.vault_control.request("DELETE", "/__sandbox__/faults")
    assert world.stored().version == before.version
    assert asked.exchange(code).outcome == "refreshed"
    assert world.stored().document.generation == before.document.generation + 1


def test_tokens_that_vault_refuses_after_the_exchange_are_said_to_be_lost(
    world: World, asked: Asked
) -> None:
    world.order_vault_fault(match=writes_of(world), skip=1, times=1, **FORBIDDEN)
    with pytest.raises(VaultRefused) as refusal:
        asked.exchange(asked.code())
    said = str(refusal.value)
    assert said.startswith(f"{world.mall} consented, but its new tokens are lost")
    assert said.endswith(f"manage.py authorize {world.mall}")


def test_a_code_for_another_mall_is_refused_and_nothing_is_written(
    world: World, asked: Asked
) -> None:
    other = f"{world.mall}other"
    world.control.post("/__sandbox__/malls", json={"mall_id": other}).raise_for_status()
    before = world.stored()
    with pytest.raises(ConsentRefused, match="too old or was used before"):
        asked.exchange(asked.code(asked.consent.link.replace(world.mall, other)))
    assert world.stored().version == before.version
