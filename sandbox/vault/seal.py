"""The seal, and the paths that answer whether or not it is closed."""

import base64
import binascii
import re
from typing import Any

from sandbox.vault.clock import SECOND_NS
from sandbox.vault.identifiers import new_uuid
from sandbox.vault.wire.answers import Answer, Refusal
from sandbox.vault.wire.request import Operation, Request

VERSION = "1.15.0+sandbox"
UNSEAL_KEY = base64.b64encode(b"sandbox-unseal-key-for-everybody").decode()

_CLUSTER_NAME = "vault-cluster-sandbox"
_SHORTEST_KEY = 16
_LOWEST_STATUS, _HIGHEST_STATUS = 100, 599
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")
_READS = {"sys/health", "sys/seal-status", "sys/init", "sys/leader"}


class Seal:
    """One share opens it; while it is closed nothing else is served."""

    def __init__(self) -> None:
        self.closed = False
        self._cluster_id = new_uuid()

    def answer(self, request: Request) -> Answer | None:
        """Answer the paths that need no token and work while sealed; None: it is no such path."""
        if request.path == "sys/unseal":
            return self._unseal(request)
        if request.path not in _READS:
            return None
        if request.path == "sys/init" and request.writes:
            raise Refusal(400, "Vault is already initialized")
        if request.operation is not Operation.READ:
            raise Refusal(405)
        if request.path == "sys/health":
            return self._health(request)
        return Answer(bare=self._facts(request.path))

    def _facts(self, path: str) -> dict[str, Any]:
        if path == "sys/init":
            return {"initialized": True}
        if path == "sys/leader":
            return _LEADER
        return self._status()

    def _health(self, request: Request) -> Answer:
        name, code = ("sealedcode", 503) if self.closed else ("activecode", 200)
        mode = "unknown" if self.closed else "disabled"
        body = {
            "initialized": True,
            "sealed": self.closed,
            "standby": self.closed,
            "performance_standby": False,
            "replication_performance_mode": mode,
            "replication_dr_mode": mode,
            "server_time_utc": request.now.wall_ns // SECOND_NS,
            "version": VERSION,
            **self._cluster(),
        }
        return Answer(bare=body, status=_status_code(request.data.get(name), code))

    def _status(self) -> dict[str, Any]:
        return {
            "type": "shamir",
            "initialized": True,
            "sealed": self.closed,
            "t": 1,
            "n": 1,
            "progress": 0,
            "nonce": "",
            "version": VERSION,
            "build_date": "2024-01-01T00:00:00Z",
            "migration": False,
            "recovery_seal": False,
            "storage_type": "inmem",
            **self._cluster(),
        }

    def _cluster(self) -> dict[str, str]:
        if self.closed:
            return {}
        return {"cluster_name": _CLUSTER_NAME, "cluster_id": self._cluster_id}

    def _unseal(self, request: Request) -> Answer:
        if not request.writes:
            raise Refusal(405)
        if request.fields.flag("reset"):
            if not self.closed:
                raise Refusal(400, "vault is unsealed")
        elif self._is_opened_by(request.fields.text("key")):
            self.closed = False
        return Answer(bare=self._status())

    def _is_opened_by(self, key: str | None) -> bool:
        if not key:
            raise Refusal(
                400, "'key' must be specified in request body as JSON, or 'reset' set to true"
            )
        share = _decoded(key)
        if self.closed and len(share) < _SHORTEST_KEY:
            raise Refusal(400, "invalid key: key is shorter than minimum 16 bytes")
        if self.closed and share != base64.b64decode(UNSEAL_KEY):
            raise Refusal(400, "invalid key: cipher: message authentication failed")
        return True


_LEADER = {
    "ha_enabled": False,
    "is_self": False,
    "active_time": "0001-01-01T00:00:00Z",
    "leader_address": "",
    "leader_cluster_address": "",
    "performance_standby": False,
    "performance_standby_last_remote_wal": 0,
}


def _status_code(wanted: str | None, default: int) -> int:
    if wanted is None:
        return default
    if not wanted.isdigit() or not _LOWEST_STATUS <= int(wanted) <= _HIGHEST_STATUS:
        raise Refusal(400)
    return int(wanted)


def _decoded(key: str) -> bytes:
    if _HEX.fullmatch(key):
        return bytes.fromhex(key)
    try:
        return base64.b64decode(key, validate=True)
    except binascii.Error:
        raise Refusal(400, "'key' must be a valid hex or base64 string") from None
