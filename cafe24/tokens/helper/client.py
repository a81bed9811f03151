"""A run's side of its helper: a keeper that refreshes in another process.

Killing the run or its worker while a token is spent loses nothing: the helper has a
session of its own and finishes.
"""

import contextlib
import itertools
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import Future
from functools import partial

from cafe24.boottime import boottime
from cafe24.errors import HelperGone
from cafe24.malls import MallId, trusted_api_url
from cafe24.settings import PROJECT
from cafe24.tokens.apps import Apps
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.document import MallDocument
from cafe24.tokens.helper import wire
from cafe24.tokens.need import NO_OVERRIDE, Need, Override
from cafe24.tokens.outcome import Refresh, Witness
from cafe24.tokens.pair import AccessToken
from cafe24.tokens.removal import note_uninstalled
from cafe24.tokens.standing import Known


class HelperProcess:
    """One helper process, and those who wait for its answers."""

    def __init__(self, configuration: TokenConfiguration, witness: Witness) -> None:
        self._witness = witness
        self._numbers = itertools.count()
        self._waiting: dict[int, Future[wire.Message]] = {}
        self._speaking = threading.Lock()
        self._owner = os.getpid()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cafe24.tokens.helper"],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._say(wire.configuration_message(configuration))
        threading.Thread(target=self._listen, name="helper's answers", daemon=True).start()

    @property
    def is_alive(self) -> bool:
        """Whether it can still be asked; a forked child asks one of its own."""
        return self._owner == os.getpid() and self._process.poll() is None

    def ask(self, request: wire.Message) -> Refresh:
        """Have a mall refreshed; blocks until the helper answers.

        Raises:
            HelperGone: it ended without an answer.
            CafeError: whatever its keeper raised.
        """
        number, answered = next(self._numbers), Future[wire.Message]()
        self._waiting[number] = answered
        self._say({**request, "id": number})
        if not self.is_alive:
            self._give_up()
        answer = answered.result()
        if "error" in answer:
            raise wire.read_error(answer["error"])
        return wire.read_refresh(answer["refresh"])

    def close(self) -> None:
        """Let the helper finish and end."""
        self._hang_up()
        self._process.wait()

    def _hang_up(self) -> None:
        assert self._process.stdin is not None
        with self._speaking, contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def _say(self, message: wire.Message) -> None:
        assert self._process.stdin is not None
        # A helper that died is noticed by who listens to it; then its pipe is closed.
        with self._speaking, contextlib.suppress(BrokenPipeError, ValueError):
            self._process.stdin.write(wire.line(message))
            self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as answers:
            for answer in answers:
                self._heard(json.loads(answer))
        self._process.wait()
        self._hang_up()
        self._give_up()

    def _heard(self, message: wire.Message) -> None:
        if "record" in message:
            self._witness(wire.read_record(message["record"]))
        else:
            self._waiting.pop(message["id"]).set_result(message)

    def _give_up(self) -> None:
        gone = HelperGone(
            "The process that refreshes tokens ended without an answer.",
            "What it held is in Vault or sealed on this host; run again.",
        )
        while self._waiting:
            with contextlib.suppress(KeyError):
                self._waiting.popitem()[1].set_exception(gone)


class DistantKeeper:
    """Does what a `Keeper` does, with the grants in a helper process.

    What needs no grant is read from Vault here. `known` is asked before a grant for
    what the ledger knows, because the helper has no SQL.
    """

    def __init__(self, configuration: TokenConfiguration, witness: Witness, known: Known) -> None:
        self.store = configuration.store()
        self._template = configuration.api_url
        self._apps = Apps(self.store, self._template)
        self._known = known
        self._configuration = configuration
        self._witness = witness
        self._helper: HelperProcess | None = None
        self._starting = threading.Lock()

    def refresh(
        self,
        mall: MallId,
        need: Need | None = None,
        override: Override = NO_OVERRIDE,
        *,
        asked: float | None = None,
    ) -> Refresh:
        """Make sure the mall's pair meets the need. As `Keeper.refresh`."""
        return self._living().ask(
            {
                "mall_id": mall,
                "known": dict(self._known(mall)),
                "asked": boottime() if asked is None else asked,
                **wire.need_message(need or Need(), override),
            }
        )

    def current(self, mall: MallId) -> AccessToken:
        """Return an access token with at least 5 minutes left. Raises as `refresh`."""
        return self._token(mall, Need())

    def renewed(self, mall: MallId, rejected: AccessToken) -> AccessToken:
        """Return a newer access token than one that met a 401. Raises as `refresh`."""
        return self._token(mall, Need(rejected=rejected.grant))

    def uninstalled(self, mall: MallId, refused: AccessToken) -> None:
        """Take note that the API says to this token that the app was removed."""
        note_uninstalled(self.store, mall, refused.grant)

    def api_address(self, mall: MallId) -> str:
        """Return where this mall's API is. As `Keeper.api_address`."""
        return self.api_address_of(self.store.mall(mall).document)

    def api_address_of(self, document: MallDocument) -> str:
        """Return the same for a document that was just read. Raises as `api_address`."""
        app = self._apps.of(document)
        return trusted_api_url(self._template, MallId(document.mall_id), app.api_hosts)

    def close(self) -> None:
        """Let the helper finish, and give back what was opened."""
        with self._starting:
            helper, self._helper = self._helper, None
        if helper is not None:
            helper.close()
        self.store.vault.session.sign_out()

    def _living(self) -> HelperProcess:
        """Return the helper; it is started when it is first needed, or was killed."""
        with self._starting:
            if self._helper is None or not self._helper.is_alive:
                self._helper = HelperProcess(self._configuration, self._witness)
            return self._helper

    def _token(self, mall: MallId, need: Need) -> AccessToken:
        asked = boottime()
        asked_before = partial(self.store.vault.session.asked_before, asked=asked)
        stored = self.store.mall(mall)
        if not need.is_met_by(stored, asked_before):
            self.refresh(mall, need, asked=asked)
            stored = self.store.mall(mall)
        return stored.document.access()
