"""The steps about tokens: consent, refresh, a dead pair, consent again."""

from cafe24.alerts.incidents import open_incidents
from cafe24.malls import MallId
from cafe24.secret import Secret
from cafe24.tokens.document import AppDocument
from demo.actors import Mall
from demo.looking import completed, document, ended
from demo.prefect_runs import FINAL
from demo.telling import Step
from demo.world import World

PAUSED = FINAL | {"PAUSED"}


def store_app(world: World, step: Step) -> None:
    """Store what Cafe24 Developers shows for the app."""
    store = world.tokens.store()
    app = AppDocument(
        client_id=world.app["client_id"],
        client_secret=Secret(world.app["client_secret"]),
        redirect_uri=world.app["redirect_uri"],
        scopes=list(world.app["scopes"]),
    )
    store.write_app(app)
    found = store.app(app.client_id)
    step.check("the app in Vault", f"apps/{found.client_id}", ok=found == app)


def authorize(world: World, step: Step, mall: Mall) -> None:
    """Run authorize-mall: take its link to the consent page, paste where that leads."""
    known = world.ledger.known(MallId(mall.mall_id))
    generation = max(known.values(), default=0) + 1
    run_id = world.runs.start("authorize-mall/by-hand", mall_id=mall.mall_id)
    paused = world.runs.wait(run_id, PAUSED)
    step.check(
        "the run waits for the consent",
        "the run waited for the consent" if paused.state == "PAUSED" else ended(paused),
        ok=paused.state == "PAUSED",
    )
    redirected_to = mall.consent(world.runs.consent_link(run_id))
    world.runs.resume(run_id, redirected_to=redirected_to)
    completed(step, world.runs.wait(run_id))
    found = document(world, mall.mall_id)
    is_live = found.refresh_token.reveal() in mall.live_refresh_tokens()
    step.check(
        f"generation {generation} in Vault, live at the mall",
        f"generation {found.generation} in Vault, {'live' if is_live else 'dead'} at the mall",
        ok=found.generation == generation and is_live,
    )


def refresh(world: World, step: Step, mall: Mall) -> None:
    """Run refresh-tokens: one grant, the old token dead, the new one in Vault."""
    before = document(world, mall.mall_id)
    completed(step, world.runs.run("refresh-tokens/weekly", mall_ids=[mall.mall_id], force=True))
    after = document(world, mall.mall_id)
    live = mall.live_refresh_tokens()
    is_old_live = before.refresh_token.reveal() in live
    is_new_live = after.refresh_token.reveal() in live
    step.check(
        f"generation {before.generation + 1} in Vault, its token live, the old one dead",
        f"generation {after.generation} in Vault, its token {'live' if is_new_live else 'dead'}, "
        f"the old one {'live' if is_old_live else 'dead'}",
        ok=after.generation == before.generation + 1 and is_new_live and not is_old_live,
    )


def refuse_revoked(world: World, step: Step, mall: Mall) -> None:
    """Revoke the tokens at the mall: the refresh fails once, Slack says what to do once."""
    mall.revoke()
    run = world.runs.run("refresh-tokens/weekly", mall_ids=[mall.mall_id], force=True)
    step.check("the run fails", f"the run {run.state.lower()}", ok=run.state == "FAILED")
    told = world.slack.wait_for(mall.mall_id, f"authorize {mall.mall_id}")
    step.check(
        "Slack names the mall and the command that cures it",
        "Slack names the mall and its cure" if told else "Slack does not say so",
        ok=told is not None,
    )
    incidents = [one for one in open_incidents(world.engine) if one.mall_id == mall.mall_id]
    step.check("one open incident", f"{len(incidents)} open incident", ok=len(incidents) == 1)


def recover(world: World, step: Step, mall: Mall) -> None:
    """Consent again: a new lineage, and Slack hears how long it took."""
    heard = len(world.slack.messages())
    authorize(world, step, mall)
    told = world.slack.wait_for(mall.mall_id, "recovered", after=heard)
    step.check(
        "Slack hears of the recovery and how long it took",
        "Slack hears how long it took" if told else "Slack does not hear of it",
        ok=told is not None and "after" in told,
    )
