"""Making a mount out of what `sys/mounts` or `sys/auth` was sent."""

from collections.abc import Mapping
from typing import Any

from sandbox.vault.approle.method import AppRole
from sandbox.vault.kv.kv1 import Kv1
from sandbox.vault.kv.kv2 import Kv2
from sandbox.vault.mounts import AUTH, Mount
from sandbox.vault.tokens.leases import MountLimits
from sandbox.vault.tokens.store import TokenStore
from sandbox.vault.wire.answers import Refusal
from sandbox.vault.wire.fields import Fields

_VERSION_BY_TYPE = {"kv-v1": "1", "kv-v2": "2"}


def new_mount(path: str, sent: Fields, tokens: TokenStore) -> Mount:
    """Return the mount that was asked for, not mounted yet.

    Raises:
        Refusal: 400, for a type that is not played.
    """
    kind = sent.text("type")
    if not kind:
        raise Refusal(400, "backend type must be specified as a string")
    if path.startswith(AUTH):
        mount = _auth_mount(path, kind, tokens)
    else:
        mount = _kv_mount(path, kind, sent.mapping("options") or {})
    tune(mount, sent)
    tune(mount, Fields(sent.mapping("config") or {}))
    return mount


def tune(mount: Mount, sent: Fields) -> None:
    """Take over the description and the lease limits that were sent."""
    description = sent.text("description")
    default_s, max_s = sent.seconds("default_lease_ttl"), sent.seconds("max_lease_ttl")
    if description is not None:
        mount.description = description
    if default_s is not None:
        mount.limits.default_s = default_s
    if max_s is not None:
        mount.limits.max_s = max_s


def _auth_mount(path: str, kind: str, tokens: TokenStore) -> Mount:
    if kind != "approle":
        raise Refusal(400, f"plugin not found in the catalog: {kind}")
    limits = MountLimits()
    return Mount(path, kind, AppRole(limits, tokens), options={}, limits=limits)


def _kv_mount(path: str, kind: str, options: Mapping[str, Any]) -> Mount:
    version = _VERSION_BY_TYPE.get(kind) or str(options.get("version", ""))
    if kind != "kv" and kind not in _VERSION_BY_TYPE:
        raise Refusal(400, f"plugin not found in the catalog: {kind}")
    if version not in ("", "1", "2"):
        raise Refusal(400, 'nil backend of type "kv" returned from factory')
    backend = Kv2() if version == "2" else Kv1()
    return Mount(path, "kv", backend, options={"version": version} if version else {})
