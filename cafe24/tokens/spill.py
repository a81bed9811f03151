"""The second lasting place of a granted pair: a sealed file on this host.

The file is made ready before a token is spent, so that a full or unusable disk is
known while nothing can be lost. It is filled only if Vault does not take the pair at
once, and removed when the pair was read back from Vault.

Format: one line of JSON in clear (format, key version, environment, mall_id, lineage,
generation, parent), which the seal covers too; then a nonce of 12 bytes and the pair
under AES-256-GCM.
"""

import fcntl
import json
import os
import secrets
import stat
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cafe24.errors import SettingsError, SpillUnusable
from cafe24.malls import MallId
from cafe24.secret import Unshown
from cafe24.tokens.held import HeldPair
from cafe24.tokens.keys import Key

SUFFIX = ".spill"
ASIDE = "set-aside"
RESERVED_BYTES = 16 * 1024
LARGEST_BYTES = 1024 * 1024

_FORMAT = 1
_NONCE_BYTES = 12
_HEADER = ("environment", "mall_id", "lineage", "generation", "parent")
_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC


class SpillFolder:
    """This host's spills. The folder is ours alone (0700) and made when it is missing."""

    def __init__(self, folder: Path) -> None:
        self.path = folder

    def prepare(self, mall: MallId, key: Key) -> "Spill":
        """Make a file ready for the mall's next pair; `key` will seal it.

        Raises:
            SettingsError: the folder is not ours alone, cannot be written, or is full.
        """
        try:
            self._check()
            return _made_ready(self.path / f"{mall}.{secrets.token_hex(8)}{SUFFIX}", key)
        except OSError as refusal:
            raise self._unusable(refusal.strerror or "unusable") from None

    def paths(self) -> list[Path]:
        """Return every spill file, also those whose keeper is at work."""
        return sorted(self.path.glob(f"*{SUFFIX}"))

    def kept_aside(self) -> list[Path]:
        """Return the files that were set aside as evidence."""
        return sorted((self.path / ASIDE).glob(f"*{SUFFIX}"))

    def set_aside(self, path: Path) -> Path:
        """Keep a file as evidence, where no drain looks; return where."""
        folder = self.path / ASIDE
        folder.mkdir(mode=0o700, exist_ok=True)
        return path.rename(folder / path.name)

    def _check(self) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = self.path.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise self._unusable("not a folder")
        if found.st_uid != os.geteuid() or rights(found) != stat.S_IRWXU:
            raise self._unusable("it must be this user's alone, with mode 0700")

    def _unusable(self, why: str) -> SettingsError:
        return SettingsError(
            f"Spilled tokens cannot be kept in {self.path}: {why}.",
            "Nothing was spent. Make that folder usable, or set CAFE24_SPILL_DIR to a lasting one.",
        )


class Spill:
    """One spill file, open and locked: empty when it was made ready, or sealed."""

    def __init__(self, path: Path, handle: int, key: Key | None = None) -> None:
        self.path = path
        self._handle = handle
        self._key = key

    def reserve(self) -> bool:
        """Lock the file and take its room on the disk; False when somebody removed it."""
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        os.posix_fallocate(self._handle, 0, RESERVED_BYTES)
        return os.fstat(self._handle).st_nlink > 0

    def seal(self, held: HeldPair) -> None:
        """Write the pair, sealed; afterwards it outlives this process and a power cut.

        The key has been in memory since the file was made ready: Vault is away now.

        Raises:
            OSError: it does not.
        """
        assert self._key is not None
        header = json.dumps(
            {"format": _FORMAT, "key": self._key.version, **held.model_dump(include=set(_HEADER))}
        ).encode()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        clear = json.dumps(held.vault_data()).encode()
        sealed = header + b"\n" + nonce + AESGCM(self._key.secret).encrypt(nonce, clear, header)
        if os.pwrite(self._handle, sealed, 0) != len(sealed):
            raise OSError("the disk took only a part")
        os.ftruncate(self._handle, len(sealed))
        os.fsync(self._handle)
        self._sync_folder()

    @property
    def is_empty(self) -> bool:
        """Whether it was made ready and never sealed."""
        return os.pread(self._handle, 1, 0) in {b"", b"\0"}

    @property
    def key_version(self) -> int:
        """Which version of the spill key seals it.

        Raises:
            SpillUnusable: it is no spill.
        """
        return int(self._parts()[0]["key"])

    def opened(self, secret: bytes) -> HeldPair:
        """Return the pair.

        Raises:
            SpillUnusable: truncated, tampered with, or another file's content.
        """
        fields, header, rest = self._parts()
        try:
            held = HeldPair.parsed(_unsealed(secret, rest, header), str(self.path))
        except (InvalidTag, ValueError):
            raise self._unusable("its seal is broken") from None
        if {name: fields[name] for name in _HEADER} != held.model_dump(include=set(_HEADER)):
            raise self._unusable("its header is another pair's")
        return held

    def remove(self) -> None:
        """Delete the file, whose pair is safe elsewhere or never came; a closed one stays."""
        if self._handle >= 0:
            self.path.unlink(missing_ok=True)
            self.close()

    def close(self) -> None:
        """Let the file go as it is, to whoever drains it."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def _parts(self) -> tuple[dict[str, Any], bytes, bytes]:
        content = os.pread(self._handle, LARGEST_BYTES, 0)
        header, _, rest = content.partition(b"\n")
        try:
            fields = json.loads(header)
            if fields["format"] != _FORMAT or not {"key", *_HEADER} <= fields.keys():
                raise self._unusable("another format")
        except (ValueError, TypeError, KeyError, AttributeError):
            raise self._unusable("truncated, or no spill at all") from None
        return fields, header, rest

    def _unusable(self, why: str) -> SpillUnusable:
        return SpillUnusable(
            f"The spill {self.path} cannot be used: {why}.",
            "If the mall is well, it is of no use any more.",
        )

    def _sync_folder(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def rights(found: os.stat_result) -> int:
    """Return the rights of owner, group and others, such as 0o700.

    Not the bit by which a folder gives its group on: Kubernetes sets it on a volume with
    an fsGroup, and whatever is made there inherits it. It opens nothing to anybody.
    """
    return stat.S_IMODE(found.st_mode) & 0o777


def _unsealed(secret: bytes, rest: bytes, header: bytes) -> Unshown:
    """Return what is sealed. Raises InvalidTag or ValueError."""
    return Unshown(
        json.loads(AESGCM(secret).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], header))
    )


def _made_ready(path: Path, key: Key) -> Spill:
    """Make the file, lock it and take its room on the disk."""
    spill = Spill(path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600), key)
    try:
        if spill.reserve():
            return spill
    except OSError:
        spill.remove()
        raise
    # A drain found the file before its lock was ours, and removed it as a leftover.
    spill.close()
    return _made_ready(path, key)


def left_behind(path: Path) -> Spill | None:
    """Open a spill whose keeper is gone; None when it still lives, or the file is gone too.

    Raises:
        SpillUnusable: it is a symbolic link, or not ours to read.
    """
    try:
        handle = os.open(path, os.O_RDWR | _FLAGS)
    except FileNotFoundError:
        return None
    except OSError as refusal:
        raise SpillUnusable(
            f"The spill {path} cannot be opened: {refusal.strerror}.",
            "A spill is a plain file of this user.",
        ) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return Spill(path, handle)
