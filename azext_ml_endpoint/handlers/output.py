"""Results that az does not print: what others have said, to stdout.

A terminal gets it harmless, a file or a pipe byte for byte. A character that stdout's encoding
does not have is replaced. A stdout that is closed has nobody who waits for them.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator

from azext_ml_endpoint import streams
from azext_ml_endpoint.errors import FileAccessError
from azext_ml_endpoint.harmless import harmless


def stream(lines: Iterable[str]) -> None:
    """Lines as they come. Ctrl-C and a closed pipe are ways to say "enough".

    Bytes that were no text are surrogates in them (PEP 383). Raises FileAccessError where stdout
    takes no more.
    """
    with written(), contextlib.suppress(KeyboardInterrupt):
        for line in lines:
            _put(f"{line}\n")


def document(text: str) -> None:
    """A file's content, in the file's own encoding. Raises FileAccessError."""
    with written():
        if _is_terminal():
            _put(text)
        else:
            _put_bytes(text.encode("utf-8", "surrogateescape"))


def raw(content: bytes) -> None:
    """As it came. Raises FileAccessError."""
    with written():
        if not _is_terminal():
            _put_bytes(content)
        elif content:
            _put(content.decode("utf-8", "surrogateescape").removesuffix("\n") + "\n")


def _is_terminal() -> bool:
    return bool(sys.stdout and sys.stdout.isatty())


def _put(text: str) -> None:
    shown = harmless(text) if _is_terminal() else text
    encoding = sys.stdout.encoding or "utf-8" if sys.stdout else "utf-8"
    is_unicode = encoding.lower().replace("-", "").startswith("utf")
    _put_bytes(shown.encode(encoding, "surrogateescape" if is_unicode else "replace"))


def _put_bytes(content: bytes) -> None:
    if sys.stdout:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def flush() -> None:
    if sys.stdout:
        sys.stdout.flush()


@contextlib.contextmanager
def written() -> Iterator[None]:
    """Around what writes to stdout. A closed pipe is a way to say "enough".

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
