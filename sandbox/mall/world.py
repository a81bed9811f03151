"""The sandbox's malls, its clock, its one registered app and the log of calls."""

import re
from itertools import islice
from typing import Any

from sandbox.mall.bad_order import BadOrder
from sandbox.mall.calls import CallLog
from sandbox.mall.clock import Clock
from sandbox.mall.limits import Gauge
from sandbox.mall.mall import Mall, Stock
from sandbox.mall.oauth.registration import Registration
from sandbox.mall.switches import Behaviour, Limits, turned
from sandbox.mall.troubles import Troubles, drawn_troubles

DEFAULT_MALL = "samplemall"

_FIRST_NUMBERED = 2
_NUMBERED = re.compile(r"mall(\d{5,9})")
_MALL_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class World:
    """Everything this server plays.

    Malls are samplemall, mall00002 and so on; each comes to be when it is first
    looked for, so that ten thousand of them cost nothing.
    """

    def __init__(self, app: Registration, stock: Stock, mall_count: int = 1) -> None:
        self.app = app
        self.clock = Clock()
        self.calls = CallLog()
        self._stock = stock
        self._mall_count = mall_count
        self._created: dict[str, None] = {}
        self._touched: dict[str, Mall] = {}
        self._behaviour = Behaviour()
        self._limits = Limits()
        self._troubles: Troubles = {}

    def __len__(self) -> int:
        return self._mall_count + len(self._created)

    def first_size(self, mall_id: str) -> int:
        """Return how many products the mall sells before anything happened to it."""
        return self._stock.size(mall_id)

    def find(self, mall_id: str) -> Mall | None:
        """Return the mall, or None when there is none of that name."""
        mall = self._touched.get(mall_id)
        if mall is None and self._exists(mall_id):
            mall = Mall(mall_id, self._stock, self._behaviour, self._limits)
            self._touched[mall_id] = mall
        return mall

    def create(self, mall_id: object) -> Mall:
        """Open a mall.

        Raises:
            BadOrder: no mall id, or one that is taken.
        """
        if not (isinstance(mall_id, str) and _MALL_ID.fullmatch(mall_id)):
            raise BadOrder(f"{mall_id!r} is no mall id: lower-case letters and digits.")
        if self._exists(mall_id):
            raise BadOrder(f"The mall {mall_id} exists already.")
        self._created[mall_id] = None
        mall = self.find(mall_id)
        assert mall is not None
        return mall

    def mall_ids(self, limit: int | None = None) -> list[str]:
        """Return the names of all malls, or of the first `limit`."""
        numbered = (_numbered_id(number) for number in range(_FIRST_NUMBERED, self._mall_count + 1))
        names = (name for group in ([DEFAULT_MALL], numbered, self._created) for name in group)
        return list(islice(names, limit))

    def touched(self, mall_id: str) -> Mall | None:
        """Return the mall if somebody looked for it before."""
        return self._touched.get(mall_id)

    @property
    def troubles(self) -> Troubles:
        """Which malls are in trouble, and in which. Read only."""
        return self._troubles

    def trouble(self, troubles: Troubles) -> None:
        """Let exactly these malls be in trouble from now on.

        Raises:
            BadOrder: one of them is not there; nothing was changed.
        """
        if strangers := [mall_id for mall_id in troubles if not self._exists(mall_id)]:
            raise BadOrder(f"There is no mall {strangers[0]}.")
        for mall_id in self._troubles:
            if mall := self.touched(mall_id):
                # The block that others' calls brought ends with them.
                mall.gauge = Gauge()
        self._troubles = troubles

    def trouble_share(self, share: float) -> None:
        """Let a share of the malls, drawn by the seed, be in trouble from now on."""
        self.trouble(drawn_troubles(self.mall_ids(), share, self._stock.seed))

    def behave(self, changes: dict[str, Any]) -> None:
        """Change the behaviour of every mall, also of those that come to be later.

        Raises:
            UnknownSwitch: nothing was changed.
        """
        self._behaviour = turned(self._behaviour, changes)
        for mall in self._touched.values():
            mall.behaviour = turned(mall.behaviour, changes)

    def limit(self, changes: dict[str, Any]) -> None:
        """Change the limits of every mall, also of those that come to be later.

        Raises:
            UnknownSwitch: nothing was changed.
        """
        self._limits = turned(self._limits, changes)
        for mall in self._touched.values():
            mall.limits = turned(mall.limits, changes)

    def _exists(self, mall_id: str) -> bool:
        if mall_id == DEFAULT_MALL or mall_id in self._created:
            return True
        numbered = _NUMBERED.fullmatch(mall_id)
        if numbered is None:
            return False
        number = int(numbered[1])
        return _FIRST_NUMBERED <= number <= self._mall_count and mall_id == _numbered_id(number)


def _numbered_id(number: int) -> str:
    return f"mall{number:05d}"
