"""How `manage.py sync` looks to a person, at its end and while it runs."""

import io

import pytest
from rich.console import Console

from cafe24.errors import Cafe24Away, VaultAway
from cafe24.malls import MallId
from cafe24.products.shops import ShopSync
from cafe24.products.tables.runs import SyncReport
from cli.sync_progress import SyncProgress
from cli.sync_table import print_syncs

MALL = MallId("samplemall00001")


def report(**fields: object) -> SyncReport:
    told = {"mode": "incremental", "outcome": "synced", "source": 20_000, "stored": 20_000}
    told |= {"reason": "changes since 2026-11-23 05:00 UTC", "wall_s": 4.2, "changed": 1_200}
    return SyncReport(MALL, **{**told, **fields})  # type: ignore[arg-type]


def printed(capsys: pytest.CaptureFixture[str], *shops: ShopSync) -> tuple[list[str], list[str]]:
    print_syncs([(MALL, list(shops))])
    out, err = capsys.readouterr()
    return out.splitlines(), err.splitlines()


def test_a_line_a_shop_and_why_at_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out, err = printed(capsys, ShopSync(report(shop_no=1)), ShopSync(report(shop_no=2)))
    assert [line.split() for line in out[:3]] == [
        ["mall", "sync", "outcome", "held", "new", "changed", "gone", "took"],
        [MALL, "incremental", "synced", "20,000", "0", "1,200", "0", "4", "s"],
        [MALL, "shop", "2", "incremental", "synced", "20,000", "0", "1,200", "0", "4", "s"],
    ]
    assert out[3:] == [
        f"{MALL}: incremental: changes since 2026-11-23 05:00 UTC.",
        f"{MALL} shop 2: incremental: changes since 2026-11-23 05:00 UTC.",
    ]
    assert max(len(line) for line in out) <= 80
    assert err == []


def test_a_failure_is_told_once_with_its_mall_and_the_next_step(
    capsys: pytest.CaptureFixture[str],
) -> None:
    failure = Cafe24Away(f"{MALL}: products answered 503.", "Run it again later.")
    failed = report(stored=7_100, source=None, reason="")
    failed.end_with(failure)
    out, err = printed(capsys, ShopSync(failed, failure))
    assert err == [f"{MALL}: products answered 503. Run it again later."]
    assert "7,100" in out[1]
    assert "failed" in out[1]


def test_a_mall_that_could_not_be_begun_is_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    print_syncs([(MALL, VaultAway(f"{MALL}: Vault is sealed.", "Unseal it."))])
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"{MALL}: Vault is sealed. Unseal it.\n")


def test_what_a_person_should_look_at_has_a_line_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, err = printed(capsys, ShopSync(report(quarantined=3)))
    assert err == [f"{MALL}: 3 records fit no row: the table product_quarantine says why."]
    out, err = printed(capsys, ShopSync(report(outcome="mismatch", stored=30, source=29)))
    assert "30 of 29" in out[1]
    assert err == [f"{MALL}: the count disagrees with the mall's."]


def screen(*, is_terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=is_terminal, width=100)


def test_a_terminal_shows_how_far_it_is_and_keeps_nothing_of_it() -> None:
    console = screen(is_terminal=True)
    running = SyncReport(MALL, mode="full", calls=13, wait_s=4.0, to_read=20_000, read=1_200)
    running.reading = "products"
    with SyncProgress(console) as progress:
        progress.watch([running, SyncReport(MALL, 2)])
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    line = f"{MALL}: full, 1,200 of 20,000 products, 13 calls, 4 s waited"
    assert line in shown
    assert shown.endswith("\x1b[2K")  # the line is wiped


def test_before_the_first_answer_it_connects() -> None:
    console = screen(is_terminal=True)
    with SyncProgress(console) as progress:
        progress.watch([SyncReport(MALL)])
    assert "connecting ..." in console.file.getvalue()  # type: ignore[attr-defined]


def test_elsewhere_nothing_is_shown() -> None:
    console = screen(is_terminal=False)
    with SyncProgress(console) as progress:
        progress.watch([SyncReport(MALL, reading="products")])
    assert console.file.getvalue() == ""  # type: ignore[attr-defined]
