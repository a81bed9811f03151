"""Whether a mall is where we think it is, asked as a sync would ask it."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from cafe24.api.presence import presence

NOWHERE = "http://127.0.0.1:9"


class _Refusing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(401)
        self.end_headers()
        self.wfile.write(b'{"error": {"code": 401, "message": "Invented."}}')

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mall_url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Refusing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_it_asks_through_no_proxy_as_the_syncs_do(
    mall_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, NOWHERE)
    found = presence(mall_url)
    assert (found.status, found.is_admin_api) == (401, True)
    assert found.answered_at is not None
