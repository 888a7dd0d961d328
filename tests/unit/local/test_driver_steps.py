"""Every other step on this machine, what is cleared up after them, and what is seen of them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import Deployment
from azext_ml_endpoint.errors import (
    ConflictError,
    EnvironmentBuildError,
    NotFoundError,
)
from azext_ml_endpoint.local.driver import LocalDriver
from azext_ml_endpoint.local.keeping import DAY
from azext_ml_endpoint.local.lock import Locks
from azext_ml_endpoint.local.runtime import EndpointRecord, InstanceSpec
from azext_ml_endpoint.plan.fit import EITHER
from azext_ml_endpoint.plan.steps import (
    DeleteDeployment,
    DeleteEndpoint,
    Keep,
    RegisterEnvironment,
    RegisterModel,
    SetTraffic,
    UpdateEndpoint,
)
from tests.fakes.builders import (
    code,
    deployment,
    endpoint,
    environment,
    model,
    write_files,
)
from tests.fakes.driving import (
    WHY,
    serve,
    traffic,
    while_running,
)
from tests.fakes.memory_runtime import Build, MemoryRuntime
from tests.fakes.recording_report import RecordingReport


def test_an_environment_is_made_and_told_about(
    driver: LocalDriver, runtime: MemoryRuntime, report: RecordingReport
) -> None:
    other = environment("environment-2")
    driver.execute(RegisterEnvironment(reason=WHY, environment=other))
    assert runtime.has_environment(other.digest)
    assert report.steps[0].startswith("environment environment-: made in")


def test_an_environment_that_cannot_be_made_is_an_error(
    driver: LocalDriver, runtime: MemoryRuntime
) -> None:
    runtime.build = Build(failure="no such package")
    with pytest.raises(EnvironmentBuildError):
        driver.execute(RegisterEnvironment(reason=WHY, environment=environment("environment-2")))


def test_traffic_is_remembered_and_an_update_of_the_endpoint_keeps_it(
    driver: LocalDriver, blue: Deployment
) -> None:
    serve(driver, blue)
    driver.execute(UpdateEndpoint(reason=WHY, endpoint=endpoint(description="by the sea")))
    seen = driver.observe("houses")
    assert seen and (seen.aspects["description"], seen.traffic) == ("by the sea", {"blue": 100})


def test_what_the_tool_keeps_changes_with_the_traffic_or_alone_and_outlives_updates(
    driver: LocalDriver, blue: Deployment
) -> None:
    serve(driver, blue)
    noted = {"ml-endpoint.a": "1", "ml-endpoint.b": "2"}
    driver.execute(SetTraffic(reason=WHY, endpoint_name="houses", traffic={"blue": 50}, kept=noted))
    driver.execute(Keep(reason=WHY, endpoint_name="houses", kept={"ml-endpoint.a": None}))
    changed = endpoint(blue, tags={"team": "houses"})
    driver.execute(UpdateEndpoint(reason=WHY, endpoint=changed, kept={"ml-endpoint.c": "3"}))
    seen = driver.observe("houses")
    assert seen and seen.kept == {"ml-endpoint.b": "2", "ml-endpoint.c": "3"}
    assert (seen.aspects["tags"], seen.traffic) == ({"team": "houses"}, {"blue": 50})


def test_a_deleted_deployment_takes_its_share_and_its_log_with_it(
    driver: LocalDriver, runtime: MemoryRuntime, blue: Deployment
) -> None:
    serve(driver, blue, deployment("green", code=blue.code))
    kept = driver.failure_log("houses", "green")
    write_files(kept.parent, {kept.name: "Loading"})
    step = DeleteDeployment(reason=WHY, endpoint_name="houses", deployment_name="green")
    driver.execute(step)
    assert [each.deployment for each in runtime.instances()] == ["blue"]
    assert traffic(driver) == {"blue": 100}
    assert not kept.exists()


def test_deployments_that_are_deleted_side_by_side_all_lose_their_share(
    home: Path, blue: Deployment
) -> None:
    both = threading.Barrier(2)

    class Meeting(MemoryRuntime):
        """Two who read the records at the same time meet here; one who comes alone goes on."""

        def endpoints(self) -> list[EndpointRecord]:
            found = super().endpoints()
            try:
                both.wait(0.2)
            except threading.BrokenBarrierError:
                both.reset()
            return found

    runtime = Meeting()
    runtime.environments.add(environment().digest)
    driver = LocalDriver(runtime, RecordingReport(), home, probe=runtime.probe)
    names = ("blue", "green", "grey")
    serve(driver, *(deployment(name, code=blue.code) for name in names))

    def delete(name: str) -> None:
        step = DeleteDeployment(reason=WHY, endpoint_name="houses", deployment_name=name)
        driver.execute(step)

    while_running(lambda: delete("green"), lambda: delete("grey"))
    assert traffic(driver) == {"blue": 100}


def test_a_deleted_endpoint_leaves_nothing(
    driver: LocalDriver, runtime: MemoryRuntime, blue: Deployment, home: Path
) -> None:
    serve(driver, blue)
    kept = driver.failure_log("houses", "green")
    write_files(kept.parent, {kept.name: "Loading"})
    with driver.changing("houses"):
        driver.execute(DeleteEndpoint(reason=WHY, endpoint_name="houses"))
    assert (runtime.endpoints(), runtime.instances()) == ([], [])
    assert {each.name for each in home.rglob("*")} == {
        *("code", "logs", "locks"),
        *("houses.lock", "caches"),
    }


def test_deleting_one_endpoint_leaves_the_others_alone(
    driver: LocalDriver, runtime: MemoryRuntime, blue: Deployment, home: Path
) -> None:
    serve(driver, blue)
    for name in ("flats", "..", ".", ""):
        with driver.changing(name):
            driver.execute(DeleteEndpoint(reason=WHY, endpoint_name=name))
    assert [each.id for each in driver.promoted()] == ["blue-1"]
    assert list((home / "code/houses").iterdir())


def test_a_step_that_this_machine_has_no_use_for_is_no_silent_success(driver: LocalDriver) -> None:
    with pytest.raises(NotImplementedError):
        driver.execute(RegisterModel(reason=WHY, model=model()))


# Caches


def delete_houses(driver: LocalDriver) -> None:
    with driver.changing("houses"):
        driver.execute(DeleteEndpoint(reason=WHY, endpoint_name="houses"))


def test_environments_outlive_their_endpoints(
    driver: LocalDriver, runtime: MemoryRuntime, blue: Deployment
) -> None:
    serve(driver, blue)
    delete_houses(driver)
    assert runtime.environments == {environment().digest}


def test_an_environment_that_nobody_has_used_for_long_goes(
    driver: LocalDriver, runtime: MemoryRuntime, blue: Deployment
) -> None:
    serve(driver, blue)
    runtime.used_at -= 31 * DAY
    assert "collect" not in runtime.events
    delete_houses(driver)
    assert runtime.environments == set()


def test_environments_are_left_while_another_command_may_need_them(
    driver: LocalDriver, runtime: MemoryRuntime, blue: Deployment, home: Path
) -> None:
    serve(driver, blue)
    runtime.used_at -= 31 * DAY
    with Locks(home / "locks", "flats").held():
        delete_houses(driver)
    assert runtime.environments == {environment().digest}


def test_an_endpoint_is_changed_by_one_command_at_a_time(driver: LocalDriver) -> None:
    with driver.changing("houses"), pytest.raises(ConflictError), driver.changing("houses"):
        pass


# Observing


def test_what_is_there_is_what_was_promoted(
    driver: LocalDriver, runtime: MemoryRuntime, blue: Deployment
) -> None:
    assert driver.observe("houses") is None
    serve(driver, blue)
    runtime.start(InstanceSpec(endpoint="houses", deployment="green", environment=environment()))
    seen = driver.observe("houses")
    assert seen and [each.name for each in seen.deployments] == ["blue"]


def test_deployments_are_listed_by_name(driver: LocalDriver, blue: Deployment) -> None:
    serve(driver, deployment("green", code=blue.code), blue)
    assert [each.deployment for each in driver.promoted("houses")] == ["blue", "green"]


def test_an_endpoint_that_is_not_there_is_not_found(driver: LocalDriver) -> None:
    with pytest.raises(NotFoundError, match="no local endpoint houses") as raised:
        driver.existing("houses")
    assert "az ml endpoint list --local" in str(raised.value.recommendation)


def test_only_environments_have_to_be_made_here(
    driver: LocalDriver, runtime: MemoryRuntime
) -> None:
    known = deployment("blue", model=model(), code=code(), environment=environment())
    new = deployment("green", environment=environment("environment-2"))
    ground = driver.look(endpoint(known, new), EITHER).ground
    assert ground.registered == {"model-1", "code-1", "environment-1"}
