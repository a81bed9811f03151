"""The code itself in any order of refreshes, kills, faults, drains and consents; the mall is asked.

What a small model knows: whether something may have been lost inside the exposure. All
else must be held, and nothing may be called that is known to be dead.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from cafe24.errors import PairSpilled
from cafe24.tokens.need import Override
from tests.properties.keeper_machine import Killed, Opened, opener

EXAMPLES = 6

hosts = st.integers(0, 1)
LOSING = ["drop_after", "reset_after", "no_tokens"]
HARMLESS = ["drop_before", "reset"]


class KeeperMachine(RuleBasedStateMachine):
    """Each rule is one run of one process on one of two hosts, or somebody else's doing."""

    opened: ClassVar[Opened]

    def __init__(self) -> None:
        super().__init__()
        self.world = type(self).opened()
        self.may_be_lost = False

    @rule(host=hosts)
    def refresh(self, host: int) -> None:
        self.run(host)

    @rule(host=hosts, is_sent=st.booleans())
    def refresh_and_be_killed(self, host: int, is_sent: bool) -> None:
        self.run(host, kill="after the call" if is_sent else "before the call")
        self.world.store.passed += timedelta(seconds=10)

    @rule(host=hosts, kind=st.sampled_from([*LOSING, *HARMLESS]))
    def refresh_while_the_line_fails(self, host: int, kind: str) -> None:
        self.world.order_mall_fault(kind=kind)
        self.run(host, is_losing=kind in LOSING)

    @rule(host=hosts, status=st.sampled_from([429, 500, 502]))
    def refresh_while_the_mall_fails(self, host: int, status: int) -> None:
        self.world.order_mall_fault(kind="status", status=status)
        self.run(host)

    @rule(
        host=hosts,
        kind=st.sampled_from(["refuse", "drop_before", "drop_after"]),
        skip=st.integers(0, 2),
        times=st.integers(1, 2),
    )
    def refresh_while_vault_fails(self, host: int, kind: str, skip: int, times: int) -> None:
        self.world.order_vault_fault(kind=kind, skip=skip, times=times)
        self.run(host)

    @rule(host=hosts)
    def refresh_and_leave_the_pair_to_the_spill(self, host: int) -> None:
        self.world.order_vault_fault(kind="refuse", skip=1, times=None)
        self.run(host, stops=True)
        self.world.store.passed += timedelta(seconds=10)

    @rule(minutes=st.sampled_from([1, 16, 130]))
    def time_passes(self, minutes: int) -> None:
        self.world.store.passed += timedelta(minutes=minutes)

    @rule(host=hosts)
    def drain(self, host: int) -> None:
        self.world.drain(host)

    @rule()
    def a_person_consents(self) -> None:
        self.world.consent()
        self.may_be_lost = False

    @rule()
    def the_owner_revokes(self) -> None:
        self.world.revoke()

    @rule(host=hosts)
    def the_operator_retries_a_dead_token(self, host: int) -> None:
        self.run(host, override=Override(retry_dead=True))

    def run(self, host: int, *, is_losing: bool = False, **how: Any) -> None:
        """Refresh, and see that the mall was called as the rules allow."""
        world = self.world
        calls, was_dead = len(world.grants()), world.document().status == "reauthorize"
        had_spilled = bool(world.sealed())
        failure = world.refresh(host, **how)
        world.forget_faults()
        made = world.grants()[calls:]
        assert len(made) <= 1, "two calls for one intent"
        if was_dead and not had_spilled and "override" not in how:
            assert not made, "a call with a token known to be dead"
        if isinstance(failure, PairSpilled):
            assert world.sealed() & world.live()
        was_granted = [one for one in made if one["outcome"] == "granted"]
        if was_granted and (is_losing or isinstance(failure, Killed)):
            self.may_be_lost = True

    @invariant()
    def what_lives_is_held(self) -> None:
        live = self.world.live()
        assert self.may_be_lost or not live or live & self.world.held()

    @invariant()
    def nobody_is_asked_for_consent_while_a_good_pair_is_in_vault(self) -> None:
        document = self.world.document()
        if document.status == "reauthorize":
            assert document.refresh_token.reveal() not in self.world.live()

    @invariant()
    def a_settled_mall_has_a_living_token_or_says_that_it_has_none(self) -> None:
        document = self.world.document()
        is_settled = document.status == "active" and document.intent is None
        if is_settled and not self.may_be_lost and not self.world.sealed():
            live = self.world.live()
            assert not live or document.refresh_token.reveal() in live

    def teardown(self) -> None:
        """Every state has a way out: what is held comes home, or a person is asked."""
        world = self.world
        world.store.passed += timedelta(hours=3)
        for _ in range(3):
            for host in (0, 1):
                world.refresh(host)
            world.store.passed += timedelta(hours=3)
        document = world.document()
        is_well = document.refresh_token.reveal() in world.live()
        assert is_well or document.status == "reauthorize"
        assert document.intent is None
        assert world.sealed() == set()
        world.close()


@pytest.fixture
def run_the_machine(
    vault_server: dict[str, Any], mall_server: dict[str, Any], tmp_path: Path
) -> Callable[[int], None]:
    opened = staticmethod(opener(vault_server, mall_server, tmp_path))

    def run(examples: int) -> None:
        run_state_machine_as_test(
            type("Machine", (KeeperMachine,), {"opened": opened}),
            settings=settings(
                max_examples=examples,
                stateful_step_count=12,
                derandomize=True,
                deadline=None,
                database=None,
                phases=(Phase.generate,),
            ),
        )

    return run


def test_whatever_happens_the_mall_agrees_with_the_model(
    run_the_machine: Callable[[int], None],
) -> None:
    run_the_machine(EXAMPLES)


def test_the_machine_notices_a_pair_that_is_not_sealed(
    run_the_machine: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cafe24.tokens.spill.Spill.seal", lambda _spill, _held: None)
    with pytest.raises(AssertionError):
        run_the_machine(EXAMPLES)
