"""`export` and `prune` at the command line: a whole file or none, and one line of error."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cafe24.database.engine import open_engine
from cafe24.settings import PROJECT
from cli.main import main
from tests.product_world import World
from tests.small_mall import MALL

FULL = Path("/dev/full")

FAN_OUTS = ("fan_out_shard", "fan_out")


@pytest.fixture
def held(database_url: str, monkeypatch: pytest.MonkeyPatch) -> World:
    """Two products in a database that the commands are pointed at; no Vault, no Prefect."""
    monkeypatch.setenv("CAFE24_DATABASE_URL", database_url)
    world = World(open_engine(database_url))
    world.stock(1, 2)
    world.sync()
    world.engine.dispose()
    return world


def refused(capsys: pytest.CaptureFixture[str], code: int, *words: str, line: str) -> None:
    assert main(line.split()) == code
    said = capsys.readouterr()
    assert said.out == ""
    [told] = said.err.splitlines()
    for word in words:
        assert word in told


@pytest.mark.usefixtures("held")
def test_the_rows_go_to_stdout_as_utf_8(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["export", MALL]) == 0
    out, err = capfdbinary.readouterr()
    header, *rows = out.decode().splitlines()
    assert header.startswith("mall_id,shop_no,product_no,")
    assert len(rows) == 2
    assert "니트 1<br>3컬러" in rows[0]
    assert err == b"2 rows of product written to stdout.\n"


@pytest.mark.usefixtures("held")
def test_a_file_is_told_as_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "products.csv"
    assert main(["export", "--all", "--output", str(file), "--excel", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"table": "product", "malls": [MALL], "output": str(file), "rows": 2}
    assert file.read_bytes().startswith(b"\xef\xbb\xbfmall_id,")
    assert len(file.read_text("utf-8-sig").splitlines()) == 3
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.usefixtures("held")
def test_a_file_that_is_there_is_overwritten_only_when_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "products.csv"
    file.write_text("mine")
    line = f"export {MALL} --output {file}"
    refused(capsys, 2, "is there already", "--force", line=line)
    assert file.read_text() == "mine"
    assert main([*line.split(), "--force"]) == 0
    assert file.read_text().startswith("mall_id,")


@pytest.mark.usefixtures("held")
def test_a_place_that_is_no_file_is_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for place in (tmp_path, "/dev/null"):
        refused(
            capsys,
            2,
            "is there already",
            "--output",
            line=f"export {MALL} --output {place} --force",
        )


@pytest.mark.usefixtures("held")
def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "nowhere" / "products.csv"
    refused(
        capsys, 2, "cannot be written", "No such file", "--output",
        line=f"export {MALL} --output {place}",
    )  # fmt: skip


@pytest.mark.usefixtures("held")
def test_a_failure_half_way_leaves_what_was_there(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "products.csv"
    file.write_text("mine")
    monkeypatch.setattr("os.fsync", full)
    refused(
        capsys, 2, "No space left on device", "nothing was left there",
        line=f"export {MALL} --output {file} --force",
    )  # fmt: skip
    assert file.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.usefixtures("held")
@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_behind_stdout(database_url: str) -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "manage.py", "export", MALL],
            cwd=PROJECT,
            env={"PATH": os.environ["PATH"], "CAFE24_DATABASE_URL": database_url},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert "stdout cannot be written: No space left on device" in line


@pytest.mark.usefixtures("held")
def test_a_mall_that_the_database_does_not_hold(
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused(capsys, 2, "nothing of the mall othermall", "sync othermall", line="export othermall")


def test_a_database_without_any_mall(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CAFE24_DATABASE_URL", database_url)
    refused(capsys, 2, "holds no mall yet", "sync MALL", line="export --all")


def test_a_database_without_tables(
    bare_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CAFE24_DATABASE_URL", bare_database_url)
    for line in (f"export {MALL}", "prune", "prune --dry-run"):
        refused(capsys, 7, "another schema", "manage.py setup", line=line)


def test_rows_and_a_report_cannot_share_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", MALL, "--json"]) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["next_step"] == "Name a file with --output."


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("export samplemall --table sync_run", "invalid choice: 'sync_run'"),
        ("prune --changes-days 0", "'0' is no number of days"),
        ("prune --runs-days -1", "'-1' is no number of days"),
        ("prune --runs-days 99999999999999", "is no number of days from 1 to 36500"),
    ],
)
def test_what_cannot_be_asked(line: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line.split())
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("held")
def test_pruning_says_how_many(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prune", "--dry-run"]) == 0
    changes, *others = capsys.readouterr().out.splitlines()
    assert changes.startswith("product_change: 0 rows older than 20")
    assert [line.endswith("would be deleted") for line in others] == [True] * 3
    assert main(["prune", "--changes-days", "1", "--runs-days", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["dry_run"] is False
    assert told["tables"]["sync_run"]["rows"] == 0
    assert told["tables"].keys() == {"product_change", "sync_run", *FAN_OUTS}
