"""The story, step by step: each runs for real and checks what it claims."""

from datetime import timedelta

from cafe24.alerts.incidents import open_incidents
from cafe24.malls import MallId, mall_id
from cafe24.secret import Secret
from cafe24.tokens.adoption import Newcomer
from cafe24.tokens.document import AppDocument, MallDocument
from cafe24.tokens.grades import stored_grades
from demo.actors import Mall
from demo.prefect_runs import FINAL, Run
from demo.sandbox_world import Sandbox
from demo.stage import Stage
from demo.tables import differences, last_sync
from demo.telling import Step, Telling
from demo.world import MALL_ID, World, raise_world

PAUSED = FINAL | {"PAUSED"}


def tell_all(stage: Stage, sandbox: Sandbox, telling: Telling, *, gives_records: bool) -> None:
    """Tell the whole story; a failed check ends it.

    With given records, products change only where the story added them.

    Raises:
        StepFailed: something did not come out as expected.
    """
    with telling.step("Start Prefect, set everything up, start a worker") as step:
        world = raise_world(stage, sandbox)
        step.check("a server, six deployments, a worker", "up", ok=True)
    mall = world.mall(MALL_ID)
    with telling.step("Store the app in Vault") as step:
        store_app(world, step)
    with telling.step("Authorize the mall through its consent page") as step:
        authorize(world, step, mall, generation=1)
    with telling.step("Refresh: the old token is dead") as step:
        refresh(world, step, mall)
    with telling.step("Sync all products") as step:
        sync_all(world, step, mall)
    with telling.step("Sync only what changed") as step:
        sync_changes(world, step, mall, only_added=gives_records)
    with telling.step("Check expiry: all is well") as step:
        check_healthy(world, step)
    with telling.step("Two tokens near their end: a warning, a critical alert") as step:
        check_endings(world, step)
    with telling.step("A revoked mall: one incident that says what to do") as step:
        refuse_revoked(world, step, mall)
    with telling.step("Authorize again: recovered") as step:
        recover(world, step, mall)
    with telling.step("The worker dies under a run: the server tells it") as step:
        lose_worker(world, step, mall)


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


def authorize(world: World, step: Step, mall: Mall, *, generation: int) -> None:
    """Run authorize-mall: take its link to the consent page, paste where that leads."""
    run_id = world.runs.start("authorize-mall/by-hand", mall_id=mall.mall_id)
    paused = world.runs.wait(run_id, PAUSED)
    step.check("the run waits for the consent", paused.state.lower(), ok=paused.state == "PAUSED")
    redirected_to = mall.consent(world.runs.consent_link(run_id))
    world.runs.resume(run_id, redirected_to=redirected_to)
    _completed(step, world.runs.wait(run_id))
    document = _document(world, mall.mall_id)
    is_live = document.refresh_token.reveal() in mall.live_refresh_tokens()
    step.check(
        f"generation {generation} in Vault, live at the mall",
        f"generation {document.generation}, {'live' if is_live else 'dead'}",
        ok=document.generation == generation and is_live,
    )


def refresh(world: World, step: Step, mall: Mall) -> None:
    """Run refresh-tokens: one grant, the old token dead, the new one in Vault."""
    before = _document(world, mall.mall_id)
    _completed(step, world.runs.run("refresh-tokens/weekly", mall_ids=[mall.mall_id], force=True))
    after = _document(world, mall.mall_id)
    live = mall.live_refresh_tokens()
    is_old_live = before.refresh_token.reveal() in live
    is_new_live = after.refresh_token.reveal() in live
    step.check(
        "generation 2 in Vault and live, the old token dead",
        f"generation {after.generation}, new {'live' if is_new_live else 'dead'}, "
        f"old {'live' if is_old_live else 'dead'}",
        ok=after.generation == before.generation + 1 and is_new_live and not is_old_live,
    )


def sync_all(world: World, step: Step, mall: Mall) -> None:
    """Run sync-products for the first time: it reads everything."""
    _completed(step, world.runs.run("sync-products/daily", mall_ids=[mall.mall_id]))
    _check_equal(world, step, mall)
    run = last_sync(world.engine, mall.mall_id)
    step.check("a full run", f"{run.mode}, {run.calls} calls", ok=run.mode == "full")


def sync_changes(world: World, step: Step, mall: Mall, *, only_added: bool) -> None:
    """Change 12 products and add 5: the next run fetches only those."""
    added = mall.change_products(add=5)["add"]
    changed = mall.change_products(change=5 if only_added else 12, only_added=only_added)["change"]
    expected = len({*added, *changed})
    _completed(step, world.runs.run("sync-products/daily", mall_ids=[mall.mall_id]))
    run = last_sync(world.engine, mall.mall_id)
    step.check(
        f"an incremental run that writes {expected}",
        f"{run.mode}, {run.new} new, {run.changed} changed, {run.calls} calls",
        ok=run.mode == "incremental" and run.new + run.changed == expected,
    )
    _check_equal(world, step, mall)


def check_healthy(world: World, step: Step) -> None:
    """Run check-expiry: every credential is ok, and Slack stays silent."""
    _completed(step, world.runs.run("check-expiry/six-hourly"))
    grades = stored_grades(world.engine)
    graded = ", ".join(f"{one.name} {one.grade}" for one in grades)
    is_ok = bool(grades) and all(one.grade == "ok" for one in grades)
    step.check("every grade ok", graded, ok=is_ok)
    silent = len(world.slack.messages())
    step.check("no message in Slack", f"{silent} messages in Slack", ok=silent == 0)


def check_endings(world: World, step: Step) -> None:
    """Take in two malls whose tokens end soon: both are alerted, then heal by themselves."""
    for name, left in (("warnmall", timedelta(days=2.5)), ("lastmall", timedelta(hours=20))):
        pair = world.mall(name).issue_pair(left)
        newcomer = Newcomer(mall_id(name), world.app["client_id"], pair)
        world.tokens.adoption().adopt(newcomer)
    _completed(step, world.runs.run("check-expiry/six-hourly"))
    for name, grade in (("warnmall", "warning"), ("lastmall", "critical")):
        found = {one.mall_id: one.grade for one in stored_grades(world.engine)}.get(name)
        told = world.slack.wait_for(name)
        step.check(
            f"{name} {grade}, told in Slack",
            f"{name} {found}, {'told' if told else 'not told'}",
            ok=found == grade and told is not None,
        )


def refuse_revoked(world: World, step: Step, mall: Mall) -> None:
    """Revoke the tokens at the mall: the refresh fails once, Slack says what to do once."""
    mall.revoke()
    run = world.runs.run("refresh-tokens/weekly", mall_ids=[mall.mall_id], force=True)
    step.check("the run fails", run.state.lower(), ok=run.state == "FAILED")
    told = world.slack.wait_for(mall.mall_id, f"authorize {mall.mall_id}")
    step.check(
        "Slack names the mall and the command",
        "told in Slack with the command" if told else "not told",
        ok=told is not None,
    )
    incidents = [one for one in open_incidents(world.engine) if one.mall_id == mall.mall_id]
    step.check("one open incident", f"{len(incidents)} open", ok=len(incidents) == 1)


def recover(world: World, step: Step, mall: Mall) -> None:
    """Consent again: a new lineage, and Slack hears how long it took."""
    heard = len(world.slack.messages())
    authorize(world, step, mall, generation=_document(world, mall.mall_id).generation + 1)
    told = world.slack.wait_for(mall.mall_id, "recovered", after=heard)
    step.check("Slack hears of the recovery", "told" if told else "not told", ok=told is not None)


def lose_worker(world: World, step: Step, mall: Mall) -> None:
    """Kill the worker under a run: the run breaks, and Prefect's server reports it alone."""
    heard = len(world.slack.messages())
    mall.order_faults({"on": "any", "kind": "slow", "delay_s": 5, "times": 1})
    run_id = world.runs.start("sync-products/daily", mall_ids=[mall.mall_id])
    world.runs.wait(run_id, frozenset({"RUNNING", *FINAL}))
    world.stage.kill("prefect worker")
    run = world.runs.wait(run_id)
    step.check("the run breaks", run.state.lower(), ok=run.state in {"FAILED", "CRASHED"})
    told = world.slack.wait_for(run.name, after=heard)
    step.check("the server's line in Slack", "told" if told else "not told", ok=told is not None)


def _check_equal(world: World, step: Step, mall: Mall) -> None:
    """Compare every product and variant with the mall's own truth."""
    truth = mall.truth()
    wrong = differences(world.engine, truth)
    step.check(
        f"{truth['product_count']} products, {truth['variant_count']} variants, equal to the mall",
        f"{truth['product_count']} products, {truth['variant_count']} variants, "
        + (f"{len(wrong)} differences: {', '.join(wrong[:3])}" if wrong else "equal to the mall"),
        ok=not wrong,
    )


def _completed(step: Step, run: Run) -> None:
    if run.state != "COMPLETED":
        step.check("the run completes", f"{run.state.lower()}: {run.message}", ok=False)


def _document(world: World, name: str) -> MallDocument:
    return world.tokens.store().mall(MallId(name)).document
