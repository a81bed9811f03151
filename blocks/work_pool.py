"""Puts the work pool in place that our workers serve."""

from collections.abc import Iterator
from contextlib import suppress

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.workers.process import ProcessWorker

from blocks.change import Change

POOL = "cafe24"

SHARDS = "shards"
"""The queue in which a fleet's shards wait, apart from what must not wait for them."""

SHARDS_AT_ONCE = 4
"""Shards that run at a time, on all workers together. The operator may change it."""


def work_pool_changes(client: SyncPrefectClient) -> Iterator[Change]:
    """Yield what the pool and its queue need. A pool that is there stays, of whatever type."""
    yield _pool_change(client)
    yield _queue_change(client)


def _pool_change(client: SyncPrefectClient) -> Change:
    def create() -> None:
        pool = WorkPoolCreate(
            name=POOL,
            type=ProcessWorker.type,
            description="Runs the flows that keep Cafe24 malls alive.",
            base_job_template=ProcessWorker.get_default_base_job_template(),
        )
        with suppress(ObjectAlreadyExists):  # another setup was here first
            client.create_work_pool(pool)

    try:
        client.read_work_pool(POOL)
    except ObjectNotFound:
        return Change(f"work pool {POOL}", "create", create)
    return Change(f"work pool {POOL}", "keep")


def _queue_change(client: SyncPrefectClient) -> Change:
    """Return what the queue needs.

    A limit that somebody chose stays. One that has none was made by a deployment, such as
    `prefect deploy --all` makes it.
    """
    what = f"work queue {POOL}/{SHARDS}"

    def create() -> None:
        with suppress(ObjectAlreadyExists):
            client.create_work_queue(
                SHARDS, work_pool_name=POOL, concurrency_limit=SHARDS_AT_ONCE, priority=2
            )

    try:
        held = client.read_work_queue_by_name(SHARDS, work_pool_name=POOL)
    except ObjectNotFound:
        return Change(what, "create", create)
    if held.concurrency_limit is not None:
        return Change(what, "keep")
    return Change(
        what,
        "update",
        lambda: client.update_work_queue(held.id, concurrency_limit=SHARDS_AT_ONCE),
        ("concurrency_limit",),
    )
