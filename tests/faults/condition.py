"""One thing that is wrong around a refresh, and how it is brought about."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.children import Prepare
from tests.faults.killing import Event
from tests.faults.shop import Shop

Order = dict[str, Any]
Past = Callable[[Shop], dict[str, int]]


@dataclass(frozen=True)
class Condition:
    """One thing that is wrong.

    Attributes:
        at_mall, at_vault: faults that are ordered of the sandbox.
        behaviour: the mall's switches.
        past: what happened before; returns what the ledger knows of it.
        prepare: what is done to the granting process.
        heard: what is done from outside when an event is heard.
        answer_is_lost: whether the mall's answer never arrives whole, so that a loss
            is the mall's and inside the exposure.
        pair_is_gone: whether the pair is spent or revoked whatever we do.
        late_s: how long after the end somebody else may still act.
        told: what the caller is told if nobody is killed: an error's name.
        calls: how many refreshes reach the mall then; None: any.
    """

    name: str
    at_mall: tuple[Order, ...] = ()
    at_vault: tuple[Order, ...] = ()
    behaviour: Order = field(default_factory=dict)
    past: Past = lambda _shop: {}
    prepare: Prepare = lambda _watch: None
    heard: Callable[[Shop, Event], None] = lambda _shop, _event: None
    answer_is_lost: bool = False
    pair_is_gone: bool = False
    late_s: float = 0.0
    told: str = ""
    calls: int | None = None

    def set_up(self, shop: Shop) -> dict[str, int]:
        """Order all of it; return what the ledger knows."""
        known = self.past(shop)
        if self.behaviour:
            shop.ask_mall("behaviour", self.behaviour)
        if self.at_mall:
            shop.ask_mall("faults", [{"on": "token", **order} for order in self.at_mall])
        for order in self.at_vault:
            shop.order_vault_fault(**order)
        return known


def mall(
    name: str, told: str = "", *, lost: bool = False, late_s: float = 0.0, **order: Any
) -> Condition:
    """A mall with one fault."""
    return Condition(
        f"mall: {name}", at_mall=(order,), told=told, answer_is_lost=lost, late_s=late_s
    )


def vault(name: str, told: str, calls: int, order: Order, late_s: float = 0.0) -> Condition:
    """A Vault with a fault."""
    return Condition(f"vault: {name}", at_vault=(order,), told=told, calls=calls, late_s=late_s)


def seal_when(name: str) -> Callable[[Shop, Event], None]:
    """Seal Vault for real when a step is heard."""

    def heard(shop: Shop, event: Event) -> None:
        if event.get("name") == name:
            shop.seal_vault()

    return heard
