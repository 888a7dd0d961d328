"""One endpoint that is damaged is told of and can be deleted; all the others work."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document.model import (
    Code,
    Endpoint,
    Environment,
    Model,
    Probe,
    ScaleSettings,
)
from azext_ml_endpoint.errors import EndpointError, NotFoundError
from azext_ml_endpoint.local import records
from azext_ml_endpoint.local.docker.runtime import DockerRuntime
from azext_ml_endpoint.local.process.runtime import ProcessRuntime
from azext_ml_endpoint.local.process.state import Remembered, State, new_id
from azext_ml_endpoint.local.records import DamagedError
from azext_ml_endpoint.local.remembered import remember
from azext_ml_endpoint.local.runtime import EndpointRecord, InstanceSpec, Runtime
from azext_ml_endpoint.local.service import LocalService
from azext_ml_endpoint.local.simulating import SimulatingDriver
from azext_ml_endpoint.scoring import Request
from tests.fakes.builders import OWN_ROUTES, deployment, endpoint, environment, write_files
from tests.fakes.listed import listed
from tests.fakes.memory_engine import MemoryEngine
from tests.fakes.recording_report import RecordingReport

OWN = environment("own-1", image=None, dockerfile="FROM scratch\n", inference_config=OWN_ROUTES)
Damage = Callable[[Path, MemoryEngine], object]


@pytest.fixture
def report() -> RecordingReport:
    return RecordingReport()


@pytest.fixture
def engine() -> MemoryEngine:
    return MemoryEngine()


def processes(home: Path, report: RecordingReport) -> Runtime:
    """Two endpoints with a deployment each, whose servers have ended."""
    runtime, state = ProcessRuntime(report, home), State(home)
    for name in ("Houses", "flats"):
        runtime.put_endpoint(EndpointRecord(name=name, properties={"traffic": {"blue": 100}}))
        known: dict[str, Any] = {"endpoint": name, "deployment": "blue", "started_at": "2026-01-01"}
        one = Remembered(id=new_id(name, "blue"), environment="e", port=5001, **known)
        state.remember(one)
        state.promote(name, "blue", one.id)
    return runtime


def containers(home: Path, report: RecordingReport, engine: MemoryEngine) -> Runtime:
    """Two endpoints with a deployment each."""
    runtime = DockerRuntime(engine, report, home)
    runtime.make_environment(OWN)
    for name in ("Houses", "flats"):
        runtime.put_endpoint(EndpointRecord(name=name, properties={"traffic": {"blue": 100}}))
        spec = InstanceSpec(endpoint=name, deployment="blue", environment=OWN, record={})
        runtime.promote(runtime.start(spec), ())
    return runtime


def service(runtime: Runtime, report: RecordingReport, home: Path) -> LocalService:
    return LocalService(SimulatingDriver(runtime, report, home), report)


def file_of(home: Path, pattern: str) -> Path:
    (found,) = home.glob(pattern)
    return found


def relabelled(things: dict[str, Any], nth: int, label: str) -> None:
    thing = list(things.values())[nth]
    (thing.get("Config") or thing)["Labels"][label] = "{"


OF_PROCESSES: dict[str, Damage] = {
    "not UTF-8": lambda home, _: file_of(home, "*/houses.json").write_bytes(b"\xff"),
    "wrong types": lambda home, _: file_of(home, "*/houses.json").write_text(
        json.dumps({"name": "Houses", "properties": {"traffic": []}})
    ),
    "another name": lambda home, _: file_of(home, "*/houses.json").write_text('{"name": "x"}'),
    "empty": lambda home, _: file_of(home, "*/houses.json").write_text(""),
}
OF_CONTAINERS: dict[str, Damage] = {
    "a label": lambda _, engine: relabelled(engine.kept, 0, "ml-endpoint.record"),
}


@pytest.mark.parametrize("damage", [*OF_PROCESSES, *OF_CONTAINERS])
def test_a_damaged_endpoint_is_told_of_and_deleted_and_the_other_works(
    tmp_path: Path, report: RecordingReport, engine: MemoryEngine, damage: str
) -> None:
    is_process = damage in OF_PROCESSES
    runtime = processes(tmp_path, report) if is_process else containers(tmp_path, report, engine)
    {**OF_PROCESSES, **OF_CONTAINERS}[damage](tmp_path, engine)
    local = service(runtime, report, tmp_path)

    assert listed(runtime, report) == ["flats"]
    (warning,) = report.warnings
    assert "houses" in warning.lower() and " delete --local -n " in warning
    assert local.show("flats")["deployments"][0]["name"] == "blue"
    for use in (local.show, local.document, local.exported, local.tenancy, local.observe):
        with pytest.raises(DamagedError) as raised:
            use("houses")
        assert "delete --local -n" in str(raised.value.recommendation)
    with pytest.raises(DamagedError):
        local.create(Endpoint(name="Houses"))
    with pytest.raises(DamagedError):
        local.delete("houses", "blue")

    local.delete("HOUSES", None)
    assert [each.name for each in runtime.endpoints()] == ["flats"]
    assert [each.endpoint for each in runtime.instances()] == ["flats"]
    local.delete("flats", None)
    assert not runtime.instances() and not runtime.endpoints()


DEPLOYMENTS: dict[str, Damage] = {
    "instance.json, not UTF-8": lambda home, _: file_of(
        home, "*/houses.blue.*/instance.json"
    ).write_bytes(b"\xff"),
    "instance.json, other types": lambda home, _: file_of(
        home, "*/houses.blue.*/instance.json"
    ).write_text('{"record": 1}'),
    "who is promoted": lambda home, _: (home / "processes/houses.blue").write_text("{"),
    "a record": lambda _, engine: relabelled(engine.boxes, 0, "ml-endpoint.record"),
    "the variables": lambda _, engine: relabelled(engine.boxes, 0, "ml-endpoint.variables"),
}


@pytest.mark.parametrize("damage", DEPLOYMENTS)
def test_a_damaged_deployment_is_told_of_and_deleted_and_the_others_work(
    tmp_path: Path, report: RecordingReport, engine: MemoryEngine, damage: str
) -> None:
    is_process = damage in list(DEPLOYMENTS)[:3]
    runtime = processes(tmp_path, report) if is_process else containers(tmp_path, report, engine)
    DEPLOYMENTS[damage](tmp_path, engine)
    local = service(runtime, report, tmp_path)

    assert set(listed(runtime, report)) == {"Houses", "flats"}
    (warning,) = report.warnings
    assert "houses" in warning.lower() and "-d blue --yes" in warning
    (shown,) = local.show("houses")["deployments"]
    assert shown["provisioning_state"] == "Failed" and "damaged" in shown["last_error"]
    assert local.document("houses")["name"] == "Houses"
    assert local.tenancy("houses").tenants[0].name == "blue"
    (flats,) = local.show("flats")["deployments"]
    assert "damaged" not in str(flats["last_error"])

    local.delete("houses", "blue")
    assert local.show("houses")["deployments"] == []
    assert [each.endpoint for each in runtime.instances()] == ["flats"]
    local.delete("houses", None)
    with pytest.raises(NotFoundError):
        local.show("houses")


@pytest.mark.parametrize("content", [b"", b"x", b"\xff"])
@pytest.mark.parametrize("name", ["pids", "exit"])
def test_damaged_notes_of_a_supervisor_are_in_nobodys_way(
    tmp_path: Path, report: RecordingReport, name: str, content: bytes
) -> None:
    runtime = processes(tmp_path, report)
    (file_of(tmp_path, "*/houses.blue.*") / name).write_bytes(content)
    local = service(runtime, report, tmp_path)
    assert len(listed(runtime, report)) == 2
    (shown,) = local.show("houses")["deployments"]
    assert (shown["provisioning_state"], shown["state"]) == ("Failed", "exited")
    local.delete("houses", None)
    assert listed(runtime, report) == ["flats"]


# One value in all that is remembered is odd


def rich(home: Path) -> tuple[Endpoint, EndpointRecord, Remembered]:
    """An endpoint with all that a record can have."""
    write_files(home, {"src/score.py": "", "model.pkl": ""})
    blue = deployment(
        "blue",
        model=Model(name="m", path=home / "model.pkl", digest="d1", tags={"a": "b"}),
        code=Code(path=home / "src", digest="d2"),
        environment=Environment(image="x", name="e", digest="d3", inference_config=OWN_ROUTES),
        environment_variables={"A": "1"},
        secrets=frozenset({"A"}),
        scale_settings=ScaleSettings(),
        liveness_probe=Probe(),
        tags={"a": "b"},
    )
    wanted = endpoint(blue, name="houses", traffic={"blue": 100}, tags={"a": "b"})
    made = records.with_traffic(records.endpoint_record(wanted), {"blue": 100}, {"x": "1"})
    one = Remembered(
        id=new_id("houses", "blue"),
        endpoint="houses",
        deployment="blue",
        environment="d3",
        port=5001,
        started_at="2026-01-01T00:00:00+00:00",
        variable_names=["A"],
        record=remember(blue),
    )
    return wanted, made, one


def oddities(content: Any) -> Iterator[Any]:
    """The content with one value changed or left out, each in its turn."""
    for path in list(_paths(content)):
        for value in (None, "", "x", [], {"a": 1}, -1, _LEFT_OUT):
            made = copy.deepcopy(content)
            inner = made
            for key in path[:-1]:
                inner = inner[key]
            if value is _LEFT_OUT:
                del inner[path[-1]]
            else:
                inner[path[-1]] = value
            yield made


_LEFT_OUT = object()


def _paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    pairs = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, below in pairs:
        yield from _paths(below, (*path, key))


FIRST_FORMAT = json.loads((Path(__file__).parent / "first_format/process.json").read_text())
OF_FIRST_FORMAT = next(each for each in FIRST_FORMAT["files"].values() if "record" in each)


@pytest.mark.parametrize("which", ["an endpoint", "an instance", "one of the first format"])
def test_one_odd_value_is_no_defect(tmp_path: Path, report: RecordingReport, which: str) -> None:
    wanted, made, one = rich(tmp_path / "files")
    home, state = tmp_path / "home", State(tmp_path / "home")
    state.put_endpoint(EndpointRecord(name="flats"))
    state.put_endpoint(made)
    state.remember(one)
    state.promote("houses", "blue", one.id)
    runtime = ProcessRuntime(report, home)
    local = service(runtime, report, home)
    file = state.endpoint_file("houses")
    if which != "an endpoint":
        file = state.folder(one.id) / "instance.json"
    if which == "one of the first format":
        one = replace(one, record=OF_FIRST_FORMAT["record"])
        state.remember(one)
    asks: list[Callable[[], object]] = [
        lambda: local.show("houses"),
        lambda: local.document("houses"),
        lambda: local.exported("houses"),
        lambda: local.tenancy("houses"),
        lambda: local.plan(wanted),
        lambda: local.invoke("houses", None, Request(body=b""), timeout=1),
        lambda: list(local.logs("houses", "blue", tail=5, follow=False)),
    ]
    for content in oddities(json.loads(file.read_text())):
        file.write_text(json.dumps(content))
        assert "flats" in listed(runtime, report)
        for ask in asks:
            with contextlib.suppress(EndpointError):
                ask()
    local.delete("houses", None)
    assert listed(runtime, report) == ["flats"]
