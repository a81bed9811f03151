"""A fresh sandbox mall, the tables it is synced into, and the comparison of the two."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import Engine, select
from sqlmodel import SQLModel

from cafe24.api.client import MallApi
from cafe24.malls import MallId
from cafe24.products.sync import sync_mall
from cafe24.products.tables.database import ProductDatabase
from cafe24.products.tables.runs import SyncReport
from cafe24.secret import Secret
from cafe24.tokens.pair import AccessToken, Grant
from tests.expected_rows import assert_equal


@dataclass
class SandboxMall:
    """The mall by its control, the tables, and a token source that the mall itself feeds."""

    mall_id: MallId
    url: str
    control: httpx.Client
    engine: Engine
    scopes: list[str] = field(default_factory=lambda: ["mall.read_product"])
    api_version: str | None = None
    generation: int = 0
    renewals: list[int] = field(default_factory=list)

    def order(self, what: str, body: Any) -> Any:
        path = f"/__sandbox__/malls/{self.mall_id}/{what}"
        return self.control.post(path, json=body).raise_for_status().json()

    def truth(self) -> dict[int, dict[str, Any]]:
        path = f"/__sandbox__/malls/{self.mall_id}/truth"
        told = self.control.get(path).raise_for_status().json()
        return {one["product_no"]: one for one in told["products"]}

    def limits(self) -> dict[str, Any]:
        path = f"/__sandbox__/malls/{self.mall_id}/limits"
        told: dict[str, Any] = self.control.get(path).raise_for_status().json()
        return told

    def waiting_faults(self) -> list[dict[str, Any]]:
        path = f"/__sandbox__/malls/{self.mall_id}/faults"
        told: list[dict[str, Any]] = self.control.get(path).raise_for_status().json()["faults"]
        return told

    def answered(self) -> Counter[int]:
        """Return how often the mall answered each status; 0 is no whole answer."""
        told = self.control.get("/__sandbox__/calls", params={"mall_id": self.mall_id}).json()
        found: Counter[int] = Counter()
        for one in told["counts"]:
            found[one["status"]] += one["count"]
        return found

    def forget_faults(self) -> None:
        self.control.delete(f"/__sandbox__/malls/{self.mall_id}/faults").raise_for_status()

    def listed(self, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the records as the list embeds them, asking the mall itself."""
        query: dict[str, str | int] = {"limit": 100, "since_product_no": 0, "embed": "variants"}
        token = self.current(self.mall_id).value.reveal()
        answer = httpx.get(
            f"{self.url}/api/v2/admin/products",
            params=query,
            headers={"Authorization": f"Bearer {token}"},
        )
        found: list[dict[str, Any]] = answer.raise_for_status().json()["products"]
        assert [one["product_no"] for one in found] == [one["product_no"] for one in records]
        return found

    def current(self, mall_id: MallId) -> AccessToken:
        """Issue a pair, as a keeper's refresh does."""
        self.generation += 1
        told = self.order("pair", {"scopes": self.scopes})
        ends = datetime.now(UTC).replace(year=2100)
        grant = Grant("sandbox", self.generation)
        return AccessToken(mall_id, Secret(told["access_token"]), ends, grant)

    def renewed(self, mall_id: MallId, rejected: AccessToken) -> AccessToken:
        self.renewals.append(rejected.grant.generation)
        return self.current(mall_id)

    def uninstalled(self, mall_id: MallId, refused: AccessToken) -> None:
        raise AssertionError(f"{mall_id}: generation {refused.grant.generation} is not over")

    def sync(self, **options: Any) -> SyncReport:
        async def run() -> SyncReport:
            async with MallApi(self.mall_id, self.url, self, api_version=self.api_version) as api:
                return await sync_mall(api, ProductDatabase(self.engine), **options)

        return asyncio.run(run())

    def held(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of this mall that are not deleted, typed."""
        rows = SQLModel.metadata.tables[table]
        living = select(rows).where(rows.c.mall_id == self.mall_id, rows.c.deleted_at.is_(None))
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(living).mappings()]

    def assert_tables_equal_the_mall(self) -> None:
        """Compare every product and variant, every column."""
        url = self.engine.url
        database = url.database or ""
        if url.get_backend_name() == "postgresql":
            database = url.set(drivername="postgresql").render_as_string(hide_password=False)
        assert_equal(database, self.mall_id, self.truth().values())
