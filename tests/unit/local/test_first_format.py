"""What a version before has remembered is understood for ever.

``first_format/docker.json`` and ``process.json`` hold what real containers and processes were
labelled with, the files that they were made of, and what was told of them then.
"""

from __future__ import annotations

import json
import shutil
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint import content
from azext_ml_endpoint.document import live, load, write
from azext_ml_endpoint.document.model import Code, Deployment, Endpoint, Environment, Model
from azext_ml_endpoint.errors import UnsupportedError
from azext_ml_endpoint.local import export, records
from azext_ml_endpoint.local.docker.runtime import DockerRuntime
from azext_ml_endpoint.local.process.state import State
from azext_ml_endpoint.local.remembered import recalled, remember
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance
from azext_ml_endpoint.local.service import LocalService
from azext_ml_endpoint.local.simulating import SimulatingDriver
from azext_ml_endpoint.plan.aspects import aspects
from azext_ml_endpoint.plan.steps import UpdateDeployment
from tests.fakes.builders import write_files
from tests.fakes.memory_engine import MemoryEngine
from tests.fakes.memory_runtime import MemoryRuntime
from tests.fakes.recording_report import RecordingReport

KEPT = Path(__file__).parent / "first_format"
SECRET = "between-us"
VARIABLES = {"blue": {"LEVEL": "info", "TOKEN": SECRET}, "green": {}}


class Kept(MemoryRuntime):
    """A runtime that has these already."""

    def __init__(self, endpoints: list[EndpointRecord], instances: list[Instance]) -> None:
        super().__init__()
        for each in endpoints:
            self.put_endpoint(each)
        self.kept = instances

    def instances(self, endpoint: str | None = None) -> list[Instance]:
        return [*self.kept, *super().instances(endpoint)]

    def remove(self, instance: Instance) -> None:
        self.kept = [each for each in self.kept if each != instance]


class Remains:
    """What is left of one endpoint, told with the folder that its files are in now."""

    def __init__(self, folder: Path, runtime: str) -> None:
        self.folder, self.file = folder, folder / f"{runtime}.yml"
        text = (KEPT / f"{runtime}.json").read_text("utf-8")
        self.told: dict[str, Any] = json.loads(text.replace("/work/houses", str(folder)))
        read = {"docker": self._containers, "process": self._processes}[runtime]
        self.runtime = Kept(*read())
        self.report = RecordingReport()
        home, probe = folder / "home", self.runtime.probe
        driver = SimulatingDriver(self.runtime, self.report, home, probe=probe)
        self.service = LocalService(driver, self.report)

    def document(self) -> Endpoint:
        return load.load(self.file, variables={"TOKEN": SECRET}).require()

    def _containers(self) -> tuple[list[EndpointRecord], list[Instance]]:
        engine, volume = MemoryEngine(), self.told["volume"]
        engine.kept = {volume["Name"]: volume}
        engine.boxes = {each["Id"]: each for each in self.told["containers"]}
        runtime = DockerRuntime(engine, RecordingReport(), self.folder)
        return runtime.endpoints(), runtime.instances()

    def _processes(self) -> tuple[list[EndpointRecord], list[Instance]]:
        """As they are while the servers run."""
        files = {name: json.dumps(content) for name, content in self.told["files"].items()}
        state = State(write_files(self.folder / "home", files))
        found = [
            Instance(
                id=each.id,
                endpoint=each.endpoint,
                deployment=each.deployment,
                promoted=state.is_promoted(each),
                state="running",
                ports={5001: each.port},
                variables=VARIABLES[each.deployment],
                record=each.record,
                started_at=each.started_at,
                damage=state.damage(each),
            )
            for each in state.instances()
        ]
        return state.endpoints(), found


@pytest.fixture(params=["docker", "process"])
def remains(tmp_path: Path, request: pytest.FixtureRequest) -> Remains:
    return Remains(shutil.copytree(KEPT / "houses", tmp_path / "houses"), request.param)


@pytest.fixture(params=["the first format", "today's"])
def either(remains: Remains, request: pytest.FixtureRequest) -> Remains:
    """Likewise; or as it would be remembered now, which makes no difference."""
    if request.param == "today's":
        wanted = {each.name: each for each in content.identify(remains.document()).deployments}
        remains.runtime.kept = [
            replace(each, record=json.loads(json.dumps(remember(wanted[each.deployment]))))
            for each in remains.runtime.kept
        ]
    return remains


def test_it_is_not_damaged(remains: Remains) -> None:
    assert [each.damage for each in remains.runtime.endpoints()] == [""]
    assert {each.damage for each in remains.runtime.instances()} == {""}


def test_it_is_recalled_but_for_what_was_not_remembered(remains: Remains) -> None:
    wanted = {each.name: each for each in content.identify(remains.document()).deployments}
    for each in remains.runtime.instances():
        assert recalled(each) == _as_it_was_remembered(wanted[each.deployment])


def _as_it_was_remembered(wanted: Deployment) -> Deployment:
    model, code, environment = wanted.model, wanted.code, wanted.environment
    assert isinstance(environment, Environment)
    texts: dict[str, Any] = {"conda_file": None, "dockerfile": None, "context_digest": ""}
    return replace(
        wanted,
        model=replace(model, properties={}) if isinstance(model, Model) else None,
        code=replace(code, name=None, version=None) if isinstance(code, Code) else None,
        environment=replace(environment, description=None, tags={}, **texts),
    )


def test_it_is_shown_as_it_was(either: Remains) -> None:
    shown = either.service.show("houses")
    assert json.loads(json.dumps(shown)) == either.told["show"]
    assert SECRET not in json.dumps(shown)


def test_its_document_for_edits_is_what_it_was(either: Remains) -> None:
    """Keys that came later say nothing."""
    told, document = either.told["document"], either.service.document("houses")
    before = {key for each in told["deployments"] for key in each}
    for each in document["deployments"]:
        later = {key: each.pop(key) for key in set(each) - before}
        assert set(later.values()) <= {None}
    assert document == told


def test_its_own_file_changes_nothing(either: Remains) -> None:
    planned = either.service.plan(either.document())
    assert planned.plan.steps == ()
    assert planned.there and len(planned.there.deployments) == len(either.runtime.instances())


def test_another_file_changes_what_differs(either: Remains) -> None:
    (either.folder / "model.pkl").write_text("other weights")
    planned = either.service.plan(either.document())
    updates = [each for each in planned.plan.steps if isinstance(each, UpdateDeployment)]
    assert [each.deployment.name for each in updates] == ["blue"]


def test_it_is_exported_as_it_was_and_what_is_lost_is_told(remains: Remains) -> None:
    (record,) = remains.runtime.endpoints()
    for instance in remains.runtime.instances():
        try:
            written = write.endpoint(export.endpoint(record, [instance]), remains.folder).text
        except UnsupportedError as error:
            written = error.message
        assert written == remains.told["exported"][instance.deployment]


def test_what_is_exported_today_makes_the_same(either: Remains) -> None:
    (record,) = either.runtime.endpoints()
    blue = next(each for each in either.runtime.instances() if each.deployment == "blue")
    exported = export.endpoint(records.with_traffic(record, {"blue": 100}), [blue])
    either.file.write_text(write.endpoint(exported, either.folder).text)
    made = content.identify(either.document()).deployments[0]
    assert aspects(made) == aspects(recalled(blue))


def test_it_is_made_again_without_its_file(either: Remains) -> None:
    there = either.service.document("houses")
    edited = live.editable(deepcopy(there))
    edited["deployments"][0]["environment_variables"]["LEVEL"] = "debug"
    change = load.load_change(
        live.EditedDocument(there=there, edited=edited, options="--set")
    ).require()
    either.service.change(change.wanted, change.only)
    (spec,) = either.runtime.specs.values()
    model, environment = spec.model, spec.environment
    wanted = next(each for each in either.document().deployments if each.name == "blue")
    assert isinstance(wanted.model, Model) and isinstance(wanted.environment, Environment)
    assert spec.variables == {"LEVEL": "debug", "TOKEN": SECRET}
    assert model and (model.name, model.version) == ("prices", "3")
    assert model.path == either.folder / "model.pkl"
    assert environment.conda_file == wanted.environment.conda_file
    assert environment.image == wanted.environment.image
    assert (spec.code_name, spec.entry_script) == ("src", "score.py")
