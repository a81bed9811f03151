"""The project's documents at their places in Vault."""

from dataclasses import dataclass, replace
from datetime import datetime

from cafe24.errors import NeedsPerson, UsageError, VaultRefused
from cafe24.malls import MallId, is_mall_id
from cafe24.tokens.document import AccessDocument, AppDocument, MallDocument
from cafe24.tokens.held import HeldPair
from cafe24.tokens.keys import Keys
from cafe24.vault.kv import KeyMetadata, Vault, Written

KEPT_VERSIONS = 200
KEPT_ACCESS_VERSIONS = 2


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
        """Return every mall that Vault lists, in order.

        A name that is no mall id was put there by hand: it stops nothing, and `doctor`
        names it.
        """
        names = self.vault.names(f"{self._prefix}/malls")
        return [MallId(name) for name in names if is_mall_id(name)]

    def read_mall(self, mall: MallId) -> Stored | None:
        """Return the mall's document, or None when Vault has none.

        Raises:
            VaultRefused: the document is damaged, deleted, or another mall's.
        """
        path = self._mall(mall)
        version = self.vault.read(path)
        if version is None:
            return None
        document = MallDocument.parsed(version.data, path)
        if document.mall_id != mall:
            raise VaultRefused(
                f"The Vault document {path} belongs to the mall {document.mall_id}.",
                "Restore its last good version: vault kv rollback. Nothing was overwritten.",
            )
        return Stored(document, version.number, version.written_at, version.read_at)

    def mall(self, mall: MallId) -> Stored:
        """Return the mall's document.

        Raises:
            UsageError: Vault has no such mall.
            VaultRefused: see `read_mall`.
        """
        stored = self.read_mall(mall)
        if stored is None:
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

    def describe_mall(self, document: MallDocument, version: int, fingerprint: str) -> None:
        """Tell the monitor, who may not read the document, what version `version` holds."""
        self.vault.set_metadata(
            self._mall(MallId(document.mall_id)),
            keep_versions=KEPT_VERSIONS,
            custom={
                "version": str(version),
                "generation": str(document.generation),
                "status": document.status,
                "issued_at": document.issued_at.isoformat(),
                "access_expires_at": document.access_expires_at.isoformat(),
                "refresh_expires_at": document.refresh_expires_at.isoformat(),
                "fingerprint": fingerprint,
            },
        )

    def mall_metadata(self, mall: MallId) -> KeyMetadata | None:
        """Return what the monitor may see of the mall."""
        return self.vault.metadata(self._mall(mall))

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
        """
        path = f"{self._prefix}/apps/{client_id}"
        version = self.vault.read(path)
        if version is None:
            raise NeedsPerson(
                f"Vault has no app {client_id}.",
                f"Store it: .venv/bin/python manage.py app {client_id} --redirect-uri U --scopes S",
            )
        return AppDocument.parsed(version.data, path)

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
