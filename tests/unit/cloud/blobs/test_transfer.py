"""Blocks and their ids."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.cloud.blobs.transfer import (
    BLOCK,
    ID_LENGTH,
    MAX_BLOCKS,
    MIB,
    Piece,
    Present,
    block_length,
    finished,
)
from azext_ml_endpoint.cloud.contract import Marker
from azext_ml_endpoint.content.tree import SourceFile


def piece(size: int, modified: int = 1) -> Piece:
    return Piece(SourceFile("f", Path("f"), size), "at/f", modified)


@pytest.mark.parametrize("size", [1, BLOCK - 1, BLOCK, BLOCK + 1, 10 * BLOCK + 7])
def test_blocks_cover_the_file_once(size: int) -> None:
    at = 0
    for block in piece(size).blocks():
        assert block.offset == at
        assert 0 < block.length <= BLOCK
        at += block.length
    assert at == size


def test_no_file_has_more_blocks_than_storage_takes() -> None:
    terabyte = 1 << 40
    assert block_length(terabyte) * MAX_BLOCKS >= terabyte
    assert block_length(terabyte) % MIB == 0
    assert block_length(100 * MIB) == BLOCK


def test_ids_are_of_one_length_and_tell_places_and_states_apart() -> None:
    states = [piece(3 * BLOCK), piece(3 * BLOCK, modified=2), piece(3 * BLOCK + 1)]
    ids = [block.id for each in states for block in each.blocks()]
    assert {len(each) for each in ids} == {ID_LENGTH}
    assert len(set(ids)) == len(ids) == 3 + 3 + 4


def test_ids_are_the_same_in_the_next_run() -> None:
    assert list(piece(3 * BLOCK).blocks()) == list(piece(3 * BLOCK).blocks())


def test_only_the_whole_confirmation_is_a_marker() -> None:
    confirmed = {"upload_status": "completed", "name": "m", "version": "1"}
    assert finished(Present(1, confirmed)) == Marker(name="m", version="1")
    assert finished(Present(1, {**confirmed, "upload_status": "started"})) is None
    assert finished(Present(1, {})) is None
    assert finished(None) is None
