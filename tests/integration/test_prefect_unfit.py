"""`manage.py setup` against what is no Prefect, another Prefect, or one that wants a sign-in."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import prefect
import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from blocks.prefect_server import refuse_unfit_server
from blocks.setup import diff
from cafe24.errors import PrefectAway, PrefectRefused
from cafe24.settings import Settings

Against = Callable[[int, str], None]


@contextmanager
def answering(status: int, body: str) -> Iterator[str]:
    """Answer every request alike; give the address."""

    class Alike(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Alike) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api"
        server.shutdown()


@pytest.fixture
def against() -> Iterator[Against]:
    """Ask for the drift of a server that answers so."""
    settings = Settings.model_validate(
        {"VAULT_ADDR": "http://127.0.0.1:8200", "VAULT_TOKEN": "invented-token"}
    )
    with ExitStack() as stack:

        def asked(status: int, body: str) -> None:
            url = stack.enter_context(answering(status, body))
            stack.enter_context(temporary_settings({PREFECT_API_URL: url}))
            diff(settings)

        yield asked


@pytest.mark.parametrize("version", ["2.20.4", "3.0.11", "3.7.9", "4.0.0"])
def test_another_version_is_refused_with_both_named(against: Against, version: str) -> None:
    with pytest.raises(PrefectRefused) as refusal:
        against(200, json.dumps(version))
    assert refusal.value.exit_code == 8
    assert f"is of version {version}, this is {prefect.__version__}" in refusal.value.message
    assert "run again" in refusal.value.next_step


def test_a_newer_server_is_served_as_prefect_itself_does() -> None:
    with (
        answering(200, json.dumps("3.99.0")) as url,
        temporary_settings({PREFECT_API_URL: url}),
        get_client(sync_client=True) as client,
    ):
        refuse_unfit_server(client)


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_wants_a_sign_in_names_the_two_settings(
    against: Against, status: int
) -> None:
    with pytest.raises(PrefectRefused, match=f"does not let us in.* {status} ") as refusal:
        against(status, "{}")
    assert refusal.value.exit_code == 8
    assert "PREFECT_API_AUTH_STRING" in refusal.value.next_step
    assert "PREFECT_API_KEY" in refusal.value.next_step


@pytest.mark.parametrize("page", ["<html>not an API</html>", "{}", '"soon"'])
def test_an_address_that_leads_elsewhere_is_said_to(against: Against, page: str) -> None:
    with pytest.raises(PrefectRefused, match="is not Prefect's API") as refusal:
        against(200, page)
    assert "/api" in refusal.value.next_step


def test_a_server_with_a_fault_of_its_own_is_one_line(against: Against) -> None:
    with pytest.raises(PrefectAway, match="answered 500"):
        against(500, "{}")


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/api", "prefect"])
def test_an_address_that_is_none_is_one_line(url: str) -> None:
    settings = Settings.model_validate(
        {"VAULT_ADDR": "http://127.0.0.1:8200", "VAULT_TOKEN": "invented-token"}
    )
    with (
        temporary_settings({PREFECT_API_URL: url}),
        pytest.raises(PrefectAway, match="PREFECT_API_URL"),
    ):
        diff(settings)
