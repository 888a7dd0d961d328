"""What the commands do on this machine, from what is wanted to plain data.

Requests and logs are in :mod:`.test_service_invoke`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document.model import Code, Deployment, Endpoint, Model, ScaleSettings
from azext_ml_endpoint.errors import (
    ConflictError,
    EnvironmentBuildError,
    NotFoundError,
    UnsupportedError,
)
from azext_ml_endpoint.local.looking import Looking
from azext_ml_endpoint.local.service import LocalService
from tests.fakes.builders import endpoint, reference, write_files
from tests.fakes.listed import listed
from tests.fakes.memory_runtime import Build, MemoryRuntime
from tests.fakes.memory_service import REQUEST, invoke
from tests.fakes.recording_report import RecordingReport


@pytest.fixture
def blue(houses: Endpoint) -> Deployment:
    return houses.deployments[0]


# Create and update


def test_create_makes_the_endpoint_and_answers_what_show_shows(
    service: LocalService, report: RecordingReport, houses: Endpoint
) -> None:
    made = service.create(houses)
    assert made == service.show("houses")
    assert made["traffic"] == {"blue": 90, "green": 10}
    assert [each["provisioning_state"] for each in made["deployments"]] == ["Succeeded"] * 2
    assert report.details == ["Collecting scikit-learn"], "one environment for both"


def test_every_step_is_told_with_its_reason(
    service: LocalService, report: RecordingReport, blue: Deployment
) -> None:
    service.create(endpoint(blue, traffic={"blue": 100}))
    assert "create deployment blue: it does not exist" in report.steps
    assert "set traffic to blue 100 %: it is not set" in report.steps


def test_doing_it_again_does_nothing_and_says_so(
    service: LocalService, runtime: MemoryRuntime, report: RecordingReport, houses: Endpoint
) -> None:
    service.create(houses)
    before = list(runtime.events)
    service.create(houses)
    service.update(houses)
    assert runtime.events == before
    assert report.steps[-2:] == ["houses: nothing to do"] * 2


def test_create_does_not_change_what_exists(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint, files: Path
) -> None:
    service.create(houses)
    before = list(runtime.events)
    write_files(files, {"onlinescoring/score.py": "def init(): pass"})
    with pytest.raises(ConflictError, match="code changed in deployment blue"):
        service.create(houses)
    assert runtime.events == before


def test_update_takes_over_an_edited_script(
    service: LocalService, runtime: MemoryRuntime, report: RecordingReport, houses: Endpoint,
    files: Path,
) -> None:  # fmt: skip
    service.create(houses)
    write_files(files, {"onlinescoring/score.py": "def init(): pass"})
    service.update(houses)
    assert "update deployment blue: code changed" in report.steps
    scripts = {(spec.code or Path()) / "score.py" for spec in runtime.specs.values()}
    assert [each.read_text() for each in scripts if each.exists()] == ["def init(): pass"]


def test_update_deletes_what_the_file_no_longer_has(
    service: LocalService, houses: Endpoint, blue: Deployment
) -> None:
    service.create(houses)
    made = service.update(endpoint(blue, traffic={"blue": 100}))
    assert [each["name"] for each in made["deployments"]] == ["blue"]
    assert made["traffic"] == {"blue": 100}


def test_a_change_leaves_the_other_deployments_as_they_are(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint, files: Path
) -> None:
    service.create(houses)
    write_files(files, {"onlinescoring/score.py": "def init(): pass"})
    blue, _ = houses.deployments
    made = service.change(replace(houses, deployments=(blue,)), frozenset({"blue"}))
    assert [each["name"] for each in made["deployments"]] == ["blue", "green"]
    assert Counter(spec.deployment for spec in runtime.specs.values()) == {"blue": 2, "green": 1}


def test_a_change_deletes_what_it_names_and_does_not_have(
    service: LocalService, houses: Endpoint
) -> None:
    service.create(houses)
    wanted = replace(houses, deployments=(), traffic={"blue": 100})
    made = service.change(wanted, frozenset({"green"}))
    assert [each["name"] for each in made["deployments"]] == ["blue"]


def test_a_change_without_effect_here_is_told_and_does_nothing(
    service: LocalService, runtime: MemoryRuntime, report: RecordingReport, houses: Endpoint
) -> None:
    service.create(houses)
    before = list(runtime.events)
    blue = replace(
        houses.deployments[0], scale_settings=ScaleSettings(scale_type="manual", instance_count=3)
    )
    service.change(replace(houses, deployments=(blue,)), frozenset({"blue"}))
    assert report.warnings == [
        "blue: scale_settings changed, "
        "which has no effect on a deployment that runs on this machine."
    ]
    assert runtime.events == before


def test_update_repairs_what_was_killed_from_outside(
    service: LocalService, runtime: MemoryRuntime, report: RecordingReport, houses: Endpoint
) -> None:
    service.create(houses)
    runtime.kill("blue")
    runtime.vanish("green")
    service.update(houses)
    assert "update deployment blue: it exited with code 137" in report.steps
    assert "create deployment green: it does not exist" in report.steps
    assert service.show("houses")["provisioning_state"] == "Succeeded"


def test_update_of_what_is_not_there_is_not_a_create(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint
) -> None:
    with pytest.raises(NotFoundError):
        service.update(houses)
    assert runtime.endpoints() == []


def test_an_environment_that_cannot_be_made_leaves_nothing(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint
) -> None:
    runtime.build = Build(failure="no such package")
    with pytest.raises(EnvironmentBuildError):
        service.create(houses)
    assert (runtime.endpoints(), runtime.instances()) == ([], [])


@pytest.mark.parametrize("kind", ["model", "code", "environment"])
def test_what_is_registered_in_a_workspace_is_refused_before_anything_happens(
    service: LocalService, runtime: MemoryRuntime, blue: Deployment, kind: str
) -> None:
    there: dict[str, Any] = {kind: reference()}
    with pytest.raises(UnsupportedError, match=f"blue: the {kind} azureml:prices:1 is registered"):
        service.create(endpoint(replace(blue, **there)))
    assert runtime.endpoints() == []


def test_a_model_in_a_datastore_is_refused(service: LocalService, blue: Deployment) -> None:
    far = replace(blue, model=Model(name="prices", datastore="blobs", datastore_path="m"))
    with pytest.raises(UnsupportedError, match="prices is in the datastore blobs"):
        service.create(endpoint(far))


def test_code_in_a_datastore_is_refused(service: LocalService, blue: Deployment) -> None:
    far = replace(blue, code=Code(path=Path("a/src"), datastore="blobs"))
    with pytest.raises(UnsupportedError, match="blue: the code src is in the datastore blobs"):
        service.create(endpoint(far))


# Show and list


def test_what_is_not_there_cannot_be_shown(service: LocalService) -> None:
    with pytest.raises(NotFoundError, match="houses"):
        service.show("houses")


def test_a_list_has_each_endpoint_with_its_own_deployments(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint, blue: Deployment
) -> None:
    service.create(houses)
    service.create(replace(endpoint(blue), name="flats"))
    every = Looking(runtime, RecordingReport(), Path()).list_endpoints()
    assert {each["name"]: len(each["deployments"]) for each in every} == {"houses": 2, "flats": 1}


# Names in capitals


def test_capitals_make_no_other_endpoint(
    service: LocalService, runtime: MemoryRuntime, houses: Endpoint
) -> None:
    made = service.create(replace(houses, name="Houses"))
    assert made["name"] == "Houses"
    before = list(runtime.events)
    assert service.create(replace(houses, name="HOUSES")) == made
    assert service.update(replace(houses, name="houses")) == made
    assert runtime.events == before
    assert service.show("hOUSES") == made
    assert listed(runtime, RecordingReport()) == ["Houses"]
    assert service.invoke("HOUSES", "blue", REQUEST, timeout=30).deployment == "blue"
    service.delete("HOUSES", None)
    assert listed(runtime, RecordingReport()) == [] and not runtime.instances()


def test_capitals_make_no_other_deployment(
    service: LocalService, runtime: MemoryRuntime, blue: Deployment
) -> None:
    service.create(endpoint(blue, traffic={"blue": 100}))
    before = list(runtime.events)
    again = service.update(endpoint(replace(blue, name="Blue"), traffic={"BLUE": 100}))
    assert [each["name"] for each in again["deployments"]] == ["blue"]
    assert again["traffic"] == {"blue": 100}
    assert runtime.events == before


# Delete


def test_a_deleted_endpoint_is_gone_and_deleting_it_again_says_so(
    service: LocalService, runtime: MemoryRuntime, report: RecordingReport, houses: Endpoint
) -> None:
    service.create(houses)
    service.delete("houses", None)
    assert (runtime.instances(), runtime.endpoints()) == ([], [])
    assert report.steps[-1] == "houses: deleted"
    with pytest.raises(NotFoundError):
        service.delete("houses", None)


def test_a_deleted_deployment_leaves_the_others(service: LocalService, houses: Endpoint) -> None:
    service.create(replace(houses, traffic={"blue": 100}))
    service.delete("houses", "green")
    assert [each["name"] for each in service.show("houses")["deployments"]] == ["blue"]
    with pytest.raises(NotFoundError, match="no deployment green"):
        service.delete("houses", "green")


def test_a_deployment_with_traffic_is_not_deleted(service: LocalService, houses: Endpoint) -> None:
    service.create(houses)
    with pytest.raises(ConflictError, match="receives 10 % of the traffic"):
        service.delete("houses", "green")
    assert invoke(service, "green").status == 200
