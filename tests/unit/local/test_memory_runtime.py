"""The stand-in keeps the promises that the real runtimes keep."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.local.readiness import Probe
from azext_ml_endpoint.local.runtime import InstanceSpec
from tests.fakes.builders import environment
from tests.fakes.memory_runtime import Behaviour, MemoryRuntime
from tests.fakes.runtime_contract import RuntimeContract


class TestMemoryRuntime(RuntimeContract):
    @pytest.fixture
    def runtime(self) -> MemoryRuntime:
        runtime = MemoryRuntime()
        runtime.behaviours["blue"] = Behaviour(log=("one", "two"), ready_after=1)
        return runtime

    @pytest.fixture
    def spec(self) -> InstanceSpec:
        return InstanceSpec(
            endpoint="houses",
            deployment="blue",
            environment=environment(),
            variables={"COLOUR": "blue"},
            record={"code_folder": "/work/onlinescoring"},
        )

    @pytest.fixture
    def probe(self, runtime: MemoryRuntime) -> Probe:
        return runtime.probe
