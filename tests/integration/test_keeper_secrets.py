"""Canaries: whatever the keeper does and however it fails, no secret shows itself anywhere."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cafe24.errors import CafeError
from cafe24.malls import MallId
from cafe24.secret import Secret
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.consent import ask_consent
from cafe24.tokens.document import MallDocument
from cafe24.tokens.endpoint import TokenEndpoint
from cafe24.tokens.helper import wire
from cafe24.tokens.helper.client import DistantKeeper, HelperProcess
from cafe24.tokens.keeper import Keeper
from cafe24.tokens.need import FORCED, Override
from cafe24.tokens.spill import SpillFolder
from cafe24.tokens.timing import Timing
from tests.integration.canaries import (
    files_in,
    heard_at_debug,
    hits,
    secrets_of,
    shown_by,
)
from tests.integration.conftest import Servers
from tests.integration.surroundings import Shop, eventually

WRONG_SECRET = "invented-canary-wrong-secret"


@dataclass(frozen=True)
class Cage:
    """One mall whose keeper is made to fail, and the orders that make it."""

    shop: Shop
    vault: httpx.Client
    tokens: TokenConfiguration
    mall: MallId

    def refresh(self) -> None:
        self.tokens.keeper().refresh(self.mall, FORCED)

    def refresh_hastily(self) -> None:
        keeper = Keeper(
            self.tokens.store(),
            TokenEndpoint(self.tokens.api_url, answer_s=0.4),
            environment=self.tokens.environment,
            spills=SpillFolder(self.tokens.spill_dir),
            timing=Timing(lease=timedelta(seconds=0.5), settle=timedelta(seconds=1)),
        )
        keeper.refresh(self.mall, FORCED)

    def vault_fault(self, kind: str = "refuse", *, on: str = "malls", **fault: Any) -> None:
        path = f"/v1/secret/data/{self.tokens.prefix}/{on}/"
        order = {"match": f"(GET|POST) {path}", "kind": kind, "times": 1, **fault}
        self.vault.post("/__sandbox__/faults", json=order).raise_for_status()

    def mall_fault(self, **fault: Any) -> None:
        self.shop.control("faults", [{"on": "token", "times": 1, **fault}], self.mall)

    def rewrite(self, **fields: Any) -> None:
        """Edit the document by hand, whatever shape that gives it."""
        vault, path = self.tokens.store().vault, f"{self.tokens.prefix}/malls/{self.mall}"
        found = vault.read(path)
        assert found is not None
        vault.write(path, {**found.data, **fields}, cas=found.number)

    def consented(self, *, state: str | None = None) -> None:
        """Consent and hand the code in, as the answer to this state."""
        app = self.tokens.store().app_or_only_one(None)
        consent = ask_consent(self.tokens.api_url, self.mall, app)
        address = redirected(consent.link)
        if state is not None:
            address = address.replace(consent.state.reveal(), state)
        self.tokens.adoption().authorize(app, consent, consent.code(Secret(address)))


def redirected(link: str) -> str:
    """Consent in the operator's browser, whose logs are not the project's."""
    form = {"operator": "principal", "decision": "allow"}
    logging.disable(logging.CRITICAL)
    try:
        return httpx.post(link, data=form, follow_redirects=False).headers["Location"]
    finally:
        logging.disable(logging.NOTSET)


def spill(cage: Cage) -> None:
    cage.vault_fault(kind="status", status=503, errors=["sealed"], skip=2, times=None)
    cage.refresh_hastily()


def lose_the_answer_twice(cage: Cage) -> None:
    cage.mall_fault(kind="drop_after")
    cage.refresh()


def be_refused_as_an_app(cage: Cage) -> None:
    store = cage.tokens.store()
    app = store.app_or_only_one(None)
    store.write_app(app.model_copy(update={"client_secret": Secret(WRONG_SECRET)}))
    try:
        cage.refresh()
    finally:
        store.write_app(app)


def get_another_malls_tokens(cage: Cage) -> None:
    cage.mall_fault(kind="patch", body={"mall_id": "othermall"})
    cage.refresh()


def read_a_damaged_document(cage: Cage) -> None:
    cage.rewrite(generation="seven")
    cage.refresh()


def read_another_malls_document(cage: Cage) -> None:
    cage.rewrite(mall_id="othermall")
    cage.refresh()


def be_revoked(cage: Cage) -> None:
    cage.shop.control("revoke", {"what": "all"}, cage.mall)
    cage.refresh()


def be_away_before(cage: Cage) -> None:
    cage.vault_fault(skip=1)
    cage.refresh()


def be_away_at_once(cage: Cage) -> None:
    cage.vault_fault()
    cage.refresh()


def be_denied(cage: Cage) -> None:
    cage.vault_fault(kind="status", status=403, errors=["permission denied"], skip=1, times=2)
    cage.refresh()


def be_cut_off_while_writing(cage: Cage) -> None:
    cage.vault_fault(kind="drop_before", skip=1, times=2)
    cage.refresh()


def drain_a_spill_of_a_damaged_mall(cage: Cage) -> None:
    with pytest.raises(CafeError):
        spill(cage)
    cage.vault.request("DELETE", "/__sandbox__/faults")
    cage.rewrite(generation="seven")
    raise CafeError(*(one.said for one in cage.tokens.drain().spills()))


def drain_what_has_no_seal(cage: Cage) -> None:
    with pytest.raises(CafeError):
        spill(cage)
    cage.vault.request("DELETE", "/__sandbox__/faults")
    [path] = SpillFolder(cage.tokens.spill_dir).paths()
    path.write_bytes(path.read_bytes()[:-1])
    raise CafeError(*(one.said for one in cage.tokens.drain().spills()))


def consent_to_another_link(cage: Cage) -> None:
    cage.consented(state="invented-other-state")


def consent_with_an_odd_answer(cage: Cage) -> None:
    cage.mall_fault(kind="no_tokens")
    cage.consented()


def consent_to_another_mall(cage: Cage) -> None:
    cage.mall_fault(kind="patch", body={"mall_id": "othermall"})
    cage.consented()


def adopt_while_vault_denies(cage: Cage) -> None:
    cage.vault_fault(kind="status", status=403, errors=["permission denied"], skip=2, times=2)
    cage.consented()


FAILING = [
    *(spill, lose_the_answer_twice, be_refused_as_an_app, get_another_malls_tokens),
    *(read_a_damaged_document, read_another_malls_document, be_revoked, be_away_before),
    *(be_away_at_once, be_denied, be_cut_off_while_writing, drain_a_spill_of_a_damaged_mall),
    *(drain_what_has_no_seal, consent_to_another_link, consent_with_an_odd_answer),
    *(consent_to_another_mall, adopt_while_vault_denies),
]

_numbers = iter(range(1000))


@pytest.fixture
def cage(shop: Shop, servers: Servers, tmp_path: Path) -> Iterator[Cage]:
    mall = MallId(f"canary{next(_numbers):03}")
    shop.connect(mall)
    with httpx.Client(base_url=servers.vault["url"]) as vault:
        yield Cage(shop, vault, replace(shop.tokens, spill_dir=tmp_path / "spill"), mall)
        vault.request("DELETE", "/__sandbox__/faults")


@pytest.mark.parametrize("fail", FAILING, ids=lambda fail: fail.__name__)
def test_a_failure_shows_no_secret(
    cage: Cage, servers: Servers, fail: Callable[[Cage], None]
) -> None:
    with heard_at_debug() as said, pytest.raises(CafeError) as failure:
        fail(cage)
    # The frames of this test's own orders are not the project's.
    shown = shown_by(failure.value.with_traceback(_ours(failure.value)))
    known = (servers.mall["client_secret"], servers.vault["root_token"], WRONG_SECRET)
    secrets = secrets_of(cage.shop, [cage.mall], *known)
    assert len(secrets) >= 4
    assert hits(secrets, shown, said.getvalue(), files_in(cage.tokens.spill_dir)) == []
    assert "/v1/secret/data" in said.getvalue()


def _ours(failure: BaseException) -> Any:
    """Return the traceback from the first frame that is the project's."""
    frame = failure.__traceback__
    while frame is not None and "/tests/" in frame.tb_frame.f_code.co_filename:
        frame = frame.tb_next
    return frame


def test_the_search_finds_a_secret_in_a_frame_a_text_a_log_and_a_file(
    cage: Cage, tmp_path: Path
) -> None:
    def leak(document: MallDocument) -> None:
        token = document.access_token.reveal()
        raise CafeError(f"{len(token)} characters")

    secrets = secrets_of(cage.shop, [cage.mall])
    document = cage.tokens.store().mall(cage.mall).document
    with pytest.raises(CafeError) as failure:
        leak(document)
    token = document.refresh_token.reveal()
    with heard_at_debug() as said:
        cage.shop.malls.get("/__sandbox__/clock", params={"planted": token})
    (tmp_path / "leak").write_text(token)
    leaking = failure.value.with_traceback(failure.tb.tb_next)
    assert hits(secrets, shown_by(leaking)) == [document.access_token.reveal()[:4]]
    assert hits(secrets, said.getvalue()) == [token[:4]]
    assert hits(secrets, files_in(tmp_path)) == [token[:4]]


def test_the_pipe_carries_a_sign_in_first_and_no_token_ever(
    cage: Cage, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []
    came: list[str] = []
    write, hear = wire.line, HelperProcess._heard

    def recorded(message: dict[str, Any]) -> bytes:
        sent.append(write(message))
        return sent[-1]

    def heard(process: HelperProcess, message: dict[str, Any]) -> None:
        came.append(json.dumps(message))
        hear(process, message)

    monkeypatch.setattr(wire, "line", recorded)
    monkeypatch.setattr(HelperProcess, "_heard", heard)
    distant = DistantKeeper(cage.tokens, lambda _record: None, lambda _mall: {})
    distant.refresh(cage.mall, FORCED)
    cage.shop.control("revoke", {"what": "all"}, cage.mall)
    for _ in range(2):
        with pytest.raises(CafeError):
            distant.refresh(cage.mall, FORCED, Override(retry_dead=True))
    distant.close()
    root = servers.vault["root_token"]
    secrets = secrets_of(cage.shop, [cage.mall], servers.mall["client_secret"])
    assert hits(secrets, *sent, *came) == []
    assert hits([root], sent[0]) == [root[:4]]
    assert hits([root], *sent[1:], *came) == []
    assert (len(sent), len(came)) == (4, 6)


def test_arguments_and_environment_of_a_helper_at_work_hold_no_secret(
    cage: Cage, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VAULT_TOKEN")
    monkeypatch.setenv("PLANTED", "invented-planted-canary")
    cage.mall_fault(kind="slow", delay_s=1)
    distant = DistantKeeper(cage.tokens, lambda _record: None, lambda _mall: {})
    refreshing = threading.Thread(target=distant.refresh, args=(cage.mall, FORCED))
    refreshing.start()
    eventually(lambda: cage.tokens.store().mall(cage.mall).document.intent)
    helper = _shown_by_processes(str(distant._living()._process.pid))
    all_processes = _shown_by_processes("[0-9]*")
    refreshing.join()
    distant.close()
    secrets = secrets_of(cage.shop, [cage.mall], servers.mall["client_secret"])
    assert hits(secrets, all_processes) == []
    # Other tests' helpers may have inherited their Vault token from a run that had it.
    assert hits([*secrets, servers.vault["root_token"]], helper) == []
    assert b"cafe24.tokens.helper" in helper
    assert hits(["invented-planted-canary"], helper) == ["inve"]


def _shown_by_processes(which: str) -> bytes:
    """Return arguments and environment of these processes, as far as we may look at them."""
    found = b""
    for process in Path("/proc").glob(which):
        for name in ("cmdline", "environ"):
            try:
                found += (process / name).read_bytes() + b"\n"
            except OSError:
                continue
    return found
