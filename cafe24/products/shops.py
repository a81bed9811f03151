"""Syncs every shop of a mall, one after the other; what goes wrong stays the shop's own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cafe24.api.client import MallApi
from cafe24.errors import CafeError, NeedsPerson
from cafe24.malls import MallId
from cafe24.products.deletions import BRAKE_SHARE
from cafe24.products.mode import WantedMode
from cafe24.products.sync import sync_mall
from cafe24.products.tables.database import ProductDatabase
from cafe24.products.tables.runs import SyncReport


@dataclass(frozen=True, slots=True)
class Wish:
    """How syncs are wanted; the fields mean what they mean to `sync_mall`."""

    mode: WantedMode = "auto"
    brake_share: float = BRAKE_SHARE
    detail_calls: int = 0


@dataclass(slots=True)
class ShopSync:
    """One shop's sync: how it goes, and the error that it ended with, if it did."""

    report: SyncReport
    failure: CafeError | None = None


def shops_of(mall_id: MallId, shop_nos: Iterable[int]) -> list[ShopSync]:
    """Return the syncs of these shops, none begun; whoever holds them can watch them."""
    return [ShopSync(SyncReport(mall_id, shop_no)) for shop_no in shop_nos]


async def sync_shops(
    api: MallApi, database: ProductDatabase, shops: Sequence[ShopSync], wish: Wish
) -> None:
    """Sync each shop of the mall that `api` reaches, and note what it came to."""
    for shop in shops:
        try:
            await sync_mall(
                api,
                database,
                mode=wish.mode,
                brake_share=wish.brake_share,
                detail_calls=wish.detail_calls,
                report=shop.report,
            )
        except CafeError as failure:
            shop.failure = failure


def weightiest_failure(shops: Sequence[ShopSync]) -> CafeError | None:
    """Return the failure that speaks for the mall: the first that needs a person, or the first."""
    failures = [shop.failure for shop in shops if shop.failure is not None]
    calling = (one for one in failures if isinstance(one, NeedsPerson))
    return next(calling, failures[0] if failures else None)
