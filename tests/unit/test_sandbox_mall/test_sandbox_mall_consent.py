"""oauth/authorize and the code that comes of it."""

import base64
import hashlib
import ssl
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

STATE = "aW52ZW50ZWQtc3RhdGU="
VERIFIER = "invented-verifier-of-more-than-forty-three-characters"

Ask = Callable[..., httpx.Response]


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _returned(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 302
    return {name: v[0] for name, v in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


@pytest.fixture
def browser(server: dict[str, Any], mall_id: str, trust: ssl.SSLContext) -> Iterator[httpx.Client]:
    origin = f"{server['url']}/{mall_id}/api/v2/oauth"
    with httpx.Client(base_url=origin, verify=trust) as client:
        yield client


@pytest.fixture
def query(server: dict[str, Any]) -> dict[str, str]:
    return {
        "response_type": "code",
        "client_id": server["client_id"],
        "redirect_uri": server["redirect_uri"],
        "scope": "mall.read_product mall.read_store",
        "state": STATE,
    }


@pytest.fixture
def consent(browser: httpx.Client, query: dict[str, str]) -> Ask:
    def decide(decision: str = "allow", operator: str = "principal", **more: str) -> httpx.Response:
        form = {"decision": decision, "operator": operator}
        return browser.post("/authorize", params={**query, **more}, data=form)

    return decide


@pytest.fixture
def exchange(browser: httpx.Client, server: dict[str, Any]) -> Ask:
    def present(code: str, **more: str) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code}
        form["redirect_uri"] = server["redirect_uri"]
        credentials = (server["client_id"], server["client_secret"])
        return browser.post("/token", data={**form, **more}, auth=credentials)

    return present


@pytest.mark.parametrize(
    "scope", ["mall.read_product mall.read_store", "mall.read_product,mall.read_store"]
)
def test_the_page_names_the_app_and_each_scope(
    browser: httpx.Client, query: dict[str, str], scope: str, mall_id: str
) -> None:
    answer = browser.get("/authorize", params={**query, "scope": scope})
    assert answer.status_code == 200
    for text in (
        "상품 연동 샌드박스 앱",
        mall_id,
        "<code>mall.read_product</code>",
        "<code>mall.read_store</code>",
        "Allow",
        "Deny",
        "대표운영자",
    ):
        assert text in answer.text


def test_a_consent_comes_back_with_a_code_and_the_state_unchanged(
    consent: Ask, server: dict[str, Any], exchange: Ask
) -> None:
    answer = consent()
    assert answer.headers["Location"].startswith(server["redirect_uri"] + "?code=")
    returned = _returned(answer)
    assert set(returned) == {"code", "state"}
    assert returned["state"] == STATE
    granted = exchange(returned["code"]).json()
    assert granted["scopes"] == ["mall.read_product", "mall.read_store"]


@pytest.mark.parametrize("choice", [{"decision": "deny"}, {"operator": "other"}])
def test_a_denial_and_another_admin_come_back_as_access_denied(
    consent: Ask, choice: dict[str, str]
) -> None:
    returned = _returned(consent(**choice))
    assert returned["error"] == "access_denied"
    assert returned["state"] == STATE
    assert returned["trace_id"]
    assert "code" not in returned


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"scope": "mall.read_product mall.write_order"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "mall.write_product"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge": "x" * 44, "code_challenge_method": "S256"}, "invalid_request"),
    ],
)
def test_a_wrong_request_comes_back_as_its_error(
    browser: httpx.Client, query: dict[str, str], wrong: dict[str, str], error: str
) -> None:
    answer = browser.get("/authorize", params={**query, **wrong})
    returned = _returned(answer)
    assert returned["error"] == error
    assert returned["state"] == STATE
    assert {"error_description", "trace_id"} <= set(returned)


def test_the_error_text_is_form_encoded(browser: httpx.Client, query: dict[str, str]) -> None:
    location = browser.get("/authorize", params={**query, "scope": "mall.nothing"}).headers[
        "Location"
    ]
    assert "error_description=The+scope+added+by+Cafe24+Developers+is+invalid" in location


@pytest.mark.parametrize(
    "wrong",
    [{"redirect_uri": "https://app.example.com/cafe24/callback/"}, {"client_id": "somebody"}],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(
    browser: httpx.Client, query: dict[str, str], wrong: dict[str, str]
) -> None:
    for answer in (
        browser.get("/authorize", params={**query, **wrong}),
        browser.post("/authorize", params={**query, **wrong}, data={"decision": "allow"}),
    ):
        assert answer.status_code == 400
        assert "invalid_request" in answer.text


def test_what_a_stranger_writes_into_the_address_is_escaped(
    browser: httpx.Client, query: dict[str, str], desk: httpx.Client
) -> None:
    desk.post("/app", json={"name": "<script>alert(1)</script>"})
    try:
        page = browser.get("/authorize", params=query).text
    finally:
        desk.post("/app", json={"name": "상품 연동 샌드박스 앱"})
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_code_works_once(consent: Ask, exchange: Ask) -> None:
    code = _returned(consent())["code"]
    assert exchange(code).status_code == 200
    again = exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_code_lives_a_minute(consent: Ask, exchange: Ask, desk: httpx.Client) -> None:
    code = _returned(consent())["code"]
    desk.post("/clock", json={"advance_s": 61})
    answer = exchange(code)
    assert answer.status_code == 400
    assert answer.json()["error_description"] == "Code time expired"


def test_a_code_is_tied_to_its_redirect_uri(consent: Ask, exchange: Ask) -> None:
    answer = exchange(_returned(consent())["code"], redirect_uri="https://elsewhere.example.com/")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_scope")


def test_with_pkce_only_the_verifier_opens_the_code(consent: Ask, exchange: Ask) -> None:
    challenge = {"code_challenge": _challenge(VERIFIER), "code_challenge_method": "S256"}
    code = _returned(consent(**challenge))["code"]
    assert exchange(code).json()["error"] == "invalid_grant"
    assert exchange(code, code_verifier="x" * 50).json()["error"] == "invalid_grant"
    assert exchange(code, code_verifier=VERIFIER).status_code == 200


@pytest.mark.parametrize("verifier", ["short", "x" * 42, "x" * 129, "x" * 50 + "!"])
def test_a_verifier_off_the_rules_opens_nothing_though_its_hash_fits(
    consent: Ask, exchange: Ask, verifier: str
) -> None:
    asked = consent(code_challenge=_challenge(verifier), code_challenge_method="S256")
    answer = exchange(_returned(asked)["code"], code_verifier=verifier)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_consenting_again_leaves_the_earlier_pair_alive(
    consent: Ask, exchange: Ask, browser: httpx.Client
) -> None:
    first = exchange(_returned(consent())["code"]).json()
    exchange(_returned(consent())["code"])
    bearer = {"Authorization": f"Bearer {first['access_token']}"}
    assert browser.get("/token/scopes", headers=bearer).status_code == 200


def test_consenting_after_an_uninstall_brings_the_app_back(
    consent: Ask, exchange: Ask, control: httpx.Client, pair: dict[str, Any], browser: httpx.Client
) -> None:
    old = {"Authorization": f"Bearer {pair['access_token']}"}
    control.post("/revoke", json={"what": "app"})
    assert browser.get("/token/scopes", headers=old).status_code == 403
    new = exchange(_returned(consent())["code"]).json()["access_token"]
    bearer = {"Authorization": f"Bearer {new}"}
    assert browser.get("/token/scopes", headers=bearer).status_code == 200
    assert browser.get("/token/scopes", headers=old).status_code == 401
