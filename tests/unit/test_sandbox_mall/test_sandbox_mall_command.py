"""`python -m sandbox mall`: its arguments and the one line it prints."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.__main__ import main
from sandbox.mall.catalogue.given import UnusableFile, read_records

PROJECT = Path(__file__).parents[3]

GIVEN = {
    "shop_no": 1,
    "product_no": 77,
    "product_code": "P00000CZ",
    "product_name": "주어진 상품",
    "price": 1000,
    "description": "<p>길다</p>",
    "made_up_field": {"kept": True},
    "created_date": "2026-01-02T03:04:05+09:00",
    "updated_date": "2026-01-02T03:04:06+09:00",
    "variants": [{"variant_code": "P00000CZ000A", "quantity": -3}],
}

Start = Callable[..., dict[str, Any]]


def _client(ready: dict[str, Any], mall_id: str = "samplemall") -> httpx.Client:
    pair = httpx.post(f"{ready['url']}/__sandbox__/malls/{mall_id}/pair").json()
    return httpx.Client(
        base_url=ready["api_url"].format(mall_id=mall_id) + "/api/v2/admin",
        headers={"Authorization": f"Bearer {pair['access_token']}"},
    )


def test_the_ready_line_says_all_a_client_needs(server: dict[str, Any]) -> None:
    assert set(server) == {
        "url",
        "port",
        "pid",
        "api_url",
        "client_id",
        "client_secret",
        "redirect_uri",
        "scopes",
        "malls",
        "mall_count",
    }
    assert server["api_url"] == f"http://127.0.0.1:{server['port']}/{{mall_id}}"
    assert server["malls"] == ["samplemall", "mall00002", "mall00003"]


def test_a_mall_can_be_empty(start_sandbox: Start) -> None:
    ready = start_sandbox("mall", "--product-count", "0")
    with _client(ready) as client:
        assert client.get("/products").json() == {"products": []}
        assert client.get("/products/count").json() == {"count": 0}
    assert "상품이 없습니다" in httpx.get(f"{ready['url']}/samplemall/").text


def test_the_same_seed_makes_the_same_mall_and_another_seed_another(start_sandbox: Start) -> None:
    def told(*options: str) -> tuple[str, Any]:
        ready = start_sandbox("mall", "--product-count", "30", *options)
        with _client(ready) as client:
            return ready["client_secret"], client.get("/products?limit=30&embed=variants").json()

    first = told("--seed", "5")
    assert told("--seed", "5") == first
    assert told("--seed", "6") != first


def test_ten_thousand_malls_are_there_when_they_are_called(start_sandbox: Start) -> None:
    ready = start_sandbox("mall", "--malls", "10000", "--product-count", "20")
    assert (len(ready["malls"]), ready["mall_count"]) == (20, 10000)
    with _client(ready, "mall09999") as late, _client(ready, "mall00002") as early:
        assert late.get("/products/count").json() == {"count": 20}
        assert late.get("/products").json() != early.get("/products").json()
    for mall_id in ("mall10001", "mall00001", "mall000002"):
        answer = httpx.get(ready["api_url"].format(mall_id=mall_id) + "/api/v2/admin/products")
        assert answer.headers["Content-Type"].startswith("text/html")
    page = httpx.get(ready["url"]).text
    assert "9,950" in page
    memory = Path(f"/proc/{ready['pid']}/status")
    if memory.exists():
        [resident] = [row for row in memory.read_text().splitlines() if row.startswith("VmRSS")]
        assert int(resident.split()[1]) < 120_000


@pytest.mark.parametrize(
    "content",
    [[GIVEN], {"products": [GIVEN]}, {"product": GIVEN}, GIVEN],
    ids=["list", "many", "one", "bare"],
)
def test_given_products_are_served_as_they_are(
    start_sandbox: Start, tmp_path: Path, content: Any
) -> None:
    file = tmp_path / "products.json"
    file.write_text(json.dumps(content, ensure_ascii=False))
    with _client(start_sandbox("mall", "--products", str(file))) as client:
        fields = {name: value for name, value in GIVEN.items() if name != "variants"}
        assert client.get("/products/77").json() == {"product": fields}
        listed = {name: value for name, value in fields.items() if name != "description"}
        assert client.get("/products").json() == {"products": [listed]}
        assert client.get("/products/77/variants").json() == {"variants": GIVEN["variants"]}
        embedded = client.get("/products?embed=variants").json()["products"][0]
        assert embedded == {**listed, "variants": GIVEN["variants"]}
        day = "created_start_date=2026-01-02&created_end_date=2026-01-02"
        assert client.get(f"/products/count?{day}").json() == {"count": 1}


def test_given_products_can_be_changed_joined_and_shown(
    start_sandbox: Start, tmp_path: Path
) -> None:
    file = tmp_path / "products.json"
    file.write_text(json.dumps([GIVEN, {"product_no": 5}]))
    ready = start_sandbox("mall", "--products", str(file))
    order = {"add": 1, "change": [77, 5]}
    order_url = f"{ready['url']}/__sandbox__/malls/samplemall/products"
    touched = httpx.post(order_url, json=order).json()
    assert touched["add"][0] > 77
    with _client(ready) as client:
        assert client.get("/products/77").json()["product"]["price"] == "1100.00"
        assert client.get("/products/77/variants").json()["variants"][0]["quantity"] == -4
        assert client.get(f"/products/{touched['add'][0]}").json()["product"]["product_name"]
    assert "주어진 상품" in httpx.get(f"{ready['url']}/samplemall/").text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is no JSON"),
        ('"text"', "holds no products"),
        ('{"product": 7}', "holds no products"),
        ('[{"name": "x"}]', "has no product_no"),
        ('[{"product_no": 0}]', "has no product_no"),
        ('[{"product_no": true}]', "has no product_no"),
        ('[{"product_no": 1}, {"product_no": 1}]', "stands there twice"),
        ('[{"product_no": 1, "variants": [5]}]', "are no objects"),
        ('[{"product_no": 1, "variants": "x"}]', "are no objects"),
    ],
)
def test_a_file_that_holds_no_products_is_refused_in_one_line(
    tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "products.json"
    file.write_text(content)
    with pytest.raises(UnusableFile, match=said) as refusal:
        read_records(file)
    assert "\n" not in str(refusal.value)


def test_a_file_that_cannot_be_used_ends_with_two_and_one_line() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox", "mall", "--products", "no-such-file.json"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "no-such-file.json cannot be read: No such file or directory.\n"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--port", "65536"),
        ("--port", "-1"),
        ("--port", "9" * 5000),
        ("--port", "web"),
        ("--malls", "0"),
        ("--malls", "9" * 5000),
        ("--product-count", "-5"),
    ],
)
def test_a_number_that_cannot_be_is_refused_as_usage(
    capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["mall", option, value])
    assert ended.value.code == 2
    assert f"argument {option}" in capsys.readouterr().err


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_end_ends_with_zero_though_a_client_keeps_its_line(
    sign: signal.Signals,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox", "mall"], cwd=PROJECT, text=True, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        ready = json.loads(server.stdout.readline())
        with httpx.Client() as client:
            assert client.get(f"{ready['url']}/__sandbox__/clock").status_code == 200
            server.send_signal(sign)
            assert server.wait(timeout=5) == 0


def test_a_port_that_is_taken_is_told_in_one_line(server: dict[str, Any]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox", "mall", "--port", str(server["port"])],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert f"Port {server['port']} on 127.0.0.1 cannot be used" in ended.stderr
