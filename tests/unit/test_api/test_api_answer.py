"""Every answer that is no list of products becomes one error of ours."""

import httpx
import orjson
import pytest

from cafe24 import errors
from cafe24.api.answer import LONGEST_MESSAGE, error_of, json_of, parsed
from tests.small_mall import MALL, TOKEN, refused

REQUEST = httpx.Request("GET", "http://x", headers={"Authorization": f"Bearer {TOKEN}"})


def error_for(response: httpx.Response) -> errors.CafeError:
    response.request = REQUEST
    return error_of(response, MALL, "products")


SUNSET = (
    "2024-06-01 version you requested is not available. "
    "The default value for the app version is 2026-09-01."
)
UNINSTALLED = "This app is deleted. Receive the consent of the operator again."
NO_SCOPE = "No authority for mall.read_product. (insufficient_scope)"


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "Bad Request", errors.ContractBroken),
        (400, SUNSET, errors.VersionSunset),
        (401, "access_token time expired. (invalid_token)", errors.Reauthorize),
        (403, NO_SCOPE, errors.ScopeMissing),
        (403, UNINSTALLED, errors.AppUninstalled),
        (404, "No product found.", errors.NotFound),
        (404, "No API found.", errors.ContractBroken),
        (404, "Cannot locate API", errors.ContractBroken),
        (409, "There is same content.", errors.ContractBroken),
        (422, "[Start location of list] must be less than 5000.", errors.ContractBroken),
        (429, "Too Many Requests", errors.RateLimited),
        (500, "Internal", errors.Cafe24Away),
        (503, "Maintenance", errors.Cafe24Away),
        (504, "Gateway Timeout", errors.Cafe24Away),
        (302, "", errors.ContractBroken),
        (207, "", errors.ContractBroken),
    ],
)
def test_a_status_and_its_words_make_the_error(
    status: int, message: str, kind: type[errors.CafeError]
) -> None:
    error = error_for(refused(status, message))
    assert type(error) is kind
    assert MALL in str(error)


def test_the_error_names_mall_endpoint_status_and_cafe24s_words() -> None:
    said = str(error_for(refused(500, "  It\nbroke.  ")))
    assert said.startswith(f"{MALL}: products answered 500 (It broke.).")


def test_a_sunset_names_the_version_that_is_served_now() -> None:
    error = error_for(refused(400, SUNSET))
    assert "2024-06-01" in error.message
    assert "CAFE24_API_VERSION=2026-09-01" in error.next_step


def test_a_404_without_cafe24s_words_proves_no_deletion() -> None:
    page = httpx.Response(404, text="<html>404 Not Found</html>")
    assert type(error_for(page)) is errors.ContractBroken


def test_a_long_message_is_cut() -> None:
    said = str(error_for(refused(500, "x" * 5000)))
    assert len(said) < LONGEST_MESSAGE + 150


def test_a_message_that_repeats_the_token_does_not_get_it_into_the_error() -> None:
    assert TOKEN not in str(error_for(refused(401, f"The token {TOKEN} is unknown.")))


def test_the_token_endpoints_envelope_is_understood_too() -> None:
    body = orjson.dumps({"error": "invalid_request", "error_description": "?"})
    assert "invalid_request" in str(error_for(httpx.Response(400, content=body)))


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>OK</html>", b'{"products": [{"product_no": 1', b'{"a": ' * 100_000, b"\xff\xfe"],
    ids=["empty", "html", "truncated", "deep", "bytes"],
)
def test_a_200_that_is_no_whole_json_is_cafe24_being_away(body: bytes) -> None:
    with pytest.raises(errors.Cafe24Away, match="not whole JSON"):
        json_of(httpx.Response(200, content=body, request=REQUEST), MALL, "products")


def test_half_a_surrogate_pair_does_not_cost_the_page() -> None:
    assert parsed(b'{"products": [{"product_name": "\\ud83d"}]}') == {
        "products": [{"product_name": "\ud83d"}]
    }
