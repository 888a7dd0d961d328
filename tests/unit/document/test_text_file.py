from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from azext_ml_endpoint.document.text_file import MAX_BYTES, Unreadable, read_text


def _refusal(path: Path) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read_text(path)
    return caught.value


def _written(folder: Path, data: bytes) -> Path:
    path = folder / "endpoint.yml"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_is_the_same_in_each_encoding_that_an_editor_may_have_chosen(
    tmp_path: Path, encoding: str
) -> None:
    assert read_text(_written(tmp_path, "name: zoë".encode(encoding))) == "name: zoë"


def test_a_missing_file_suggests_a_similar_name_beside_it(tmp_path: Path) -> None:
    _written(tmp_path, b"")
    why = _refusal(tmp_path / "endpiont.yaml")
    assert (why.message, why.hint) == ("does not exist", "Did you mean 'endpoint.yml'?")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    why = _refusal(tmp_path / "no" / "endpoint.yml")
    assert why.hint == f"There is no folder '{tmp_path / 'no'}'."


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert _refusal(tmp_path).message == "is a folder, not a file"


def test_a_file_below_a_file_cannot_be_read(tmp_path: Path) -> None:
    path = _written(tmp_path, b"")
    assert _refusal(path / "inner.yml").message == "cannot be read: Not a directory"


class _Locked(type(Path())):  # type: ignore[misc]
    """A file that may not be opened: for root there is none on disk."""

    def open(self, *_: object, **__: object) -> object:
        raise PermissionError(13, "Permission denied")


def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    _written(tmp_path, b"")
    assert (
        _refusal(_Locked(tmp_path / "endpoint.yml")).message == "may not be read: permission denied"
    )


def test_a_name_with_a_nul_is_no_name_of_a_file() -> None:
    assert _refusal(Path("a\0b")).message == "cannot be the name of a file"


def test_one_mebibyte_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    path = _written(tmp_path, b"x" * MAX_BYTES)
    assert len(read_text(path)) == MAX_BYTES
    path.write_bytes(b"x" * (MAX_BYTES + 1))
    why = _refusal(path)
    assert (why.message, why.line, why.column) == ("is larger than 1 MiB", 1, 1)


def test_a_byte_that_is_not_utf_8_is_found_by_line_and_column(tmp_path: Path) -> None:
    why = _refusal(_written(tmp_path, "name: x\ndescription: é, caf".encode() + b"\xe9\n"))
    assert why.message == "is not UTF-8 text: byte 0xe9"
    assert (why.line, why.column) == (2, 20)
    assert why.hint == "Save the file as UTF-8."


def test_half_a_character_of_utf_16_is_refused(tmp_path: Path) -> None:
    why = _refusal(_written(tmp_path, b"\xff\xfea"))
    assert why.message.startswith("begins as UTF-16")
    assert (why.line, why.column) == (1, 1)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def _link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [_pipe, _socket, _link_to_a_device])
def test_what_is_no_regular_file_is_not_opened(
    tmp_path: Path, make: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    make(Path("e.yml"))
    assert _refusal(Path("e.yml")).message == "is no regular file"
