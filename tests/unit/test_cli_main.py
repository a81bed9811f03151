"""Whoever stops a command is told so in one word, however early it is."""

import importlib

import pytest

from cli.main import main


def test_a_command_that_is_stopped_while_it_loads_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(importlib, "import_module", interrupted)
    assert main(["status"]) == 130
    assert capsys.readouterr().err == "Stopped.\n"
