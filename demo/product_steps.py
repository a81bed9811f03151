"""The steps about products: everything, only what changed, a run that breaks."""

from demo.actors import Mall
from demo.looking import completed
from demo.prefect_runs import FINAL
from demo.tables import differences, has_synced, last_sync
from demo.telling import Step
from demo.world import World


def sync_all(world: World, step: Step, mall: Mall) -> None:
    """Run sync-products for the first time: by itself it reads everything.

    In a database that an earlier story filled it has to be told to.
    """
    mode = "full" if has_synced(world.engine, mall.mall_id) else "auto"
    completed(step, world.runs.run("sync-products/daily", mall_ids=[mall.mall_id], mode=mode))
    _check_equal(world, step, mall)
    run = last_sync(world.engine, mall.mall_id)
    step.check("a full run", f"a {run.mode} run of {run.calls} calls", ok=run.mode == "full")


def sync_changes(world: World, step: Step, mall: Mall, *, only_added: bool) -> None:
    """Change 12 products and add 5: the next run fetches only those."""
    added = mall.change_products(add=5)["add"]
    changed = mall.change_products(change=5 if only_added else 12, only_added=only_added)["change"]
    expected = len({*added, *changed})
    completed(step, world.runs.run("sync-products/daily", mall_ids=[mall.mall_id]))
    run = last_sync(world.engine, mall.mall_id)
    step.check(
        f"an incremental run that writes {expected}",
        f"an {run.mode} run: {run.new} new, {run.changed} changed, {run.calls} calls",
        ok=run.mode == "incremental" and run.new + run.changed == expected,
    )
    _check_equal(world, step, mall)


def lose_worker(world: World, step: Step, mall: Mall) -> None:
    """Kill the worker under a run: the run breaks, and Prefect's server reports it alone."""
    heard = len(world.slack.messages())
    mall.order_faults({"on": "any", "kind": "slow", "delay_s": 5, "times": 1})
    run_id = world.runs.start("sync-products/daily", mall_ids=[mall.mall_id])
    world.runs.wait(run_id, frozenset({"RUNNING", *FINAL}))
    world.stage.kill("prefect worker")
    run = world.runs.wait(run_id)
    step.check(
        "the run breaks", f"the run {run.state.lower()}", ok=run.state in {"FAILED", "CRASHED"}
    )
    told = world.slack.wait_for(run.name, after=heard)
    step.check(
        "the server itself tells Slack",
        "the server itself told Slack" if told else "Slack does not hear of it",
        ok=told is not None,
    )


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
