"""The programs that judge deploy/'s files, where they are installed."""

import os
import shutil
import sys
from pathlib import Path

import pytest

INSTALL = ".venv/bin/uv pip install --require-hashes -r requirements-deploy.lock"


def deploy_program(name: str) -> str:
    """Return where the program is; without it the test is skipped, or fails in .ci/run."""
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    program = shutil.which(name, path=beside)
    if program is None:
        said = f"NOT TESTED: deploy/'s files by {name}, which is not here. Run: {INSTALL}"
        (pytest.fail if os.environ.get("REQUIRE_DEPLOY") else pytest.skip)(said)
    return program
