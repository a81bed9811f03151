"""refresh-tokens, against a real Vault API, a real mall and a real Prefect server."""

from datetime import timedelta

from flows.refresh_tokens import refresh_tokens
from tests.integration.surroundings import Prefect, Shop, ran


def test_a_forced_refresh_spends_the_old_token_and_keeps_the_new_one(
    shop: Shop, prefect: Prefect
) -> None:
    before = shop.document()
    state = ran(refresh_tokens, mall_ids=[shop.mall], force=True)
    after = shop.document()
    live = {token["token"] for token in shop.truth()["refresh_tokens"]}
    assert state.is_completed(), state.message
    assert after.generation == before.generation + 1
    assert after.refresh_token.reveal() in live
    assert before.refresh_token.reveal() not in live
    ledger = shop.rows("SELECT mall_id, generation, outcome FROM token_grant")
    assert ledger[-1] == {"mall_id": shop.mall, "generation": 2, "outcome": "refreshed"}
