"""The helper's side: `python -m cafe24.tokens.helper`, fed through its standard input.

It has a session of its own, so what ends a run or a worker does not end it. When its
input closes it finishes what is in flight, saves or seals, and exits. SIGTERM asks it
to do the same, and to send nothing any more.
"""

import json
import logging
import signal
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import BinaryIO

from cafe24.errors import CafeError
from cafe24.malls import MallId
from cafe24.tokens.helper import wire
from cafe24.tokens.keeper import Keeper
from cafe24.tokens.outcome import GrantRecord, Refresh

AT_ONCE = 64

_log = logging.getLogger(__name__)


class Helper:
    """Answers requests, each mall's on its own."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO) -> None:
        self._requests = requests
        self._answers = answers
        self._speaking = threading.Lock()
        self._known: dict[str, dict[str, int]] = {}
        self._stopping = threading.Event()
        configuration = wire.read_configuration(json.loads(requests.readline()))
        self._keeper: Keeper = configuration.keeper(
            witness=self._witnessed,
            known=lambda mall: self._known.get(mall, {}),
            is_stopping=self._stopping.is_set,
        )

    def stop(self, *_signal: object) -> None:
        """Take nothing in any more; what is in flight is finished."""
        self._stopping.set()
        raise SystemExit(0)

    def serve(self) -> None:
        """Serve until the pipe closes or `stop` is called, then finish what is in flight."""
        try:
            with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="mall") as pool:
                self._take_in(self._requests, pool)
        finally:
            self._keeper.close()

    def _take_in(self, requests: Iterable[bytes], pool: ThreadPoolExecutor) -> None:
        for request in requests:
            pool.submit(self._answer, json.loads(request))

    def _answer(self, request: wire.Message) -> None:
        answer: wire.Message = {"id": request["id"]}
        try:
            answer["refresh"] = wire.refresh_message(self._refreshed(request))
        except CafeError as failure:
            answer["error"] = wire.error_message(failure)
        except Exception as defect:  # noqa: BLE001 - told to the run; the helper serves on
            _log.exception("The helper failed.")
            said = f"The token keeper failed unforeseen ({type(defect).__name__})."
            answer["error"] = wire.error_message(CafeError(said, "See the run's log."))
        self._say(answer)

    def _refreshed(self, request: wire.Message) -> Refresh:
        mall = MallId(request["mall_id"])
        self._known[mall] = request["known"]
        need, override = wire.read_need(request)
        return self._keeper.refresh(mall, need, override, asked=request["asked"])

    def _witnessed(self, record: GrantRecord) -> None:
        self._say({"record": asdict(record)})

    def _say(self, message: wire.Message) -> None:
        """Tell the run; when it is gone, what was to be told stands in Vault."""
        with self._speaking:
            try:
                self._answers.write(wire.line(message))
                self._answers.flush()
            except BrokenPipeError:
                _log.warning("The run has ended; its helper finishes alone.")


def main() -> None:
    """Serve the process that started this one."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    # Where the run's terminal or worker is gone, there is nowhere to complain to.
    logging.raiseExceptions = False
    helper = Helper(sys.stdin.buffer, sys.stdout.buffer)
    signal.signal(signal.SIGTERM, helper.stop)
    helper.serve()


if __name__ == "__main__":
    main()
