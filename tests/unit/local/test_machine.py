"""What of this machine processes can be given."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.errors import UnsupportedError
from azext_ml_endpoint.local.machine import ANY, Machine, require_processes


@pytest.mark.parametrize("machine", [ANY, Machine(gpus="all")])
def test_processes_see_all_gpus(machine: Machine) -> None:
    require_processes(machine)


@pytest.mark.parametrize(
    ("machine", "message"),
    [
        (Machine(gpus="1"), "--gpus 1: .* see all GPUs"),
        (Machine(gpus="none"), "--gpus none"),
        (Machine(platform="linux/arm64"), "--platform linux/arm64"),
    ],
)
def test_more_is_for_docker(machine: Machine, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message) as refused:
        require_processes(machine)
    assert "--runtime docker" in str(refused.value.recommendation)
