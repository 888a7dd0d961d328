"""Text files as people leave them: missing, unreadable, huge, or in another encoding."""

from __future__ import annotations

import codecs
import difflib
from pathlib import Path

MAX_BYTES = 1024 * 1024


class Unreadable(Exception):
    """``message`` completes a sentence that begins with the file: "does not exist".

    ``line`` and ``column`` count from 1, and are 0 where the whole file is meant.
    """

    def __init__(
        self, message: str, hint: str | None = None, *, line: int = 0, column: int = 0
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.line = line
        self.column = column


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, or in UTF-16 with a byte order mark.

    Raises Unreadable, also for more than MAX_BYTES.
    """
    try:
        return _decoded(_bytes(path))
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
    if path.is_dir():
        raise Unreadable("is a folder, not a file")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Unreadable("is larger than 1 MiB")
    return data


def _decoded(data: bytes) -> str:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if wide else "utf-8-sig")


def _not_text(error: UnicodeDecodeError) -> Unreadable:
    if error.encoding.startswith("utf-16"):
        return Unreadable("begins as UTF-16 and does not go on so", "Save the file as UTF-8.")
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
