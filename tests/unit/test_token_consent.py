"""The link asks as Cafe24's guide says; the redirect is believed only when it answers it."""

import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from cafe24.errors import ConsentRefused, NeedsPerson
from cafe24.malls import MallId
from cafe24.secret import Secret
from cafe24.tokens.consent import Consent, ask_consent
from cafe24.tokens.document import AppDocument

APP = AppDocument(
    client_id="inventedclient",
    client_secret=Secret("invented-client-secret"),
    redirect_uri="https://app.example/callback",
    scopes=["mall.read_product", "mall.read_category"],
)


@pytest.fixture
def consent() -> Consent:
    return ask_consent("https://{mall_id}.cafe24api.com", MallId("samplemall"), APP)


def redirect(**query: str) -> Secret:
    return Secret(f"https://app.example/callback?{urlencode(query)}")


def test_the_link_asks_for_all_scopes_with_a_state_and_a_challenge(consent: Consent) -> None:
    parts = urlsplit(consent.link)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert parts.netloc == "samplemall.cafe24api.com"
    assert parts.path == "/api/v2/oauth/authorize"
    assert asked["scope"] == "mall.read_product mall.read_category"
    assert asked["redirect_uri"] == "https://app.example/callback"
    digest = hashlib.sha256(consent.verifier.reveal().encode()).digest()
    assert asked["code_challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert asked["code_challenge_method"] == "S256"
    assert 43 <= len(consent.verifier.reveal()) <= 128
    assert "invented-client-secret" not in consent.link


def test_every_link_has_a_state_and_a_verifier_of_its_own(consent: Consent) -> None:
    other = ask_consent("https://{mall_id}.cafe24api.com", MallId("samplemall"), APP)
    assert consent.state != other.state
    assert consent.verifier != other.verifier


def test_the_code_is_taken_from_the_pasted_address(consent: Consent) -> None:
    pasted = f"  {redirect(code='invented-code', state=consent.state.reveal()).reveal()}\n"
    assert consent.code(Secret(pasted)) == Secret("invented-code")


@pytest.mark.parametrize("pasted", ["", "hello", "https://app.example/callback", "http://[bad"])
def test_an_address_that_answers_nothing_is_refused(consent: Consent, pasted: str) -> None:
    with pytest.raises(ConsentRefused, match="state"):
        consent.code(Secret(pasted))


def test_another_links_answer_is_refused(consent: Consent) -> None:
    with pytest.raises(ConsentRefused, match="state is another one") as refusal:
        consent.code(redirect(code="invented-code", state="invented-state"))
    assert "invented" not in str(refusal.value)


def test_a_refusal_by_another_admin_is_explained(consent: Consent) -> None:
    with pytest.raises(ConsentRefused, match=r"access_denied.*principal operator"):
        consent.code(redirect(error="access_denied", state=consent.state.reveal()))


def test_an_unregistered_scope_is_explained(consent: Consent) -> None:
    with pytest.raises(ConsentRefused, match="Cafe24 Developers"):
        consent.code(redirect(error="invalid_scope", state=consent.state.reveal()))


def test_an_answer_without_a_code_is_refused(consent: Consent) -> None:
    with pytest.raises(ConsentRefused, match="no code"):
        consent.code(redirect(state=consent.state.reveal()))


def test_neither_state_nor_verifier_is_shown(consent: Consent) -> None:
    assert consent.verifier.reveal() not in repr(consent)


def test_an_app_without_a_redirect_uri_cannot_ask_for_consent() -> None:
    app = AppDocument(client_id="inventedclient", client_secret=Secret("invented-secret"))
    with pytest.raises(NeedsPerson, match=r"no redirect_uri.*manage.py app inventedclient"):
        ask_consent("https://{mall_id}.cafe24api.com", MallId("samplemall"), app)
