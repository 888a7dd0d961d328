"""What both local runtimes remember: files of processes, labels of containers and volumes.

An input is a JSON object: which of them -> its content, a byte per letter.
"""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from azext_ml_endpoint.document.model import Deployment, Endpoint
from azext_ml_endpoint.local import records
from azext_ml_endpoint.local.docker.runtime import DockerRuntime
from azext_ml_endpoint.local.process.runtime import ProcessRuntime
from azext_ml_endpoint.local.process.state import Remembered, State, new_id
from azext_ml_endpoint.local.remembered import remember
from azext_ml_endpoint.local.runtime import EndpointRecord, InstanceSpec, Runtime
from azext_ml_endpoint.local.service import LocalService
from azext_ml_endpoint.local.simulating import SimulatingDriver
from azext_ml_endpoint.plan.fit import Intent
from tests.fakes.builders import OWN_ROUTES, code, deployment, environment
from tests.fakes.listed import listed
from tests.fakes.memory_engine import MemoryEngine
from tests.fakes.recording_report import RecordingReport
from tests.fuzz import oracle
from tests.fuzz.material import VALUES, json_of, mutated, spoilt

OWN = environment("own-1", image=None, dockerfile="FROM scratch\n", inference_config=OWN_ROUTES)
BLUE: Deployment = deployment(
    environment=OWN, code=code(), environment_variables={"A": "b"}, tags={"team": "x"}
)
RECORD = json.loads(json.dumps(remember(BLUE)))
PROPERTIES = json.loads(
    json.dumps(
        {
            **records.endpoint_record(Endpoint(name="houses", tags={"a": "b"})).properties,
            "traffic": {"blue": 100},
        }
    )
)
INSTANCE: dict[str, Any] = {
    "id": "x",
    "endpoint": "houses",
    "deployment": "blue",
    "environment": "e",
    "port": 5001,
    "started_at": "2026-01-01T00:00:00.000+00:00",
    "variable_names": ["A"],
    "record": RECORD,
}
TREES: dict[str, Any] = {
    "endpoint": {"name": "houses", "properties": PROPERTIES},
    "instance": INSTANCE,
    "promotion": "houses.blue.000000000000",
    "volume ml-endpoint.record": PROPERTIES,
    "volume ml-endpoint.generation": 1,
    "container ml-endpoint.record": RECORD,
    "container ml-endpoint.variables": ["A"],
}
TEXTS = {"pids": "4194300 4194301", "exit": "1", "server.log": "one\ntwo\n", "environment": "A=b"}
KEYS = sorted(
    {*INSTANCE, *RECORD, *RECORD["environment"], *PROPERTIES, "aspects", "shown", "port", "path"}
)


def _content(name: str) -> st.SearchStrategy[bytes]:
    if name in TEXTS:
        return spoilt(st.just(TEXTS[name].encode()))
    return spoilt(json_of(mutated(st.just(TREES[name]), KEYS, VALUES)))


@st.composite
def _inputs(draw: st.DrawFn) -> bytes:
    names = draw(st.lists(st.sampled_from([*TREES, *TEXTS]), min_size=1, max_size=2, unique=True))
    return json.dumps({each: draw(_content(each)).decode("latin-1") for each in names}).encode()


INPUTS = _inputs()
SOUND = b"{}"
LARGE = [
    json.dumps({name: text}).encode()
    for name in TREES
    for text in ("[" * 200_000, '{"a":' * 1_000, "9" * 5_000, "", "\xff")
] + [json.dumps({name: "9" * 100_000}).encode() for name in TEXTS]


def prepare() -> None:
    pass


def judge(content: bytes) -> None:
    try:
        changes = {name: text.encode("latin-1") for name, text in json.loads(content).items()}
    except (ValueError, AttributeError):  # a file of the corpus that is none of this target's
        return
    for runtime, report in (_processes(changes), _containers(changes)):
        oracle.survived(functools.partial(listed, runtime, report))
        _use(LocalService(SimulatingDriver(runtime, report, Path("home")), report))
        assert listed(runtime, report) == ["flats"]
        shutil.rmtree("home", ignore_errors=True)


def _processes(changes: dict[str, bytes]) -> tuple[Runtime, RecordingReport]:
    report, home = RecordingReport(), Path("home")
    runtime, state = ProcessRuntime(report, home), State(home)
    for name in ("houses", "flats"):
        runtime.put_endpoint(EndpointRecord(name=name, properties=PROPERTIES))
        one = Remembered(**{**INSTANCE, "id": new_id(name, "blue"), "endpoint": name})
        state.remember(one)
        state.promote(name, "blue", one.id)
        if name == "houses":
            folder = state.folder(one.id)
            (folder / "server.log").write_text("one\n", "utf-8")
            files = {
                "endpoint": state.endpoint_file(name),
                "instance": folder / "instance.json",
                "promotion": home / "processes/houses.blue",
            }
            for each in changes.keys() & {*files, *TEXTS}:
                files.get(each, folder / each).write_bytes(changes[each])
    return runtime, report


def _containers(changes: dict[str, bytes]) -> tuple[Runtime, RecordingReport]:
    report, engine = RecordingReport(), MemoryEngine()
    runtime = DockerRuntime(engine, report, Path("home"))
    runtime.make_environment(OWN)
    for name in ("houses", "flats"):
        runtime.put_endpoint(EndpointRecord(name=name, properties=PROPERTIES))
        spec = InstanceSpec(
            endpoint=name, deployment="blue", environment=OWN, variables={"A": "b"}, record=RECORD
        )
        runtime.promote(runtime.start(spec), ())
    labels = {
        "volume": next(iter(engine.kept.values()))["Labels"],
        "container": next(iter(engine.boxes.values()))["Config"]["Labels"],
    }
    for name, content in changes.items():
        kind, _, label = name.partition(" ")
        if label:
            labels[kind][label] = content.decode("utf-8", "replace")
    return runtime, report


def _use(service: LocalService) -> None:
    """The other endpoint is as it was, and this one can always be removed."""
    for use in _uses(service):
        oracle.survived(use)
    exported = oracle.survived(lambda: service.exported("houses"))
    if exported:
        oracle.require_exported(exported)
    assert service.show("flats")["deployments"][0]["name"] == "blue"
    oracle.survived(lambda: service.delete("houses", "blue"))
    service.delete("houses", None)


def _uses(service: LocalService) -> Iterator[Callable[[], object]]:
    for read in (service.show, service.document, service.tenancy, service.observe):
        yield lambda read=read: json.dumps(read("houses"), default=str)
    yield lambda: list(
        service.logs("houses", "blue", container="inference-server", tail=9, follow=False)
    )
    yield lambda: service.plan(Endpoint(name="houses", deployments=(BLUE,)), Intent(create=False))
