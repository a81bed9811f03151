"""Puts the work pool in place that our workers serve."""

from collections.abc import Iterator
from contextlib import suppress

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.workers.process import ProcessWorker

from blocks.change import Change

POOL = "cafe24"


def work_pool_changes(client: SyncPrefectClient) -> Iterator[Change]:
    """Yield what the pool needs. One that is there stays as it is, of whatever type."""

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
        yield Change(f"work pool {POOL}", "create", create)
    else:
        yield Change(f"work pool {POOL}", "keep")
