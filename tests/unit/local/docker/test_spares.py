"""Containers that wait for their code, on a daemon in memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.errors import EndpointError
from azext_ml_endpoint.local.docker.runtime import DockerRuntime
from azext_ml_endpoint.local.runtime import InstanceSpec
from tests.fakes.builders import environment, write_files
from tests.fakes.memory_engine import MemoryEngine
from tests.fakes.recording_report import RecordingReport

ENVIRONMENT = environment(image="base", conda_file=None)
CONDA = environment(conda_file="dependencies: []")


@pytest.fixture
def engine() -> MemoryEngine:
    return MemoryEngine("base")


@pytest.fixture
def report() -> RecordingReport:
    return RecordingReport()


@pytest.fixture
def runtime(engine: MemoryEngine, report: RecordingReport, tmp_path: Path) -> DockerRuntime:
    runtime = DockerRuntime(engine, report, tmp_path / "home")
    runtime.make_environment(ENVIRONMENT)
    return runtime


@pytest.fixture
def spec(tmp_path: Path) -> InstanceSpec:
    return InstanceSpec(
        endpoint="houses",
        deployment="blue",
        environment=ENVIRONMENT,
        code=write_files(tmp_path / "one", {"score.py": "import numpy\n"}),
        code_name="code",
        entry_script="score.py",
        record={"scoring_script": "one.py"},
    )


def edited(spec: InstanceSpec, script: str = "import numpy, pandas\n") -> InstanceSpec:
    folder = write_files(Path(spec.code or "").with_name("two"), {"score.py": script})
    return replace(spec, code=folder, record={"scoring_script": "two.py"})


def names(engine: MemoryEngine) -> list[str]:
    return [each["Name"] for each in engine.boxes.values()]


def waiting(engine: MemoryEngine) -> dict[str, Any]:
    (box,) = (each for each in engine.boxes.values() if ".spare-" in each["Name"])
    return box


def waiting_of(engine: MemoryEngine, endpoint: str) -> dict[str, Any]:
    (box,) = (each for each in engine.boxes.values() if f"{endpoint}.blue.spare-" in each["Name"])
    return box


def mounted(box: dict[str, Any], target: str) -> Path:
    (source,) = (each["Source"] for each in box["HostConfig"]["Mounts"] if each["Target"] == target)
    return Path(source)


def test_it_waits_with_all_but_its_code(
    runtime: DockerRuntime, engine: MemoryEngine, spec: InstanceSpec
) -> None:
    assert runtime.put_spare(spec) == ""
    box = waiting(engine)
    assert box["State"]["Status"] == "running"
    assert list(mounted(box, "/var/azureml-app/code").iterdir()) == []
    ahead = mounted(box, "/var/ml-endpoint-ahead")
    assert {each.name for each in ahead.iterdir()} == {"sitecustomize.py", "imports.json", "wait"}
    assert "PYTHONPATH=/var/ml-endpoint-ahead" in box["Config"]["Env"]
    assert runtime.instances() == []


def test_one_that_fits_becomes_the_candidate(
    runtime: DockerRuntime, engine: MemoryEngine, spec: InstanceSpec, report: RecordingReport
) -> None:
    runtime.put_spare(spec)
    box = waiting(engine)
    candidate = runtime.start(edited(spec))
    assert (candidate.id, candidate.promoted) == (box["Id"], False)
    assert candidate.record == {"scoring_script": "two.py"}
    assert (mounted(box, "/var/azureml-app/code") / "score.py").read_text() != "import numpy\n"
    assert not (mounted(box, "/var/ml-endpoint-ahead") / "wait").exists()
    runtime.promote(candidate, ())
    (there,) = runtime.instances("houses")
    assert (there.promoted, there.record) == (True, {"scoring_script": "two.py"})
    found = runtime.inspect(there.id)
    assert found and found.record == there.record
    assert report.steps == []


def test_one_that_does_not_fit_ends_and_is_told_of(
    runtime: DockerRuntime, engine: MemoryEngine, spec: InstanceSpec, report: RecordingReport
) -> None:
    runtime.put_spare(spec)
    before = waiting(engine)
    candidate = runtime.start(replace(edited(spec), variables={"A": "b"}))
    assert candidate.id != before["Id"] and before["Id"] not in engine.boxes
    assert report.steps == ["blue: a cold start, because more than its code has changed"]


def test_another_image_of_the_same_name_is_not_the_same(
    runtime: DockerRuntime, engine: MemoryEngine, spec: InstanceSpec, report: RecordingReport
) -> None:
    runtime.put_spare(spec)
    engine.local["base"]["Id"] = "sha256:newer"
    runtime.start(edited(spec))
    assert report.steps == ["blue: a cold start, because more than its code has changed"]


def test_one_that_has_died_is_told_of(
    runtime: DockerRuntime, engine: MemoryEngine, spec: InstanceSpec, report: RecordingReport
) -> None:
    runtime.put_spare(spec)
    engine.end_container(waiting(engine)["Id"], 3)
    runtime.start(edited(spec))
    assert report.steps == ["blue: a cold start, because its spare has ended"]


def test_one_that_waits_already_goes_on_waiting(
    runtime: DockerRuntime, engine: MemoryEngine, spec: InstanceSpec
) -> None:
    runtime.put_spare(spec)
    before = waiting(engine)["Id"]
    runtime.put_spare(edited(spec))
    assert waiting(engine)["Id"] == before
    runtime.put_spare(replace(spec, variables={"A": "b"}))
    assert waiting(engine)["Id"] != before


def test_nothing_is_left_of_those_that_are_not_wanted(
    runtime: DockerRuntime, engine: MemoryEngine, spec: InstanceSpec, tmp_path: Path
) -> None:
    green = replace(spec, deployment="green")
    for each in (spec, green):
        runtime.put_spare(each)
    runtime.drop_spares("houses", "blue")
    assert [name.split(".")[2] for name in names(engine)] == ["green"]
    served = runtime.start(edited(green))
    runtime.remove(served)
    runtime.drop_spares("houses")
    assert engine.boxes == {} and list((tmp_path / "home" / "spares").iterdir()) == []


def test_what_somebody_else_has_removed_leaves_nothing_for_ever(
    runtime: DockerRuntime, engine: MemoryEngine, spec: InstanceSpec, tmp_path: Path
) -> None:
    runtime.put_spare(replace(spec, endpoint="flats"))
    runtime.put_spare(spec)
    served = runtime.start(edited(spec))
    runtime.put_spare(spec)
    engine.remove_container(waiting_of(engine, "houses")["Id"])
    runtime.drop_spares("houses")
    left = {each.name.rpartition(".")[0] for each in (tmp_path / "home" / "spares").iterdir()}
    assert left == {"flats.blue", "houses.blue"}
    engine.remove_container(served.id)
    runtime.drop_spares("houses")
    left = {each.name.rpartition(".")[0] for each in (tmp_path / "home" / "spares").iterdir()}
    assert left == {"flats.blue"}


def test_one_that_cannot_be_started_leaves_nothing(
    runtime: DockerRuntime, engine: MemoryEngine, spec: InstanceSpec, tmp_path: Path
) -> None:
    engine.refusals["start_container"] = "no room"
    with pytest.raises(EndpointError):
        runtime.put_spare(spec)
    assert engine.boxes == {} and list((tmp_path / "home" / "spares").iterdir()) == []


def test_a_script_that_sets_the_stage_has_one_without_its_packages(
    runtime: DockerRuntime, engine: MemoryEngine, spec: InstanceSpec
) -> None:
    why = runtime.put_spare(edited(spec, "import os\nos.environ['A'] = 'b'\nimport numpy\n"))
    assert why.startswith("its packages are not imported ahead, because score.py changes")
    ahead = mounted(waiting(engine), "/var/ml-endpoint-ahead")
    assert (ahead / "imports.json").read_text() == "[]"


def test_an_image_with_a_python_path_of_its_own_has_none(
    runtime: DockerRuntime, engine: MemoryEngine, spec: InstanceSpec
) -> None:
    engine.local["base"]["Config"] = {"Env": ["PYTHONPATH=/opt/more"]}
    assert runtime.put_spare(spec).endswith("because it has a variable PYTHONPATH")
    assert engine.boxes == {}


def test_a_spare_with_other_gpus_does_not_fit(
    runtime: DockerRuntime,
    engine: MemoryEngine,
    report: RecordingReport,
    spec: InstanceSpec,
    tmp_path: Path,
) -> None:
    runtime.put_spare(spec)
    with_gpus = DockerRuntime(engine, report, tmp_path / "home", "all")
    with_gpus.start(edited(spec, "import numpy\n"))
    assert "blue: a cold start, because its GPUs have changed" in report.steps
    assert len(engine.boxes) == 1
