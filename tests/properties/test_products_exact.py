"""Whatever happens to mall, wire and process while it is synced, a full sync ends exact.

The mall is the sandbox itself; what it says is true is compared with every row and
column by code that shares nothing with the conversion.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cafe24.api.pace import Pace
from cafe24.errors import CafeError
from tests.inner_mall import Happening, InnerMall

FIRST, LAST = 10, 60
"""About the numbers of the fourteen products that the sandbox invents."""

numbers = st.integers(FIRST, LAST)
places = st.integers(0, 20)
calls = st.integers(1, 12)

mutations = st.one_of(
    st.tuples(st.sampled_from(["delete", "change", "silent", "restore", "variants"]), places),
    st.tuples(st.just("add"), numbers),
)
ANSWERS: dict[str, dict[str, Any]] = {
    "500": {"kind": "status", "status": 500},
    "503": {"kind": "status", "status": 503},
    "504": {"kind": "html", "status": 504},
    "429": {"kind": "status", "status": 429},
    "HTML with 200": {"kind": "html"},
    "truncated with 200": {"kind": "truncate"},
    "nothing with 200": {"kind": "status", "status": 200, "body": ""},
    "an empty list with 200": {"kind": "empty"},
    "products without variants": {"kind": "no_embed"},
}
faults = st.one_of(
    st.tuples(st.just("answer"), st.sampled_from(sorted(ANSWERS)), st.integers(1, 2)),
    st.tuples(st.just("line"), st.sampled_from(["ReadError", "RemoteProtocolError"])),
)
happenings = st.lists(st.tuples(calls, st.one_of(mutations, faults)), max_size=5)
syncs = st.tuples(
    st.sampled_from(["auto", "auto", "full", "incremental"]),
    happenings,
    st.one_of(st.none(), calls),
)
scripts = st.lists(st.one_of(mutations, syncs), max_size=8)


@pytest.fixture(scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exact")


@pytest.fixture(scope="module")
def reused(_folder: Path) -> InnerMall:
    return InnerMall(_folder / "tables.sqlite")


@pytest.fixture
def inner(reused: InnerMall) -> InnerMall:
    reused.open_anew()
    return reused


@pytest.fixture(scope="module", autouse=True)
def _small_figures() -> Iterator[None]:
    """Five products a page, split from ten on: the same code on fewer products."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cafe24.api.pages.PAGE_SIZE", 5)
        patch.setattr("cafe24.products.settling.PAGE_SIZE", 5)
        patch.setattr("cafe24.products.reading.WORTH_SPLITTING", 10)
        patch.setattr(Pace, "in_flight", 2)
        yield


def mutate(inner: InnerMall, what: str, which: int) -> None:
    """Let one thing happen to the mall; what cannot happen does not."""
    catalogue = inner.mall.catalogue
    if what == "add":
        if catalogue.was_never(which):
            inner.order(add=[which])
        return
    found = inner.numbers
    if what == "restore":
        found = [no for no in range(FIRST, LAST + 1) if catalogue.was_deleted(no)]
    if not found:
        return
    number = found[which % len(found)]
    if what == "variants":
        fields = {"variants": catalogue[number].variants[1:]}
        inner.order(set=[{"product_no": number, "fields": fields}])
    else:
        inner.order(**{what: [number]})


def happening(what: str, *details: Any) -> Happening:
    """Return something that happens just before a call."""

    def happen(inner: InnerMall) -> None:
        if what == "answer":
            name, times = details
            inner.fault(**ANSWERS[name], times=times)
        elif what == "line":
            raise {"ReadError": httpx.ReadError}.get(details[0], httpx.RemoteProtocolError)("")
        else:
            mutate(inner, what, *details)

    return happen


def planned(happenings: list[Any]) -> list[tuple[int, Happening]]:
    return [(call, happening(*what)) for call, what in happenings]


def live(inner: InnerMall, script: list[Any]) -> None:
    """Let the mall live through the script; a sync in it may fail or be killed."""
    for step in script:
        if len(step) == 2:
            mutate(inner, *step)
            continue
        mode, while_it_runs, killed_at = step
        plan = planned(while_it_runs)
        with contextlib.suppress(CafeError):
            if killed_at is None:
                inner.sync(plan, mode=mode)
            else:
                inner.killed_sync(plan, killed_at, mode=mode)


@settings(max_examples=60, deadline=None)
@given(script=scripts)
def test_after_any_history_one_full_sync_makes_the_tables_equal_to_the_mall(
    reused: InnerMall, script: list[Any]
) -> None:
    reused.open_anew()
    live(reused, script)
    report = reused.sync(mode="full")
    assert (report.mode, report.outcome) == ("full", "synced")
    assert report.source == report.stored == len(reused.numbers)
    reused.assert_tables_equal_the_mall()


@settings(max_examples=60, deadline=None)
@given(
    script=scripts,
    call=calls,
    what=st.one_of(
        st.tuples(st.sampled_from(["delete", "restore"]), places),
        st.tuples(st.just("add"), numbers),
    ),
)
@example(script=[("delete", 3), ("auto", [], None)], call=7, what=("restore", 0))
@example(script=[], call=2, what=("add", 10))
def test_what_comes_or_goes_while_a_full_sync_reads_is_settled_by_that_very_sync(
    reused: InnerMall, script: list[Any], call: int, what: tuple[Any, ...]
) -> None:
    reused.open_anew()
    live(reused, script)
    report = reused.sync(planned([(call, what)]), mode="full")
    if len(reused.calls) < call:
        return  # it had ended before anything happened
    assert report.outcome == "synced"
    reused.assert_tables_equal_the_mall()


@settings(max_examples=40, deadline=None)
@given(script=scripts, wrong=st.integers(-3, 3).filter(bool))
def test_a_count_that_is_wrong_for_ever_is_never_called_synced(
    reused: InnerMall, script: list[Any], wrong: int
) -> None:
    reused.open_anew()
    live(reused, script)
    count = max(0, len(reused.numbers) + wrong)
    reused.fault("patch", on="count", body={"count": count}, times=None)
    report = reused.sync(mode="full")
    assert report.outcome == "mismatch"
    assert "the mall counts" in report.reason
    assert set(reused.numbers) <= set(reused.held)
    calm = reused.sync(mode="auto")
    assert (calm.mode, calm.outcome) == ("full", "synced")
    reused.assert_tables_equal_the_mall()


@pytest.mark.parametrize("mode", ["auto", "full"])
@pytest.mark.parametrize("meanwhile", [{}, {"delete": 1, "add": 1, "change": 2}], ids=str)
def test_killed_after_any_transaction_the_next_sync_ends_exact(
    inner: InnerMall, mode: str, meanwhile: dict[str, int]
) -> None:
    """Every transaction of a first read, or of one that finds deletions, is the last one once."""
    if mode == "full":
        inner.sync()
        inner.order(delete=3, add=2, change=4, silent=2)
    inner.keeps_snapshots = True
    inner.sync(mode=mode)
    inner.keeps_snapshots = False
    snapshots, inner.snapshots = inner.snapshots, []
    assert len(snapshots) >= 8
    for snapshot in snapshots:
        inner.put_back(snapshot)
        inner.order(**meanwhile)
        report = inner.sync()
        assert report.outcome == "synced"
        if report.mode == "full" or not meanwhile:
            inner.assert_tables_equal_the_mall()
    assert inner.sync(mode="full").outcome == "synced"
    inner.assert_tables_equal_the_mall()
