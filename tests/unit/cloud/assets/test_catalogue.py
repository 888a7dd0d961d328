"""Registering by itself heeds Ctrl-C; all else is tested through the commands."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.cloud.contract import Marker
from azext_ml_endpoint.document.model import Model
from azext_ml_endpoint.errors import Interrupted
from tests.fakes.cloud_service import simulated_catalogue
from tests.fakes.cloud_world import CloudWorld
from tests.fakes.interrupt import PATIENCE, ctrl_c_when
from tests.fakes.memory_blobs import MemoryBlobs


class SlowBlobs(MemoryBlobs):
    """An upload takes until it is cancelled."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.uploading, self.cancelled = threading.Event(), threading.Event()

    def upload(self, *arguments: Any, **options: Any) -> Marker:
        self.uploading.set()
        assert self.cancelled.wait(PATIENCE)
        return super().upload(*arguments, **options)

    def cancel(self) -> None:
        super().cancel()
        self.cancelled.set()


def test_ctrl_c_ends_the_upload_and_registers_nothing(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_text("a model")
    world = CloudWorld()
    blobs = world.blobs = SlowBlobs(world.storage)
    model = Model(name="prices", path=tmp_path / "model.pkl")
    with (
        ctrl_c_when(lambda: blobs.uploading.wait(PATIENCE)),
        pytest.raises(Interrupted, match="interrupted"),
    ):
        simulated_catalogue(world).create(model)
    assert world.writes() == []
