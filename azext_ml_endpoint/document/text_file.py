"""Text files as people leave them: missing, unreadable, huge, or in another encoding."""

from __future__ import annotations

import codecs
import difflib
import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 1024 * 1024


class Unreadable(Exception):
    """``message`` completes a sentence that begins with the file: "does not exist".

    ``line`` and ``column`` count from 1: where in the text to look. They are 0 where there is no
    text to look at, because the file is not there or cannot be opened.
    """

    def __init__(
        self, message: str, hint: str | None = None, *, line: int = 0, column: int = 0
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.line = line
        self.column = column


@dataclass(frozen=True)
class TextFile:
    """A file as it was when it was read: its text, or why there is none.

    name: as somebody wrote it. digest: the SHA-256 of its bytes, None where there is no text.
    """

    name: str
    content: str | Unreadable
    digest: str | None = None

    @classmethod
    def open(cls, path: str | Path) -> TextFile:
        try:
            text, data = _read(Path(path))
        except Unreadable as why:
            return cls(str(path), why)
        return cls(str(path), text, hashlib.sha256(data).hexdigest())

    @property
    def text(self) -> str:
        """Raises Unreadable."""
        if isinstance(self.content, Unreadable):
            raise self.content
        return self.content


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, or in UTF-16 with a byte order mark.

    Raises Unreadable, also for more than MAX_BYTES, and for what is no regular file: a pipe would
    be waited for, a device has no end.
    """
    return _read(path)[0]


def _read(path: Path) -> tuple[str, bytes]:
    """The text, and the bytes it was read from."""
    try:
        data = _bytes(path)
        return _decoded(data), data
    except FileNotFoundError:
        raise Unreadable("does not exist", _where_it_may_be(path)) from None
    except PermissionError:
        raise Unreadable("may not be read: permission denied") from None
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise _not_text(error) from None
    except ValueError:
        raise Unreadable("cannot be the name of a file") from None


def _bytes(path: Path) -> bytes:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise Unreadable("is a folder, not a file")
    if not stat.S_ISREG(mode):
        raise Unreadable("is no regular file", "Give a file: pipes and devices are not read.")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Unreadable("is larger than 1 MiB", line=1, column=1)
    return data


def _decoded(data: bytes) -> str:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if wide else "utf-8-sig")


def _not_text(error: UnicodeDecodeError) -> Unreadable:
    if error.encoding.startswith("utf-16"):
        message = "begins as UTF-16 and does not go on so"
        return Unreadable(message, "Save the file as UTF-8.", line=1, column=1)
    before = error.object[: error.start].decode("utf-8")
    return Unreadable(
        f"is not UTF-8 text: byte 0x{error.object[error.start]:02x}",
        "Save the file as UTF-8.",
        line=before.count("\n") + 1,
        column=len(before) - before.rfind("\n"),
    )


def _where_it_may_be(path: Path) -> str | None:
    if not path.parent.is_dir():
        return f"There is no folder '{path.parent}'."
    try:
        names = [sibling.name for sibling in path.parent.iterdir()]
    except OSError:
        return None
    similar = difflib.get_close_matches(path.name, names, n=1)
    return f"Did you mean '{similar[0]}'?" if similar else None
