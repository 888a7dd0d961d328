"""Files that must last, whole or not at all; and the folder that a command stands in.

A file is written under another name, flushed to the disk, and renamed: a machine that loses its
power, a disk that is full and a reader at the same moment meet the old content or the new one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path
from typing import IO, BinaryIO

from azext_ml_endpoint.errors import FileAccessError

_OWNER_FILE, _OWNER_FOLDER, _ANYBODY = 0o600, 0o700, 0o666
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def put(path: Path, content: str | bytes, *, private: bool = True, advice: str = "") -> None:
    """Text goes out as UTF-8; bytes that were read as surrogates (PEP 383) are bytes again.

    private: only its owner may read the file, and enter the folders that are made for it. Where
    not, the folder must be there, and a file that is there keeps its mode.
    advice: the next step where the cause says none.
    What is no regular file, such as ``/dev/stdout`` or a pipe, is written into.
    Raises FileAccessError.
    """
    data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
    try:
        target = Path(os.path.realpath(path))
        if private:
            make_folder(target.parent)
        if _is_special(path):  # by its own name: what /dev/stdout leads to may have none
            path.write_bytes(data)
        else:
            _replace(target, data, _OWNER_FILE if private else _mode(target))
    except (OSError, ValueError) as error:
        raise failure(error, path, advice) from error


def read(path: Path, most: int, advice: str = "") -> bytes:
    """advice: the next step where it cannot be read.

    Raises FileAccessError, also for more than ``most`` bytes, which may be without end.
    """
    try:
        with path.open("rb") as file:
            return limited(file, most, str(path))
    except (OSError, ValueError) as error:
        raise failure(error, path, advice) from error


def own(path: Path) -> BinaryIO:
    """A file that is ours: what is none, such as a pipe, would be waited for without end.

    Raises OSError.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is no regular file", str(path))


def read_own(path: Path) -> bytes:
    """Likewise."""
    with own(path) as file:
        return file.read()


def limited(stream: IO[bytes], most: int, name: str) -> bytes:
    """name: the stream's, for people. Raises FileAccessError for more than ``most`` bytes."""
    content = stream.read(most + 1)
    if len(content) > most:
        raise FileAccessError(
            f"{name} has more than {most // 1024**2} MiB, and no more is taken.", "Give less."
        )
    return content


def flush(path: Path) -> None:
    """What was written to a file, or the names in a folder, is on the disk then. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """And those above it that are missing, for its owner alone. Raises OSError."""
    if not folder.exists():
        make_folder(folder.parent)
    folder.mkdir(_OWNER_FOLDER, exist_ok=True)


def failure(error: OSError | ValueError, path: Path, advice: str = "") -> FileAccessError:
    """For a file that could not be read or written. advice: where the cause says no next step."""
    code = error.errno if isinstance(error, OSError) else None
    file = (error.filename if isinstance(error, OSError) else None) or path
    why = (error.strerror if isinstance(error, OSError) else None) or str(error)
    if str(file).endswith(_DRAFT):
        file = path
    if code in _FULL:
        advice = "Make room on the disk."
    elif code in _REFUSED:
        advice = advice or "Make the file and its folder accessible."
    return FileAccessError(f"{file}: {why}", advice or None)


def working_folder() -> Path:
    """Raises FileAccessError where somebody has deleted it."""
    try:
        return Path.cwd()
    except OSError as error:
        raise FileAccessError(
            "The working folder is gone: somebody has deleted or moved it.",
            "Go to a folder that is there (cd), then run the command again.",
        ) from error


def absolute(path: str | Path) -> Path:
    """Without following links. Raises FileAccessError."""
    return Path(path) if Path(path).is_absolute() else working_folder() / path


_DRAFT = ".new"


def _replace(target: Path, data: bytes, mode: int) -> None:
    draft = target.parent / f".{secrets.token_hex(8)}{_DRAFT}"
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            if mode != _ANYBODY:
                draft.chmod(mode)  # whatever the umask says
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    with contextlib.suppress(OSError):  # Windows cannot open folders, some systems flush none
        flush(target.parent)


def _is_special(target: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return not stat.S_ISREG(target.stat().st_mode)
    return False


def _mode(target: Path) -> int:
    """Of a file that is there; else what the user's umask leaves."""
    with contextlib.suppress(OSError):
        return stat.S_IMODE(target.stat().st_mode)
    return _ANYBODY
