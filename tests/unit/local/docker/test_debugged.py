"""What Docker is asked for where somebody debugs, and how its answers are read then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from azext_ml_endpoint.local.debug.debugger import Debugger
from azext_ml_endpoint.local.docker import container, debugged
from azext_ml_endpoint.local.docker.runtime import DockerRuntime
from azext_ml_endpoint.local.runtime import Instance, InstanceSpec
from tests.fakes.builders import environment
from tests.fakes.memory_engine import MemoryEngine
from tests.fakes.recording_report import RecordingReport

SPEC = InstanceSpec(
    endpoint="houses",
    deployment="blue",
    environment=environment("own-1", image=None, dockerfile="FROM scratch\n"),
    code=Path("/snapshots/123"),
    code_name="onlinescoring",
    entry_script="score.py",
    debugger=Debugger(40404, Path("/home/debuggers/debugpy")),
    record={"debug_port": 40404},
)


def config(*own: str, **variables: str) -> Any:
    image = {"Config": {"Env": list(own)}}
    asked = container.config(replace(SPEC, variables=variables), image, "some-image")
    assert SPEC.debugger
    return debugged.debugged(asked, Path("/home/hook"), SPEC.debugger, image)


def test_its_port_is_this_machines_alone() -> None:
    asked = config()
    bindings = asked["HostConfig"]["PortBindings"]
    assert bindings["5678/tcp"] == [{"HostIp": "127.0.0.1", "HostPort": "40404"}]
    assert asked["ExposedPorts"] == {"5001/tcp": {}, "5678/tcp": {}}


def test_hook_and_debugpy_are_mounted_and_nobody_writes_into_them() -> None:
    mounts = {each["Target"]: each for each in config()["HostConfig"]["Mounts"]}
    assert "/var/azureml-app/onlinescoring" in mounts
    assert {target: mounts[target]["Source"] for target in mounts if "debugger" in target} == {
        "/var/ml-endpoint-debugger": "/home/hook",
        "/var/ml-endpoint-debugger/packages/debugpy": "/home/debuggers/debugpy",
    }
    assert all(each["ReadOnly"] for each in mounts.values())


def test_it_is_found_first_whoever_else_has_a_path() -> None:
    assert "PYTHONPATH=/var/ml-endpoint-debugger" in config()["Env"]
    assert "PYTHONPATH=/var/ml-endpoint-debugger:/image" in config("PYTHONPATH=/image")["Env"]
    both = config("PYTHONPATH=/image", PYTHONPATH="/file")["Env"]
    assert [each for each in both if each.startswith("PYTHONPATH")] == [
        "PYTHONPATH=/var/ml-endpoint-debugger:/file"
    ]


def test_what_runs_is_read_as_if_nobody_debugged_it() -> None:
    known: dict[str, Any] = {"id": "1", "endpoint": "houses", "deployment": "blue"}
    running = Instance(
        **known,
        promoted=True,
        state="running",
        ports={5001: 32771, 5678: 40404},
        variables={"PYTHONPATH": "/var/ml-endpoint-debugger:/file"},
        record={"debug_port": 40404},
    )
    read = debugged.as_without(running)
    assert (read.ports, read.variables) == ({5001: 32771}, {"PYTHONPATH": "/file"})
    other = replace(running, record={})
    assert debugged.as_without(other) == other, "a container may have that port itself"


def test_a_runtime_asks_for_it_and_has_the_code_where_it_says(tmp_path: Path) -> None:
    engine = MemoryEngine()
    runtime = DockerRuntime(engine, RecordingReport(), tmp_path)
    runtime.make_environment(SPEC.environment)
    started = runtime.start(SPEC)
    facts = engine.container(started.id)
    assert facts
    mounts = [each["Target"] for each in facts["HostConfig"]["Mounts"]]
    assert str(runtime.place_of_code("houses", "blue", "onlinescoring")) in mounts
    assert "/var/ml-endpoint-debugger" in mounts
    (hook,) = (tmp_path / "debugger-hooks").iterdir()
    assert (hook / "sitecustomize.py").exists()
