"""The project's documents at their places in Vault."""

import contextlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cafe24.errors import Conflict, NeedsPerson, UsageError, VaultRefused
from cafe24.malls import MallId, is_mall_id
from cafe24.secret import Unshown
from cafe24.tokens.document import AccessDocument, AppDocument, MallDocument
from cafe24.tokens.held import HeldPair
from cafe24.tokens.keys import Keys
from cafe24.vault.kv import KeyMetadata, Vault, Written

KEPT_VERSIONS = 200
NO_VERSION = 2**31 - 1
"""No document is ever written so often."""

KEPT_ACCESS_VERSIONS = 2

REMOVED = "removed"
"""The status that metadata, which outlive the document, give a removed mall."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A mall's document as read; both times are Vault's."""

    document: MallDocument
    version: int
    written_at: datetime
    read_at: datetime

    @property
    def intent_is_live(self) -> bool:
        """Whether somebody's intent stands and its lease has not run out."""
        intent = self.document.intent
        return intent is not None and intent.lease_s > 0 and self.age_s <= intent.lease_s

    @property
    def intent_has_run_out(self) -> bool:
        """Whether somebody's lease ended without a word, and nobody has written that down yet."""
        return (
            self.document.intent is not None
            and not self.intent_is_live
            and not self.document.is_left_open
        )

    def with_document(self, document: MallDocument) -> "Stored":
        """Return the same version as it shall be written next."""
        return replace(self, document=document)

    @property
    def age_s(self) -> float:
        """Seconds since this version was written, by Vault's clock alone."""
        return (self.read_at - self.written_at).total_seconds()


class TokenStore:
    """Reads and writes malls, apps and the readers' copies under one prefix."""

    def __init__(self, vault: Vault, *, prefix: str = "cafe24") -> None:
        self.vault = vault
        self._prefix = prefix

    def malls(self) -> list[MallId]:
        """Return every mall that Vault lists, in order; removed ones are among them.

        A name that is no mall id was put there by hand: it stops nothing, and `doctor`
        names it.

        Raises:
            VaultRefused: the mount is no KV v2.
        """
        names = self.vault.names(f"{self._prefix}/malls")
        if not names:
            self.vault.refuse_unfit()
        return [MallId(name) for name in names if is_mall_id(name)]

    def read_mall(self, mall: MallId, *, version: int | None = None) -> Stored | None:
        """Return the mall's document, or None when Vault has none or it was removed.

        `version` names an older one.

        Raises:
            VaultRefused: the document is damaged, deleted, or another mall's.
        """
        path = self._mall(mall)
        try:
            found = self.vault.read(path, version=version)
        except VaultRefused:
            if self.is_removed(mall):
                return None
            raise
        if found is None:
            return None
        document = MallDocument.parsed(found.data, path)
        if document.mall_id != mall:
            raise VaultRefused(
                f"The Vault document {path} belongs to the mall {document.mall_id}.",
                "Restore its last good version: vault kv rollback. Nothing was overwritten.",
            )
        return Stored(document, found.number, found.written_at, found.read_at)

    def mall(self, mall: MallId) -> Stored:
        """Return the mall's document.

        Raises:
            UsageError: Vault has no such mall, or it was removed.
            VaultRefused: see `read_mall`; or the mount is no KV v2.
        """
        stored = self.read_mall(mall)
        if stored is None:
            self.vault.refuse_unfit()
            self.refuse_removed(mall)
            raise UsageError(
                f"Vault has no mall {mall}.",
                f"Connect it: .venv/bin/python manage.py authorize {mall}",
            )
        return stored

    def write_mall(self, document: MallDocument, *, cas: int) -> Written:
        """Write the document over version `cas`.

        Raises:
            Conflict: somebody wrote first.
        """
        return self.vault.write(
            self._mall(MallId(document.mall_id)), document.vault_data(), cas=cas
        )

    def refuse_unwritable(self, mall: MallId) -> None:
        """Make sure that Vault would take the mall's document now; nothing is written.

        The write names a version that cannot be, so Vault checks everything but keeps
        nothing.

        Raises:
            VaultRefused: our sign-in may not write there.
            VaultAway: Vault does not answer, or is sealed.
        """
        with contextlib.suppress(Conflict):
            self.vault.write(self._mall(mall), {}, cas=NO_VERSION)

    def describe_mall(
        self, document: MallDocument, version: int, fingerprint: str, *, is_removed: bool = False
    ) -> None:
        """Tell the monitor, who may not read the document, what version `version` holds."""
        self.vault.set_metadata(
            self._mall(MallId(document.mall_id)),
            keep_versions=KEPT_VERSIONS,
            custom={
                "version": str(version),
                "generation": str(document.generation),
                "status": REMOVED if is_removed else document.status,
                "issued_at": _rfc3339(document.issued_at),
                "access_expires_at": _rfc3339(document.access_expires_at),
                "refresh_expires_at": _rfc3339(document.refresh_expires_at),
                "fingerprint": fingerprint,
            },
        )

    def mall_metadata(self, mall: MallId) -> KeyMetadata | None:
        """Return what the monitor may see of the mall; None when it was removed."""
        seen = self.vault.metadata(self._mall(mall))
        return None if seen is not None and _was_removed(seen) else seen

    def remove_mall(self, mall: MallId, version: int) -> None:
        """Delete a version of the mall's document, which can be brought back.

        Raises:
            VaultRefused: denied; see `refuse_undeletable`.
        """
        self.vault.delete(self._mall(mall), version)

    def refuse_undeletable(self, mall: MallId) -> None:
        """Raise when our sign-in may not remove a mall; the keeper's may not.

        Raises:
            VaultRefused: says whose may.
        """
        place = f"delete/{self._mall(mall)}"
        if not {"update", "root"} & set(self.vault.capabilities(place)[place]):
            raise VaultRefused(
                f"Vault denies {self.vault.mount}/{place} to this sign-in; nothing was changed.",
                "Remove it with an operator's token (deploy/policies/operator.hcl) as VAULT_TOKEN.",
            )

    def is_removed(self, mall: MallId) -> bool:
        """Tell whether the mall was removed on purpose, and not brought back."""
        seen = self.vault.metadata(self._mall(mall))
        return seen is not None and _was_removed(seen)

    def refuse_removed(self, mall: MallId) -> None:
        """Raise for a mall that was removed on purpose.

        Raises:
            UsageError: says how it comes back.
        """
        seen = self.vault.metadata(self._mall(mall))
        if seen is not None and _was_removed(seen):
            raise UsageError(
                f"The mall {mall} was removed.",
                f"Bring it back: {self.undelete_command(mall, seen.current_version)} && "
                f".venv/bin/python manage.py resume {mall}",
            )

    def undelete_command(self, mall: MallId, version: int) -> str:
        """Return what a person types to bring a removed document back."""
        return f"vault kv undelete -mount={self.vault.mount} -versions={version} {self._mall(mall)}"

    def rollback_command(self, mall: MallId, version: int) -> str:
        """Return what a person types to have an older version of the document again."""
        return f"vault kv rollback -mount={self.vault.mount} -version={version} {self._mall(mall)}"

    def read_access(self, mall: MallId) -> tuple[AccessDocument, int] | None:
        """Return the readers' copy and its version, or None when there is none."""
        path = f"{self._prefix}/access/{mall}"
        version = self.vault.read(path)
        if version is None:
            return None
        return AccessDocument.parsed(version.data, path), version.number

    def publish_access(self, document: MallDocument) -> None:
        """Give readers the access token, unless they have a newer one."""
        mall = MallId(document.mall_id)
        path = f"{self._prefix}/access/{mall}"
        held = self.read_access(mall)
        if held is not None and held[0].generation >= document.generation:
            return
        copy = AccessDocument(
            mall_id=mall,
            lineage=document.lineage,
            generation=document.generation,
            access_token=document.access_token,
            access_expires_at=document.access_expires_at,
        )
        self.vault.write(path, copy.vault_data(), cas=held[1] if held else 0)
        if held is None:
            self.vault.set_metadata(path, keep_versions=KEPT_ACCESS_VERSIONS, custom={})

    def quarantine(self, held: HeldPair) -> None:
        """Set a pair aside that may not replace the one in the mall's document.

        Raises:
            Conflict: somebody else set one aside at the same moment; try again.
        """
        path = f"{self._prefix}/quarantine/{held.mall_id}"
        last = self.vault.read(path)
        self.vault.write(path, held.vault_data(), cas=last.number if last else 0)
        if last is None:
            self.vault.set_metadata(path, keep_versions=KEPT_VERSIONS, custom={})

    def quarantined(self, mall: MallId) -> HeldPair | None:
        """Return the pair that was set aside last, or None."""
        path = f"{self._prefix}/quarantine/{mall}"
        version = self.vault.read(path)
        return None if version is None else HeldPair.parsed(version.data, path)

    def app(self, client_id: str) -> AppDocument:
        """Return the app.

        Raises:
            NeedsPerson: Vault has no such app.
            VaultRefused: it has no secret, is damaged, or is another app's.
        """
        path = f"{self._prefix}/apps/{client_id}"
        version = self.vault.read(path)
        if version is None:
            raise NeedsPerson(
                f"Vault has no app {client_id}.",
                f"Store it: .venv/bin/python manage.py app {client_id} --redirect-uri U --scopes S",
            )
        if not version.data.get("client_secret"):
            raise VaultRefused(
                f"The app {client_id} in Vault ({path}) has no client_secret.",
                f"Store it: .venv/bin/python manage.py app {client_id} --redirect-uri U --scopes S",
            )
        app = AppDocument.parsed(Unshown({"client_id": client_id, **version.data}), path)
        if app.client_id != client_id:
            raise VaultRefused(
                f"The Vault document {path} belongs to the app {app.client_id}.",
                "Restore its last good version: vault kv rollback. Nothing was overwritten.",
            )
        return app

    def app_or_only_one(self, client_id: str | None) -> AppDocument:
        """Return the app that is named, or the one there is.

        Raises:
            UsageError: none is named and Vault has several.
            NeedsPerson: Vault has none.
        """
        if client_id is not None:
            return self.app(client_id)
        names = self.vault.names(f"{self._prefix}/apps")
        if len(names) > 1:
            raise UsageError(
                f"Vault has {len(names)} apps: {', '.join(names[:5])}.", "Name one: --client-id"
            )
        return self.app(names[0] if names else "CLIENT_ID")

    def api_hosts(self, client_id: str) -> list[str]:
        """Return the hosts that an app's tokens may be sent to besides Cafe24's own."""
        version = self.vault.read(f"{self._prefix}/apps/{client_id}")
        return list(version.data.get("api_hosts", [])) if version else []

    def write_app(self, app: AppDocument) -> None:
        """Store the app over whatever was there."""
        path = f"{self._prefix}/apps/{app.client_id}"
        held = self.vault.read(path)
        self.vault.write(path, app.vault_data(), cas=held.number if held else 0)

    def keys(self) -> Keys:
        """Return the project's own keys, which are read when they are first needed."""
        return Keys(self.vault, self._prefix)

    def _mall(self, mall: MallId) -> str:
        return f"{self._prefix}/malls/{mall}"


def _was_removed(seen: KeyMetadata) -> bool:
    return seen.is_deleted and seen.custom.get("status") == REMOVED


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
