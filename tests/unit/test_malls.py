"""A host is built from a mall id alone, and a mall id is never an unset variable."""

import pytest

from cafe24.errors import SettingsError, UsageError
from cafe24.malls import api_url, checked_api_url, mall_id, trusted_api_url


@pytest.mark.parametrize("text", ["samplemall", "mall00002", "a", "my-mall", "9lives"])
def test_a_label_of_lower_case_letters_digits_and_dashes_is_a_mall_id(text: str) -> None:
    assert mall_id(text) == text


NO_MALL_IDS = (
    *("undefined", "None", "none", "null", "nan", "true", "", "a.b", "MyMall", "-a", "a-"),
    *("a_b", "a/b", "a@b", "a b", "a\n", "몰", "a" * 64, "samplemall.cafe24api.com", "../x"),
)


@pytest.mark.parametrize("text", NO_MALL_IDS)
def test_anything_else_is_refused_in_one_line_with_the_next_step(text: str) -> None:
    with pytest.raises(UsageError) as refusal:
        mall_id(text)
    assert "is not a mall id" in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert refusal.value.next_step


def test_the_undefined_host_cannot_be_built() -> None:
    with pytest.raises(UsageError):
        api_url("https://{mall_id}.cafe24api.com", mall_id("undefined"))


def test_the_address_is_the_template_with_the_mall_in_it() -> None:
    mall = mall_id("samplemall")
    assert api_url("https://{mall_id}.cafe24api.com", mall) == "https://samplemall.cafe24api.com"
    assert api_url("http://127.0.0.1:8000/{mall_id}/", mall) == "http://127.0.0.1:8000/samplemall"


@pytest.mark.parametrize(
    "template",
    [
        "https://cafe24api.com",
        "http://{mall_id}.cafe24api.com",
        "ftp://127.0.0.1/{mall_id}",
        "{mall_id}",
        "https://{mall_id}.{mall_id}.com",
    ],
)
def test_an_address_that_is_no_safe_template_is_refused(template: str) -> None:
    with pytest.raises(SettingsError, match="CAFE24_API_URL"):
        checked_api_url(template)


def test_a_token_goes_to_cafe24_to_loopback_or_to_a_listed_host_only() -> None:
    mall = mall_id("samplemall")
    for template in ("https://{mall_id}.cafe24api.com", "http://127.0.0.1:1/{mall_id}"):
        assert trusted_api_url(template, mall, ()) == api_url(template, mall)
    elsewhere = "https://{mall_id}.cafe24api.com.evil.example"
    with pytest.raises(SettingsError, match="No token is sent to"):
        trusted_api_url(elsewhere, mall, ())
    listed = ["samplemall.proxy.example"]
    assert trusted_api_url("https://{mall_id}.proxy.example", mall, listed)
