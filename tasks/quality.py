"""Shows what a person should look at after a sync: a table, and a picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from anyio import to_thread
from prefect import get_run_logger, task
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from sqlalchemy import Engine

from cafe24.products.tables.catalog import Shop
from cafe24.products.tables.runs import last_run
from tasks.database import opened_database
from tasks.each_mall import Answer
from tasks.patience import PATIENTLY
from tasks.pictures import as_markdown
from tasks.products import Synced
from tasks.quality_rows import Row, quality_rows, sudden_lines


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of one shop."""

    rows: list[Row]
    sudden: list[str]
    told: str
    svg: str


@task(name="show quality", **PATIENTLY)
async def show_quality(answers: Sequence[Answer[Synced]]) -> None:
    """Show what a person should look at in every shop that the sync changed."""
    shops = [
        Shop(one.mall_id, report.shop_no)
        for one in answers
        for report in (one.value.reports if one.value else ())
        if report.new or report.changed or report.deleted
    ]
    async with opened_database() as engine:
        for shop in shops:
            await _show(shop, await to_thread.run_sync(_looked_at, engine, shop))


async def _show(shop: Shop, shown: Shown) -> None:
    name = f"shop {shop.shop_no} of {shop.mall_id}"
    for line in shown.sudden:
        get_run_logger().warning("%s: %s", name, line)
    await acreate_table_artifact(
        key=f"quality-{shop.mall_id}-{shop.shop_no}",
        table=shown.rows,
        description=f"What to look at in {name}.",
    )
    picture = as_markdown(shown.svg, shown.told)
    await acreate_markdown_artifact(
        key=f"changes-{shop.mall_id}-{shop.shop_no}",
        markdown="\n\n".join([picture, *(f"**Sudden:** {line}" for line in shown.sudden)]),
        description=f"What the last sync changed in {name}.",
    )


def _looked_at(engine: Engine, shop: Shop) -> Shown:
    # Imported here: pandas takes a second, and a sync that changes nothing needs none.
    from cafe24.products.report.frames import read_frames  # noqa: PLC0415
    from cafe24.products.report.picture import picture_of, told  # noqa: PLC0415
    from cafe24.products.report.quality import quality_of  # noqa: PLC0415
    from cafe24.products.report.run_changes import changes_of  # noqa: PLC0415

    run_id = last_run(engine, shop)
    assert run_id is not None  # it has just ended
    frames = read_frames(engine, shop, run_id)
    quality, changes = quality_of(frames), changes_of(frames)
    name = f"{shop.mall_id}, shop {shop.shop_no}"
    return Shown(
        quality_rows(quality), sudden_lines(quality), told(changes), picture_of(name, changes)
    )
