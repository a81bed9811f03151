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
    """Yield what the pool and its queue need. What is there stays as it is, of whatever type."""
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
    """Return what the queue needs; one that some deployment made has no limit yet."""
    what = f"work queue {POOL}/{SHARDS}"

    def create() -> None:
        with suppress(ObjectAlreadyExists):
            client.create_work_queue(
                SHARDS, work_pool_name=POOL, concurrency_limit=SHARDS_AT_ONCE, priority=2
            )

    try:
        client.read_work_queue_by_name(SHARDS, work_pool_name=POOL)
    except ObjectNotFound:
        return Change(what, "create", create)
    return Change(what, "keep")
