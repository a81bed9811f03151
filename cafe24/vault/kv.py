"""Vault's KV v2 engine as we use it: check-and-set writes and dated reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import hvac
import requests
from hvac import exceptions

from cafe24.errors import VaultAway, VaultRefused
from cafe24.secret import Unshown
from cafe24.vault.fitness import Health, Mount
from cafe24.vault.session import VaultSession, VaultSignIn, dated

_SETUP = "Run: .venv/bin/python manage.py setup"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a secret as read; both times are Vault's."""

    data: Unshown
    number: int
    written_at: datetime
    read_at: datetime

    @property
    def age_s(self) -> float:
        """Seconds since this version was written, by Vault's clock alone."""
        return (self.read_at - self.written_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Written:
    """The receipt of a write; the time is Vault's."""

    number: int
    written_at: datetime


@dataclass(frozen=True, slots=True)
class KeyMetadata:
    """What Vault says of a secret to those who may not read it.

    Attributes:
        keep_versions: 0 when the mount's own setting holds, which is 10 by default.
        is_deleted: whether the current version is deleted; it can be brought back.
    """

    current_version: int
    updated_at: datetime
    read_at: datetime
    custom: dict[str, str]
    keep_versions: int = 0
    is_cas_required: bool = False
    is_deleted: bool = False


class Vault:
    """One KV v2 mount, reached with one sign-in."""

    def __init__(self, sign_in: VaultSignIn) -> None:
        self.session = VaultSession(sign_in)
        self.mount = sign_in.mount
        self._is_fit = False

    def refuse_unfit(self) -> None:
        """Raise for a Vault or a mount that cannot keep our documents; asked once, then known.

        Raises:
            VaultRefused: older than 1.9, or not KV version 2.
            VaultAway: no answer.
        """
        if self._is_fit:
            return
        self.health().refuse_old()
        mount = self.mounted()
        if mount is not None:
            mount.refuse_unversioned()
        self._is_fit = True

    def health(self) -> Health:
        """Return whether Vault is open, and its version; without a sign-in."""
        return Health.of(self.session.health())

    def mounted(self) -> Mount | None:
        """Return the mount as Vault knows it; None when our sign-in reaches nothing there."""
        where = f"sys/internal/ui/mounts/{self.mount}"
        try:
            response = self.session.call(where, lambda client: client.adapter.get(f"/v1/{where}"))
        except VaultRefused:
            return None
        return Mount.of(self.mount, _json(response, where))

    def read(self, path: str, *, version: int | None = None) -> Version | None:
        """Return the latest version, or the one that is named; None when there is none.

        Raises:
            VaultRefused: denied, or the latest version is deleted.
            VaultAway: no answer, sealed or failing.
        """
        response = self._call(
            path,
            lambda kv: kv.read_secret_version(
                path,
                version=version,
                mount_point=self.mount,
                raise_on_deleted_version=True,
            ),
        )
        if response is None:
            return None
        body = _json(response, path)
        meta = body["metadata"]
        return Version(
            Unshown(body["data"]), meta["version"], _moment(meta["created_time"]), dated(response)
        )

    def write(self, path: str, data: Mapping[str, Any], *, cas: int) -> Written:
        """Write the next version, if `cas` is still the current one (0: none yet).

        Raises:
            Conflict: somebody wrote first.
            VaultRefused: denied, or no KV v2 mount there.
            VaultAway: no answer; whether it was written is unknown.
        """
        self.refuse_unfit()
        response = self._call(
            path,
            lambda kv: kv.create_or_update_secret(
                path, dict(data), cas=cas, mount_point=self.mount
            ),
        )
        if response is None:
            raise VaultRefused(f"Vault has no mount at {self.mount}.", _SETUP)
        meta = _json(response, path)
        return Written(meta["version"], _moment(meta["created_time"]))

    def metadata(self, path: str) -> KeyMetadata | None:
        """Return what may be seen without reading the secret, or None when there is none."""
        response = self._call(
            path,
            lambda kv: kv.read_secret_metadata(path, mount_point=self.mount),
            "metadata",
        )
        if response is None:
            return None
        body = _json(response, path)
        current = body["current_version"]
        latest = body["versions"].get(str(current), {})
        return KeyMetadata(
            current,
            _moment(body["updated_time"]),
            dated(response),
            body.get("custom_metadata") or {},
            body["max_versions"],
            body["cas_required"],
            bool(latest.get("deletion_time") or latest.get("destroyed")),
        )

    def set_metadata(
        self, path: str, *, keep_versions: int, custom: Mapping[str, str] | None = None
    ) -> None:
        """Bound a secret's history, and describe it to those who may not read it.

        Without `custom` the description stays as it is.
        """
        self._call(
            path,
            lambda kv: kv.update_metadata(
                path,
                max_versions=keep_versions,
                cas_required=True,
                custom_metadata=None if custom is None else dict(custom),
                mount_point=self.mount,
            ),
            "metadata",
        )

    def delete(self, path: str, version: int) -> None:
        """Delete one version, which can be brought back: its data stay in Vault.

        Raises:
            VaultRefused: denied; the keeper's own policy may delete nothing.
        """
        self._call(
            path,
            lambda kv: kv.delete_secret_versions(path, versions=[version], mount_point=self.mount),
            "delete",
        )

    def capabilities(self, *places: str) -> dict[str, list[str]]:
        """Return what our sign-in may do at each place, such as `data/cafe24/malls/x`.

        Raises:
            VaultRefused: it may not even ask.
        """
        paths = {place: f"{self.mount}/{place}" for place in places}
        where = "sys/capabilities-self"
        response = self.session.call(
            where,
            lambda client: client.adapter.post(f"/v1/{where}", json={"paths": [*paths.values()]}),
        )
        answer = _json(response, where)
        return {place: list(answer[path]) for place, path in paths.items()}

    def names(self, path: str) -> list[str]:
        """Return the names directly under `path`, in byte order."""
        response = self._call(
            path, lambda kv: kv.list_secrets(path, mount_point=self.mount), "metadata"
        )
        return [] if response is None else list(_json(response, path)["keys"])

    def _call(
        self, path: str, ask: Callable[[Any], requests.Response], part: str = "data"
    ) -> requests.Response | None:
        """Ask the KV engine; None is Vault's plain "not found".

        `part` is what a policy has between the mount and the path.
        """
        where = f"{self.mount}/{part}/{path}"
        return self.session.call(where, lambda client: self._found(path, ask, client))

    def _found(
        self, path: str, ask: Callable[[Any], requests.Response], client: hvac.Client
    ) -> requests.Response | None:
        try:
            return ask(client.secrets.kv.v2)
        except exceptions.InvalidPath as absence:
            answer: Any = absence.json
            if answer and answer.get("data"):
                version = answer["data"]["metadata"]["version"]
                raise VaultRefused(
                    f"The latest version of {self.mount}/{path} in Vault is deleted.",
                    f"Bring it back: vault kv undelete -mount={self.mount} "
                    f"-versions={version} {path}",
                ) from None
            if absence.errors:
                raise
            return None


def _json(response: requests.Response, path: str) -> Unshown:
    try:
        return Unshown(response.json()["data"])
    except (ValueError, KeyError, TypeError):
        raise VaultAway(f"What answers for {path} is not Vault.", "Check VAULT_ADDR.") from None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
