"""Results that az does not print: what others have said, to stdout.

A terminal gets it harmless, a file or a pipe byte for byte. A character that stdout's encoding
does not have is replaced. A stdout that is closed has nobody who waits for them.
"""

from __future__ import annotations

import codecs
import contextlib
import sys
from collections.abc import Iterable, Iterator

from azext_ml_endpoint import media_types, streams
from azext_ml_endpoint.errors import FileAccessError
from azext_ml_endpoint.harmless import harmless


def stream(lines: Iterable[str]) -> None:
    """Lines as they come. Ctrl-C and a closed pipe are ways to say "enough".

    Bytes that were no text are surrogates in them (PEP 383). Raises FileAccessError where stdout
    takes no more.
    """
    with contextlib.suppress(KeyboardInterrupt, _Enough):
        for line in lines:
            _put(f"{line}\n")


def document(text: str) -> None:
    """A file's content, in the file's own encoding. Raises FileAccessError."""
    with contextlib.suppress(_Enough):
        if _is_terminal():
            _put(text)
        else:
            _put_bytes(text.encode("utf-8", "surrogateescape"))


def raw(content: bytes, content_type: str = "") -> None:
    """As it came. Raises FileAccessError, also for what is no text and would go to a terminal."""
    pieces([content] if content else (), content_type)


def pieces(content: Iterable[bytes], content_type: str = "") -> None:
    """As they come, as :func:`stream` does. Raises FileAccessError as :func:`raw` does.

    A terminal gets a last line that ends.
    """
    put = _Terminal(content_type) if _is_terminal() else _put_bytes
    with contextlib.suppress(KeyboardInterrupt, _Enough):
        try:
            for piece in content:
                put(piece)
        finally:
            if isinstance(put, _Terminal):
                put.end()


class _Enough(Exception):
    """Nobody reads any more. What brings the pieces has failures of its own, which pass."""


class _Terminal:
    """Pieces of a text, wherever it was cut: in a character, in a line, between CR and LF."""

    def __init__(self, content_type: str) -> None:
        self._type = content_type
        charset = media_types.charset(content_type)
        self._decoder = codecs.getincrementaldecoder(charset)("surrogateescape")
        self._held = ""
        self._line_has_begun = False

    def __call__(self, piece: bytes) -> None:
        if not media_types.is_text(self._decoder.getstate()[0] + piece, self._type):
            raise _no_text(self._type)
        self._show(self._held + self._decoder.decode(piece), last=False)

    def end(self) -> None:
        self._show(self._held + self._decoder.decode(b"", final=True), last=True)
        if self._line_has_begun:
            _put_bytes(b"\n")

    def _show(self, text: str, *, last: bool) -> None:
        self._held = "\r" if text.endswith("\r") and not last else ""
        text = text.removesuffix(self._held)
        if not text:
            return
        before = "." if self._line_has_begun else ""  # what only begins a line is harmless in it
        _encoded(harmless(before + text)[len(before) :])
        self._line_has_begun = not text.endswith("\n")


def _no_text(content_type: str) -> FileAccessError:
    what = media_types.essence(content_type) or "of no named type"
    return FileAccessError(
        f"The answer ({what}) is no text, and was not printed: a terminal would obey it.",
        "Write it to a file: --out FILE.",
    )


def _is_terminal() -> bool:
    return bool(sys.stdout and sys.stdout.isatty())


def _put(text: str) -> None:
    _encoded(harmless(text) if _is_terminal() else text)


def _encoded(shown: str) -> None:
    encoding = sys.stdout.encoding or "utf-8" if sys.stdout else "utf-8"
    is_unicode = encoding.lower().replace("-", "").startswith("utf")
    _put_bytes(shown.encode(encoding, "surrogateescape" if is_unicode else "replace"))


def _put_bytes(content: bytes) -> None:
    """Raises _Enough, and FileAccessError as :func:`written`."""
    is_read = False
    with written():
        if sys.stdout:
            sys.stdout.flush()
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        is_read = True
    if not is_read:
        raise _Enough


def flush() -> None:
    if sys.stdout:
        sys.stdout.flush()


@contextlib.contextmanager
def written() -> Iterator[None]:
    """Around what writes to stdout, and nothing else: a connection that breaks is an OSError too.

    A closed pipe is a way to say "enough".
    Raises FileAccessError where stdout takes no more.
    """
    try:
        yield
    except BrokenPipeError:
        streams.let_go(sys.stdout)
    except OSError as error:
        streams.let_go(sys.stdout)
        raise FileAccessError(
            f"stdout: {error.strerror or error}", "Write to where there is room."
        ) from error
