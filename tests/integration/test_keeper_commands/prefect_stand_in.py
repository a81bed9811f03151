"""A stand-in for the few answers of Prefect's API that need no Prefect to be asked for."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from typing import Any

PLANNED = "2030-01-07T04:00:00+09:00"


@dataclass
class PrefectStandIn:
    """A Prefect that is well, until a test says otherwise.

    Attributes:
        status: what every request is answered with, when it is not 200.
        drift: what `manage.py setup --diff --json` reports.
    """

    url: str = ""
    status: int = 200
    version: str = field(default_factory=lambda: version("prefect"))
    pool: str = "READY"
    planned: tuple[str, ...] = (PLANNED,)
    drift: dict[str, Any] = field(default_factory=lambda: {"changes": []})

    def answer(self, path: str) -> Any:
        """Return the JSON that Prefect's API gives at a path."""
        return {
            "/api/admin/version": self.version,
            "/api/work_pools/cafe24": {"name": "cafe24", "status": self.pool},
            "/api/flow_runs/filter": [{"expected_start_time": one} for one in self.planned],
        }[path]

    def report(self) -> dict[str, Any]:
        """Play `cli.prefect_checkup.Drift`."""
        return self.drift

    def drop(self) -> None:
        """Play `cli.prefect_checkup.Drift`."""


@contextlib.contextmanager
def running_stand_in() -> Iterator[PrefectStandIn]:
    """Serve one on a free port of loopback."""
    stand_in = PrefectStandIn()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/api/"):
                self._send(json.dumps(stand_in.answer(self.path)), "application/json")
            else:
                self._send("<!doctype html><title>Prefect</title>", "text/html")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_words: Any) -> None:
            pass

        def _send(self, text: str, kind: str) -> None:
            self.send_response(stand_in.status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    stand_in.url = f"http://127.0.0.1:{server.server_port}/api"
    try:
        yield stand_in
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
