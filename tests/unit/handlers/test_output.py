"""What others have said goes to stdout: harmless to a terminal, byte for byte to a file."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from azext_ml_endpoint.errors import FileAccessError
from azext_ml_endpoint.handlers import output

ENDLESS = """
import itertools
from azext_ml_endpoint.handlers import output
output.stream(f"line {number}" for number in itertools.count())
print("and az goes on")
"""


def test_lines_are_written_as_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    def lines() -> Iterator[str]:
        yield "one"
        assert capsys.readouterr().out == "one\n", "before the next one is asked for"
        yield "two"

    output.stream(lines())
    assert capsys.readouterr().out == "two\n"


def test_ctrl_c_is_a_way_to_say_enough(capsys: pytest.CaptureFixture[str]) -> None:
    def lines() -> Iterator[str]:
        yield "one"
        raise KeyboardInterrupt

    output.stream(lines())
    assert capsys.readouterr() == ("one\n", "")


def test_a_closed_pipe_is_a_way_to_say_enough() -> None:
    program = [sys.executable, "-c", ENDLESS]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == b"line 0\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


# Who reads it

EVIL = "\x1b[2J\u202e::x\r"


class Stdout(io.TextIOWrapper):
    """A terminal, or a file, in an encoding."""

    def __init__(self, encoding: str = "utf-8", is_terminal: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    @property
    def content(self) -> bytes:
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue()


def written(monkeypatch: pytest.MonkeyPatch, stdout: Stdout, write: Callable[[], None]) -> bytes:
    monkeypatch.setattr(sys, "stdout", stdout)
    write()
    return stdout.content


WRITERS: dict[str, Callable[[bytes], None]] = {
    "lines": lambda content: output.stream(
        content.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n")
    ),
    "an answer": lambda content: output.raw(content, "text/plain"),
    "a document": lambda content: output.document(content.decode("utf-8", "surrogateescape")),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize(
    "content",
    [EVIL.encode() + b"\n", b"\xff\xfe\n", b"a\r\nb\n", "h\xe4user \U0001f3e0\n".encode()],
)
def test_a_file_gets_it_byte_for_byte(
    monkeypatch: pytest.MonkeyPatch, write: Callable[[bytes], None], content: bytes
) -> None:
    assert written(monkeypatch, Stdout(), lambda: write(content)) == content


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_terminal_gets_it_harmless(
    monkeypatch: pytest.MonkeyPatch, write: Callable[[bytes], None]
) -> None:
    terminal = Stdout(is_terminal=True)
    shown = written(monkeypatch, terminal, lambda: write(b"::x \x1b[2J \xff\n"))
    assert shown == rb"\x3a:x \x1b[2J \xff" + b"\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "iso8859-5"])
@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_character_that_stdout_does_not_have_is_replaced(
    monkeypatch: pytest.MonkeyPatch, encoding: str, is_terminal: bool
) -> None:
    stdout = Stdout(encoding, is_terminal)
    shown = written(monkeypatch, stdout, lambda: output.stream(["a \u5bb6 b"]))
    assert shown == b"a ? b\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_document_and_an_answer_are_utf_8_whatever_stdout_is(
    monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    for write in (output.document, lambda text: output.raw(text.encode())):
        content = written(monkeypatch, Stdout(encoding), lambda: write("\u5bb6"))  # noqa: B023
        assert content == "\u5bb6".encode()


@pytest.mark.parametrize(
    "write", [lambda: output.stream(["x"]), lambda: output.raw(b"x"), lambda: output.document("x")]
)
def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch, write: Callable[[], None]) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(FileAccessError, match="stdout: No space left on device"):
            write()


def test_nobody_waits_for_what_goes_to_a_stdout_that_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    for write in (lambda: output.stream(["x"]), lambda: output.raw(b"x"), output.flush):
        write()


# Pieces


def pieces(*content: bytes, content_type: str = "") -> Callable[[], None]:
    return lambda: output.pieces(content, content_type)


def test_pieces_are_written_as_they_come(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    def content() -> Iterator[bytes]:
        yield b"\xffone"
        assert capfdbinary.readouterr().out == b"\xffone", "before the next one is asked for"
        yield b"\0two"
        raise KeyboardInterrupt

    output.pieces(content())
    assert capfdbinary.readouterr() == (b"\0two", b"")


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ((b"a", b"b"), b"ab\n"),
        ((b"a\n",), b"a\n"),
        ((), b""),
        ((b"h\xc3", b"\xa4\n"), "h\xe4\n".encode()),
        ((b"a\r", b"\nb\r\n"), b"a\nb\n"),
        ((b"a\r",), b"a\\r\n"),
        ((b"std", b"::vector"), b"std::vector\n"),
        ((b"a\n", b"::add-mask"), b"a\n\\x3a:add-mask\n"),
        ((b"\x1b", b"[2J\n"), b"\\x1b[2J\n"),
    ],
)
def test_a_terminal_gets_a_text_wherever_it_was_cut(
    monkeypatch: pytest.MonkeyPatch, content: tuple[bytes, ...], shown: bytes
) -> None:
    assert written(monkeypatch, Stdout(is_terminal=True), pieces(*content)) == shown


@pytest.mark.parametrize(
    "failure", [ConnectionResetError(104, "reset"), BrokenPipeError(32, "pipe"), OSError("ended")]
)
@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_source_that_fails_is_not_taken_for_stdout(
    monkeypatch: pytest.MonkeyPatch, failure: OSError, is_terminal: bool
) -> None:
    def lines() -> Iterator[str]:
        yield "one"
        raise failure

    for write in (
        lambda: output.stream(lines()),
        lambda: output.pieces(f"{line}\n".encode() for line in lines()),
    ):
        stdout = Stdout(is_terminal=is_terminal)
        with pytest.raises(OSError, match=str(failure.args[-1])) as raised:
            written(monkeypatch, stdout, write)
        assert raised.value is failure
        assert stdout.content == b"one\n"


def test_a_line_that_breaks_off_ends_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    def content() -> Iterator[bytes]:
        yield b"The hou"
        raise ConnectionResetError

    terminal = Stdout(is_terminal=True)
    with pytest.raises(ConnectionResetError):
        written(monkeypatch, terminal, lambda: output.pieces(content()))
    assert terminal.content == b"The hou\n"


def test_a_terminal_gets_a_text_in_its_charset(monkeypatch: pytest.MonkeyPatch) -> None:
    write = pieces(b"Z\xfcrich\n", content_type="text/plain; charset=latin-1")
    assert written(monkeypatch, Stdout(is_terminal=True), write) == "Z\xfcrich\n".encode()


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\0", b"\xff\xd8", b"text\0"])
def test_no_terminal_gets_what_is_no_text(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    terminal = Stdout(is_terminal=True)
    with pytest.raises(FileAccessError, match=r"\(image/png\) is no text") as raised:
        written(monkeypatch, terminal, pieces(b"", content, content_type="image/png"))
    assert "--out" in str(raised.value.recommendation)
    assert terminal.content == b""
    assert written(monkeypatch, Stdout(), pieces(content)) == content
