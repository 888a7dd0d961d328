"""How a server is started; what it does then is in the integration tests."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from azext_ml_endpoint.errors import StartError
from azext_ml_endpoint.local.process import server, supervisor

SAYS_ITS_SESSION = "import os, pathlib; pathlib.Path('session').write_text(str(os.getsid(0)))"


def launched(folder: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "program.py").write_text(program)
    monkeypatch.setattr(supervisor, "__file__", str(folder / "program.py"))
    with socket.socket() as listener:
        server.launch(folder, [], {}, listener)


def test_a_terminals_ctrl_c_reaches_none_of_what_starts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel sends it to the terminal's own session only."""
    launched(tmp_path, SAYS_ITS_SESSION, monkeypatch)
    assert int((tmp_path / "session").read_text()) != os.getsid(0)


def test_what_could_not_start_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StartError, match="could not be started"):
        launched(tmp_path, "raise SystemExit(3)", monkeypatch)
