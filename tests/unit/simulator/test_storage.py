"""Storage in memory."""

from __future__ import annotations

import pytest

from tests.simulator.storage import MemoryStorage


@pytest.mark.parametrize(
    ("path", "there"),
    [("a", True), ("a/b", True), ("a/b.txt", True), ("a/b.t", False), ("", True), ("c", False)],
)
def test_a_path_exists_as_a_blob_or_above_one(path: str, there: bool) -> None:
    storage = MemoryStorage()
    storage.blobs = {("one", "a/b.txt"): (b"", {}), ("one", "a/b/c"): (b"", {})}
    assert storage.exists("one", path) is there
    assert storage.exists("two", path) is False
