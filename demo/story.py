"""The story, step by step: each runs for real and checks what it claims."""

from demo.product_steps import lose_worker, sync_all, sync_changes
from demo.sandbox_world import Sandbox
from demo.stage import Stage
from demo.telling import Telling
from demo.token_steps import authorize, recover, refresh, refuse_revoked, store_app
from demo.watch_steps import check_endings, check_healthy, check_prefect
from demo.world import MALL_ID, raise_world


def tell_all(
    stage: Stage, sandbox: Sandbox, telling: Telling, *, gives_records: bool, keeps: bool
) -> None:
    """Tell the whole story; a failed check ends it.

    Args:
        stage: what the story plays on.
        sandbox: the world around our flows.
        telling: how it is told.
        gives_records: products change only where the story added them.
        keeps: a new worker takes over at the end, for whoever goes on by hand.

    Raises:
        StepFailed: something did not come out as expected.
    """
    with telling.step("Start Prefect, set everything up, start a worker") as step:
        world = raise_world(stage, sandbox)
        check_prefect(world, step)
    mall = world.mall(MALL_ID)
    with telling.step("Store the app in Vault") as step:
        store_app(world, step)
    with telling.step("Authorize the mall through its consent page") as step:
        authorize(world, step, mall)
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
    if keeps:
        world.start_worker()
