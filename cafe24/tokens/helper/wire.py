"""What goes over the pipe between a run and its helper: one JSON object a line.

No token crosses it in either direction. The first line is the sign-in; it goes
through the pipe because arguments and environment can be read by others.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cafe24 import errors
from cafe24.errors import CafeError
from cafe24.malls import MallId
from cafe24.secret import Secret
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.need import Need, Override
from cafe24.tokens.outcome import GrantRecord, Refresh
from cafe24.tokens.pair import Grant
from cafe24.tokens.timing import Timing
from cafe24.vault.session import VaultSignIn

Message = dict[str, Any]


def line(message: Mapping[str, Any]) -> bytes:
    """Return the message as it goes over the pipe."""
    return json.dumps(message, default=_plain).encode() + b"\n"


def configuration_message(configuration: TokenConfiguration) -> Message:
    """Return what a keeper is opened from, secrets in clear."""
    us = configuration.sign_in
    sign_in = {
        "address": us.address,
        "namespace": us.namespace,
        "ca_cert": us.ca_cert,
        "token": us.token.reveal() if us.token else None,
        "role_id": us.role_id,
        "secret_id": us.secret_id.reveal() if us.secret_id else None,
        "mount": us.mount,
    }
    return {
        "sign_in": sign_in,
        "prefix": configuration.prefix,
        "environment": configuration.environment,
        "api_url": configuration.api_url,
        "timing": asdict(configuration.timing),
        "spill_dir": str(configuration.spill_dir),
    }


def read_configuration(message: Message) -> TokenConfiguration:
    """Return what the message says."""
    sign_in = message.pop("sign_in")
    for name in ("token", "secret_id"):
        sign_in[name] = Secret(sign_in[name]) if sign_in[name] else None
    timing = {name: timedelta(seconds=span) for name, span in message.pop("timing").items()}
    return TokenConfiguration(
        sign_in=VaultSignIn(**sign_in),
        timing=Timing(**timing),
        spill_dir=Path(message.pop("spill_dir")),
        **message,
    )


def need_message(need: Need, override: Override) -> Message:
    """Return what a caller needs, and what an operator allows."""
    return {"need": asdict(need), "override": asdict(override)}


def read_need(message: Message) -> tuple[Need, Override]:
    """Return what the message says."""
    need = message["need"]
    for name in ("min_left", "max_age"):
        need[name] = None if need[name] is None else timedelta(seconds=need[name])
    need["rejected"] = Grant(**need["rejected"]) if need["rejected"] else None
    return Need(**need), Override(**message["override"])


def refresh_message(refresh: Refresh) -> Message:
    """Return a refresh's result; there is no token in it."""
    return asdict(refresh)


def read_refresh(message: Message) -> Refresh:
    """Return what the message says."""
    return Refresh(
        mall_id=MallId(message["mall_id"]),
        outcome=message["outcome"],
        grant=Grant(**message["grant"]),
        access_expires_at=datetime.fromisoformat(message["access_expires_at"]),
        refresh_expires_at=datetime.fromisoformat(message["refresh_expires_at"]),
        unfinished=tuple(message["unfinished"]),
        came_home=message["came_home"],
        is_published=message["is_published"],
        client_id=message["client_id"],
    )


def read_record(message: Message) -> GrantRecord:
    """Return one call of the token endpoint, for the ledger."""
    times = {name: datetime.fromisoformat(message[name]) for name in ("started_at", "finished_at")}
    return GrantRecord(**{**message, **times, "mall_id": MallId(message["mall_id"])})


def error_message(error: CafeError) -> Message:
    """Return an error of ours."""
    return {"type": type(error).__name__, "arguments": list(error.args)}


def read_error(message: Message) -> CafeError:
    """Return the error that the message stands for."""
    kind: type[CafeError] = getattr(errors, message["type"])
    return kind(*message["arguments"])


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not go over the pipe")
