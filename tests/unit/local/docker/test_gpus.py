"""GPUs of containers: as ``docker run --gpus`` asks for them, and as the daemon tells of them."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.local.docker import gpus


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("all", {"Count": -1}),
        ("2", {"Count": 2}),
        ("device=0,GPU-1a", {"Count": 0, "DeviceIDs": ["0", "GPU-1a"]}),
    ],
)
def test_they_are_requests_for_devices(said: str, asked: dict[str, object]) -> None:
    (request,) = gpus.requests(said)
    assert request == {"Driver": "", "Capabilities": [["gpu"]], "Options": {}, **asked}
    assert gpus.of({"HostConfig": {"DeviceRequests": [request]}}) == said


def test_none_asks_for_none() -> None:
    assert gpus.requests("none") == []
    assert gpus.of({"HostConfig": {"DeviceRequests": None}}) == "none"
    assert gpus.of({"HostConfig": {}}) == "none"


def test_other_devices_are_no_gpus() -> None:
    others = [{"Driver": "cdi", "Capabilities": [["fpga"]], "Count": 1}]
    assert gpus.of({"HostConfig": {"DeviceRequests": others}}) == "none"
