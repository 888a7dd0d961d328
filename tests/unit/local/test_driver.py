"""The cycle: a candidate beside the old instance, proven ready, promoted; then the old one goes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import Deployment
from azext_ml_endpoint.errors import (
    Interrupted,
    StartError,
    Superseded,
    UnsupportedError,
)
from azext_ml_endpoint.local.driver import LocalDriver
from azext_ml_endpoint.local.remembered import recall
from azext_ml_endpoint.local.runtime import InstanceSpec
from azext_ml_endpoint.local.simulating import SimulatingDriver
from azext_ml_endpoint.plan.steps import (
    RegisterEnvironment,
)
from tests.fakes.builders import (
    OWN_ROUTES,
    deployment,
    endpoint,
    environment,
    model,
    reference,
    write_files,
)
from tests.fakes.driving import (
    WHY,
    begin,
    change,
    deploy,
    serve,
    traffic,
    update,
    while_running,
    written,
)
from tests.fakes.interrupt import PATIENCE
from tests.fakes.memory_runtime import Behaviour, Build, MemoryRuntime
from tests.fakes.recording_report import RecordingReport

CRASH = Behaviour(log=("Loading", "Cannot load"), exit_code=3)


# Deploying


def test_a_new_instance_is_proven_before_the_old_one_goes(
    driver: LocalDriver, runtime: MemoryRuntime, blue: Deployment
) -> None:
    asked = []

    def probe(address: str) -> int | None:
        asked.append([each.promoted for each in runtime.instances("houses")])
        return runtime.probe(address)

    serve(driver, blue)
    proving = LocalDriver(runtime, RecordingReport(), Path("/nowhere"), probe=probe)
    update(proving, deployment(code=None, scoring_script=None))
    assert runtime.events == [
        *("start blue-1", "promote blue-1"),
        "start blue-2",
        "promote blue-2",
        "remove blue-1",
    ]
    assert asked and all(seen == [True, False] for seen in asked)


def test_a_ready_deployment_is_announced_with_its_port(
    driver: LocalDriver, report: RecordingReport, blue: Deployment
) -> None:
    serve(driver, blue)
    (ready,) = [text for text in report.steps if text.startswith("blue: ready in")]
    assert ready.endswith("on port 50010")


def test_only_the_deployment_that_changed_is_replaced(
    driver: LocalDriver, runtime: MemoryRuntime, blue: Deployment
) -> None:
    serve(driver, blue, deployment("green", code=blue.code))
    update(driver, blue)
    assert [each.id for each in driver.promoted("houses")] == ["blue-3", "green-2"]


def test_an_instance_gets_the_files_the_variables_and_what_is_remembered(
    driver: LocalDriver, runtime: MemoryRuntime, tmp_path: Path, home: Path
) -> None:
    own = written(tmp_path, "def init(): ...")
    variables = {"KEY": "kept-between-us"}
    serve(driver, deployment(code=own, environment_variables=variables))
    (spec,) = runtime.specs.values()
    assert spec.code and spec.code.parent == home / "code/houses"
    assert (spec.code / "score.py").read_text() == "def init(): ..."
    assert (spec.code_name, spec.entry_script) == ("onlinescoring", "score.py")
    assert (spec.model, spec.environment) == (model(), environment())
    assert spec.variables == variables
    assert recall(spec.record).code == own
    assert "kept-between-us" not in str(spec.record)


def test_a_container_with_a_server_of_its_own_needs_no_code(
    driver: LocalDriver, runtime: MemoryRuntime
) -> None:
    own = environment(inference_config=OWN_ROUTES)
    serve(driver, deployment(environment=own, code=None, model=reference(), scoring_script=None))
    (spec,) = runtime.specs.values()
    assert (spec.code, spec.model, spec.entry_script) == (None, None, None)
    assert driver.promoted("houses")[0].ports.keys() == {8080, 8081}


def test_a_registered_environment_cannot_be_deployed_here(driver: LocalDriver) -> None:
    with pytest.raises(UnsupportedError):
        deploy(driver, deployment(environment=reference()))


# Failing


def test_a_candidate_that_fails_leaves_the_old_one_and_nothing_else(
    driver: LocalDriver, runtime: MemoryRuntime, blue: Deployment, tmp_path: Path, home: Path
) -> None:
    serve(driver, blue)
    runtime.behaviours["blue"] = CRASH
    edited = deployment(code=written(tmp_path, "def init(): edited"))
    with pytest.raises(StartError):
        change(driver, edited)
    assert [(each.id, each.state) for each in runtime.instances()] == [("blue-1", "running")]
    (kept,) = (home / "code/houses").iterdir()
    assert (kept / "score.py").read_text() == "def init(): ..."
    assert traffic(driver) == {"blue": 100}


def test_the_log_of_a_failed_start_outlives_it_and_the_error_names_it(
    driver: LocalDriver, runtime: MemoryRuntime, blue: Deployment
) -> None:
    runtime.behaviours["blue"] = CRASH
    with pytest.raises(StartError) as raised:
        deploy(driver, blue)
    kept = driver.failure_log("houses", "blue")
    assert kept.read_text() == "Loading\nCannot load\n"
    assert str(raised.value.detail).splitlines()[-1] == f"The whole log: {kept}"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_the_log_of_a_failed_start_goes_with_the_next_good_one(
    driver: LocalDriver, runtime: MemoryRuntime, blue: Deployment
) -> None:
    runtime.behaviours["blue"] = CRASH
    with pytest.raises(StartError):
        deploy(driver, blue)
    del runtime.behaviours["blue"]
    deploy(driver, blue)
    assert not driver.failure_log("houses", "blue").exists()


def test_a_log_that_cannot_be_kept_hides_no_failure(
    driver: LocalDriver, runtime: MemoryRuntime, home: Path
) -> None:
    write_files(home, {"logs": "a file where the folder should be"})
    runtime.behaviours["blue"] = CRASH
    with pytest.raises(StartError, match="crashed"):
        deploy(driver, deployment(code=None))
    assert runtime.instances() == []


@pytest.mark.parametrize(("looks", "starts"), [([True], 1), ([False, False, True], 2)])
def test_what_is_superseded_leaves_the_old_one_and_no_log(
    runtime: MemoryRuntime, blue: Deployment, tmp_path: Path, looks: list[bool], starts: int
) -> None:
    """Before it is started, as after a long build, or after that."""
    asked = iter([False, *looks])
    driver = SimulatingDriver(
        runtime,
        RecordingReport(),
        tmp_path / "home",
        timeout=PATIENCE,
        probe=runtime.probe,
        superseded=lambda: next(asked, False),
    )
    serve(driver, blue)
    runtime.behaviours["blue"] = Behaviour(ready_after=1000)
    with pytest.raises(Superseded):
        change(driver, deployment(code=written(tmp_path, "def init(): edited")))
    assert [(each.id, each.state) for each in runtime.instances()] == [("blue-1", "running")]
    assert sum(each.startswith("start") for each in runtime.events) == starts
    assert not driver.failure_log("houses", "blue").exists()


def test_a_first_create_that_fails_leaves_no_endpoint(
    driver: LocalDriver, runtime: MemoryRuntime, blue: Deployment, home: Path
) -> None:
    runtime.behaviours["blue"] = CRASH
    with pytest.raises(StartError):
        serve(driver, blue)
    assert (runtime.endpoints(), runtime.instances()) == ([], [])
    assert not (home / "code/houses").exists()
    assert "collect" not in runtime.events, "the environment serves the next try"


def test_a_create_that_fails_halfway_keeps_what_serves(
    driver: LocalDriver, runtime: MemoryRuntime, blue: Deployment
) -> None:
    runtime.behaviours["green"] = CRASH
    with pytest.raises(StartError):
        serve(driver, blue, deployment("green", code=blue.code))
    assert [each.id for each in driver.promoted("houses")] == ["blue-1"]
    assert driver.existing("houses").name == "houses"


def test_an_update_that_fails_keeps_the_endpoint_even_if_it_has_no_deployment(
    driver: LocalDriver, runtime: MemoryRuntime, blue: Deployment
) -> None:
    begin(driver, endpoint())
    runtime.behaviours["blue"] = CRASH
    with pytest.raises(StartError):
        change(driver, blue)
    assert driver.existing("houses").name == "houses"


def test_candidates_that_a_killed_command_left_are_swept(
    driver: LocalDriver, runtime: MemoryRuntime, blue: Deployment
) -> None:
    serve(driver, blue)
    runtime.start(InstanceSpec(endpoint="houses", deployment="blue", environment=environment()))
    other = InstanceSpec(endpoint="flats", deployment="blue", environment=environment())
    elsewhere = runtime.start(other)
    with driver.changing("houses"):
        assert [each.id for each in runtime.instances()] == ["blue-1", elsewhere.id]


# Cancelling


def test_cancelling_ends_the_making_of_an_environment(
    driver: LocalDriver, runtime: MemoryRuntime
) -> None:
    runtime.build = Build(blocks=True)

    def cancel_the_build() -> None:
        assert runtime.building.wait(PATIENCE)
        driver.cancel()

    other = environment("environment-2")
    step = RegisterEnvironment(reason=WHY, environment=other)
    error = while_running(lambda: driver.execute(step), cancel_the_build)
    assert isinstance(error, Interrupted)
    assert not runtime.has_environment(other.digest)


def test_cancelling_a_wait_removes_the_candidate_and_keeps_no_log(
    driver: LocalDriver, runtime: MemoryRuntime, blue: Deployment
) -> None:
    serve(driver, blue)
    runtime.behaviours["blue"] = Behaviour(ready_after=None)
    driver.cancel()
    with pytest.raises(Interrupted):
        update(driver, blue)
    assert [each.id for each in runtime.instances()] == ["blue-1"]
    assert not driver.failure_log("houses", "blue").exists()
