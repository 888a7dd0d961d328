"""What a command reads, and whom it asks."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from azext_ml_endpoint.errors import FileAccessError, UsageError
from azext_ml_endpoint.handlers import session


class Stdin(io.TextIOWrapper):
    def __init__(self, content: bytes, is_terminal: bool = False) -> None:
        super().__init__(io.BytesIO(content), "utf-8")
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def test_a_request_comes_from_stdin_byte_for_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(b"\xff\0\r\n"))
    assert session.request(None, "-", "x").body == b"\xff\0\r\n"


def test_without_stdin_there_is_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="stdin, which is closed"):
        session.request(None, "-", "x")


def test_a_request_has_a_limit_wherever_it_comes_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(session, "MOST_BYTES", 1024**2)
    most = b"x" * 1024**2
    (tmp_path / "most").write_bytes(most)
    assert session.request(str(tmp_path / "most"), None, "x").body == most
    (tmp_path / "more").write_bytes(most + b"x")
    for file in (str(tmp_path / "more"), "/dev/zero"):
        with pytest.raises(FileAccessError, match="has more than 1 MiB"):
            session.request(file, None, "x")
    monkeypatch.setattr(sys, "stdin", Stdin(most + b"x"))
    with pytest.raises(FileAccessError, match="stdin has more than 1 MiB"):
        session.request(None, "-", "x")


@pytest.mark.parametrize("stdin", [None, Stdin(b"y\n"), Stdin(b"", is_terminal=True)])
def test_where_nobody_can_be_asked_nothing_is_agreed(
    monkeypatch: pytest.MonkeyPatch, stdin: Stdin | None
) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(UsageError, match="Nobody can be asked here") as raised:
        session.agreed("Delete it?")
    assert "--yes" in str(raised.value.recommendation)


def test_who_is_asked_is_asked_on_stderr_and_harmlessly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(b"y\n", is_terminal=True))
    assert session.agreed("Delete \x1b[2J?")
    out, err = capsys.readouterr()
    assert out == "" and r"Delete \x1b[2J?" in err


@pytest.mark.parametrize(
    ("name", "said", "content_type"),
    [
        ("cat.png", None, "image/png"),
        ("cat.png", "image/x-cat", "image/x-cat"),
        ("request", None, "application/json"),
    ],
)
def test_the_content_type_follows_the_files_name_where_none_is_given(
    tmp_path: Path, name: str, said: str | None, content_type: str
) -> None:
    (tmp_path / name).write_bytes(b"{}")
    assert session.request(str(tmp_path / name), None, said).content_type == content_type
    assert session.request(None, "{}").content_type == "application/json"
