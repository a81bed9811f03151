"""This host: the folder that spilled tokens lie in."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from cafe24.checkup.finding import Finding, Patient, ok, warning, wrong
from cafe24.errors import SettingsError
from cafe24.tokens.spill import SpillFolder, rights

DRAIN = "Run: .venv/bin/python manage.py drain"
PASSING = ("/tmp", "/var/tmp", "/dev/shm", "/run")  # noqa: S108 - what is refused here
FORGETFUL = frozenset({"tmpfs", "ramfs", "overlay", "aufs"})


def check_spill_folder(patient: Patient) -> Iterator[Finding]:
    """Look whether a spilled pair would be safe, and whether any is waiting."""
    folder = patient.settings.spill_dir.absolute()
    yield _usable(folder)
    yield from _held(SpillFolder(folder))


def _usable(folder: Path) -> Finding:
    standing = next(one for one in (folder, *folder.parents) if one.exists())
    if not folder.exists():
        if not os.access(standing, os.W_OK | os.X_OK):
            return _bad(folder, f"it is not there, and {standing} cannot be written")
    elif (flaw := _flaw(folder)) is not None:
        return _bad(folder, flaw)
    passing = _passing(standing.resolve())
    if passing is not None:
        return warning(
            "spill folder",
            f"{folder} does not outlive a restart: {passing}.",
            "Set CAFE24_SPILL_DIR to a folder on a lasting disk; in a container, on a volume.",
        )
    return ok(
        "spill folder", f"{folder} is lasting" + ("" if folder.exists() else ", made when needed")
    )


def _flaw(folder: Path) -> str | None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        return "it is no folder"
    if found.st_uid != os.geteuid():
        return "it is another user's"
    if rights(found) != stat.S_IRWXU:
        return f"its mode is {rights(found):04o}, not 0700"
    # A mode says nothing of a disk that is mounted read-only.
    return None if os.access(folder, os.W_OK | os.X_OK) else "it cannot be written"


def _passing(folder: Path) -> str | None:
    """Return why what is put there does not last; None when it does."""
    under = next((place for place in PASSING if folder.is_relative_to(place)), None)
    if under is not None:
        return f"it is under {under}"
    kind = _filesystem(folder)
    return f"its disk is a {kind}" if kind in FORGETFUL else None


def _filesystem(folder: Path) -> str | None:
    """Return the kind of disk the folder is on; None where the system does not tell."""
    table = Path("/proc/self/mounts")
    if not table.is_file():
        return None
    lines = [line.split() for line in table.read_text(encoding="utf-8").splitlines()]
    mounts = [(Path(place), kind) for _device, place, kind, *_rest in lines]
    above = [(place, kind) for place, kind in mounts if folder.is_relative_to(place)]
    # Of two mounts at one place the later one is seen.
    return max(enumerate(above), key=lambda one: (len(one[1][0].parts), one[0]))[1][1]


def _held(spills: SpillFolder) -> Iterator[Finding]:
    waiting, aside = spills.paths(), spills.kept_aside()
    if waiting:
        yield warning("spills", f"{len(waiting)} wait, or are in use right now.", DRAIN)
    if aside:
        yield warning(
            "spills",
            f"{len(aside)} were set aside in {aside[0].parent}.",
            "If their malls are well, delete them; else ask who else refreshes these malls.",
        )
    if not waiting and not aside:
        yield ok("spills", "none is waiting")


def _bad(folder: Path, flaw: str) -> Finding:
    return wrong(
        "spill folder",
        f"{folder} cannot keep spilled tokens: {flaw}.",
        "Make it this user's alone, with mode 0700, or set CAFE24_SPILL_DIR to such a folder.",
        SettingsError.exit_code,
    )
