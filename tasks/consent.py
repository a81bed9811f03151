"""The conversation that connects a mall: a link, a pasted address, a new pair.

Plain functions where a state, a verifier, a code or the app's secret is at hand:
a task's values can be looked at, these must not be. They stay in this process.
"""

from functools import partial
from secrets import token_hex

from anyio import CancelScope, move_on_after, to_thread
from prefect.artifacts import acreate_link_artifact
from prefect.flow_runs import apause_flow_run
from prefect.input import RunInput
from prefect.input.actions import adelete_flow_run_input
from prefect.logging import get_run_logger
from pydantic import Field

from blocks.loading import load
from blocks.prefect_api import prefect_errors
from blocks.token_vault import KEEPER, TokenVault
from cafe24.errors import Cafe24Away, CafeError, ConsentRefused
from cafe24.malls import MallId
from cafe24.secret import Secret
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.consent import Consent, ask_consent
from cafe24.tokens.document import AppDocument
from cafe24.tokens.outcome import GrantRecord, Refresh
from tasks.database import opened_database
from tasks.keeper import known_generations, tell_grants

ATTEMPTS = 5
PATIENCE_S = 600
POLL_S = 1
FORM = "redirected-address-{unique}"
"""A key for each form: one that was answered once would not pause a run that is retried."""


class RedirectedAddress(RunInput):
    """What the form of the paused run asks for."""

    redirected_to: str = Field(
        title="Redirected address",
        description="The whole address that the browser ended at after allowing the app.",
    )


async def connect(mall: MallId, client_id: str) -> Refresh | None:
    """Ask for the operator's consent until a code works; None when nobody answers.

    A paste that is no answer keeps its link; a code that is too old gets a new one.

    Raises:
        ConsentRefused, Cafe24Away: still refused after `ATTEMPTS` pastes.
        AppRefused, VaultRefused, VaultAway, UsageError, NeedsPerson: see the message.
    """
    tokens = (await load(TokenVault, KEEPER)).open()
    app = await to_thread.run_sync(_app, tokens, client_id or None)
    consent, refusal = await _shown_link(tokens, mall, app), CafeError("")
    for _ in range(ATTEMPTS):
        pasted = await _pasted(consent, str(refusal), FORM.format(unique=token_hex(8)))
        if pasted is None:
            return None
        try:
            code = consent.code(pasted)
        except ConsentRefused as no_answer:
            refusal = no_answer
            continue
        try:
            return await _exchanged(tokens, app, consent, code)
        except (ConsentRefused, Cafe24Away) as spent:
            consent, refusal = await _shown_link(tokens, mall, app), spent
    raise refusal


async def _shown_link(tokens: TokenConfiguration, mall: MallId, app: AppDocument) -> Consent:
    """Make a link with a state and a verifier of its own, and show it on the run's page."""
    consent = ask_consent(tokens.api_url, mall, app)
    await acreate_link_artifact(
        link=consent.link,
        link_text=f"Open the consent page of {mall}",
        key=f"consent-{mall}",
        description="For the mall's principal operator (대표운영자). Then resume this run.",
    )
    return consent


async def _pasted(consent: Consent, refusal: str, key: str) -> Secret | None:
    """Wait for the address, and delete it from Prefect's database as soon as it is here."""
    form = RedirectedAddress.with_initial_data(description=_instructions(consent, refusal))
    get_run_logger().info(
        "Waiting for the consent to %s: the link is under Artifacts and behind Resume.",
        consent.mall_id,
    )
    # Ours ends before Prefect's, which would make the run a failed one, and an alert.
    with move_on_after(PATIENCE_S):
        answer = await apause_flow_run(
            wait_for_input=form, timeout=2 * PATIENCE_S, poll_interval=POLL_S, key=key
        )
        with prefect_errors(), CancelScope(shield=True):
            await adelete_flow_run_input(f"paused-{key}-response")
        return Secret(answer.redirected_to)
    return None


def _instructions(consent: Consent, refusal: str) -> str:
    steps = (
        f"1. Open [the consent page of {consent.mall_id}]({consent.link}) as the mall's "
        "principal operator (대표운영자) and allow the app.\n"
        "2. Paste the whole address that the browser ended at. The code in it lives one minute."
    )
    return f"**{refusal}**\n\n{steps}" if refusal else steps


async def _exchanged(
    tokens: TokenConfiguration, app: AppDocument, consent: Consent, code: Secret
) -> Refresh:
    """Exchange the code, keep the pair, say so, write the ledger."""
    above = await _above(consent.mall_id)
    records: list[GrantRecord] = []
    adoption = tokens.adoption(records.append)
    try:
        return await to_thread.run_sync(
            partial(adoption.authorize, app, consent, code, above_generation=above)
        )
    finally:
        await tell_grants(records)


async def _above(mall: MallId) -> int:
    """Return the highest generation that the ledger knows of the mall."""
    async with opened_database() as engine:
        known = await to_thread.run_sync(known_generations, engine, mall)
    return max(known.values(), default=0)


def _app(tokens: TokenConfiguration, client_id: str | None) -> AppDocument:
    store = tokens.store()
    try:
        return store.app_or_only_one(client_id)
    finally:
        store.vault.session.sign_out()
