"""`az ml endpoint export`: what is there as a file of ours, which plans to no change.

As the files of the official extension it is in :mod:`.test_export_two_files`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fakes.cloud_world import CloudWorld
from tests.fakes.memory_runtime import MemoryRuntime
from tests.fakes.simulated_arm import WORKSPACE
from tests.functional.exporting import create, endpoint, refused, writes_of
from tests.functional.sample_files import BLUE_GREEN, CONTAINER, KUBERNETES, MANAGED, USERS_IDENTITY

pytestmark = pytest.mark.usefixtures("filled_samples")


def body_of(azure: CloudWorld) -> dict[str, Any]:
    """Azure's own, to be changed behind everybody's back."""
    found = azure.simulator.backend.resources.find(f"{WORKSPACE.id}/onlineEndpoints/houses")
    assert found is not None
    return found.body


# In Azure


@pytest.mark.parametrize("sample", [BLUE_GREEN, KUBERNETES, USERS_IDENTITY, CONTAINER])
def test_the_file_of_an_endpoint_in_azure_changes_nothing(azure: CloudWorld, sample: str) -> None:
    create(sample)
    endpoint("export", "-n", "houses", "--out", "exported.yml")
    endpoint("validate", "-f", "exported.yml")
    assert writes_of(azure, "-f", "exported.yml") == []


def test_stdout_has_the_yaml_as_it_is(azure: CloudWorld) -> None:
    endpoint("create", "-n", "houses", "-f", BLUE_GREEN)
    shown = endpoint("export", "-n", "houses", "-o", "json").stdout
    assert shown.startswith("# yaml-language-server: $schema=")
    said = yaml.safe_load(shown)
    assert said["traffic"] == {"blue": 90, "green": 10}
    blue, _ = said["deployments"]
    assert blue["model"] == "azureml:diabetes-regression:1"
    assert blue["environment"].startswith("azureml:")
    assert blue["code_configuration"]["code"].startswith("azureml:")


def test_what_the_tool_keeps_is_not_exported(azure: CloudWorld) -> None:
    endpoint("create", "-n", "houses", "-f", BLUE_GREEN)
    body_of(azure)["tags"] = {"team": "prices", "ml-endpoint.history.1": "{}"}
    said = yaml.safe_load(endpoint("export", "-n", "houses").stdout)
    assert said["tags"] == {"team": "prices"}


def test_secrets_come_from_the_environment_of_who_uses_the_file(
    azure: CloudWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    set_it = "deployments[0].environment_variables.API_TOKEN=${secret:TOKEN}"
    endpoint("create", "-n", "houses", "-f", BLUE_GREEN, "--set", set_it)
    exported = endpoint("export", "-n", "houses", "--out", "exported.yml")
    assert "in the environment: API_TOKEN\n" in exported.stderr
    assert "hunter2" not in Path("exported.yml").read_text()
    assert "API_TOKEN is not set" in refused("update", "-f", "exported.yml")
    monkeypatch.setenv("API_TOKEN", "hunter2")
    assert writes_of(azure, "-f", "exported.yml") == []


def test_what_only_looks_like_a_secret_is_warned_of(azure: CloudWorld) -> None:
    set_it = "deployments[0].environment_variables.API_TOKEN=hunter2"
    endpoint("create", "-n", "houses", "-f", BLUE_GREEN, "--set", set_it)
    told = endpoint("export", "-n", "houses").stderr
    assert "deployment blue: the value of API_TOKEN is in the file" in told
    assert "hunter2" not in told


def test_it_looks_twice_and_only_reads(azure: CloudWorld) -> None:
    endpoint("create", "-n", "houses", "-f", BLUE_GREEN)
    azure.simulator.journal.clear()
    endpoint("export", "-n", "houses")
    houses = "GET onlineEndpoints/houses"
    assert sorted(azure.lines()) == [houses, houses, *[f"{houses}/deployments"] * 2]


def test_one_deployment_is_a_file_for_deployment_file(azure: CloudWorld) -> None:
    endpoint("create", "-n", "houses", "-f", BLUE_GREEN)
    endpoint("export", "-n", "houses", "-d", "green", "--out", "green.yml")
    assert writes_of(azure, "-n", "houses", "--deployment-file", "green.yml") == []


def test_a_deployment_that_is_not_there_is_not_found(azure: CloudWorld) -> None:
    endpoint("create", "-n", "houses", "-f", BLUE_GREEN)
    told = refused("export", "-n", "houses", "-d", "red", exit_code=3)
    assert "Endpoint houses has no deployment red." in told
    assert "It has blue, green." in told


def test_mirrored_traffic_is_in_the_file_and_ends_with_it(azure: CloudWorld) -> None:
    endpoint("create", "-n", "houses", "-f", BLUE_GREEN)
    body_of(azure)["properties"]["mirrorTraffic"] = {"green": 10}
    endpoint("export", "-n", "houses", "--out", "exported.yml")
    file = Path("exported.yml")
    assert "mirror_traffic:\n  green: 10\n" in file.read_text()
    assert writes_of(azure, "-f", "exported.yml") == []
    text = file.read_text()
    file.write_text(text.replace("mirror_traffic:\n  green: 10\n", "mirror_traffic: {}\n"))
    assert writes_of(azure, "-f", "exported.yml") == ["PUT onlineEndpoints/houses"]
    assert body_of(azure)["properties"]["mirrorTraffic"] == {}


def test_traffic_that_does_not_add_up_is_left_as_it_is(azure: CloudWorld) -> None:
    endpoint("create", "-n", "houses", "-f", BLUE_GREEN)
    body_of(azure)["properties"]["traffic"] = {"green": 10}
    told = endpoint("export", "-n", "houses", "--out", "exported.yml").stderr
    assert "WARNING: endpoint: traffic, which adds up to 10 and not to 100" in told
    assert writes_of(azure, "-f", "exported.yml") == []


def test_what_no_file_can_hold_is_not_written(azure: CloudWorld) -> None:
    create(KUBERNETES)
    deployment = azure.simulator.backend.resources.find(
        f"{WORKSPACE.id}/onlineEndpoints/houses/deployments/blue"
    )
    assert deployment is not None
    deployment.body["properties"]["containerResourceRequirements"] = {
        "containerResourceRequests": {"cpu": "2"},
        "containerResourceLimits": {"cpu": "1"},
    }
    told = refused("export", "-n", "houses", "--out", "exported.yml")
    assert "endpoint houses: cpu 2.0 is more than cpu_cores_limit 1.0" in told
    assert "1 error in endpoint houses" in told
    assert not Path("exported.yml").exists()


# On this machine


@pytest.mark.parametrize("sample", [BLUE_GREEN, KUBERNETES, CONTAINER])
def test_the_file_of_a_local_endpoint_names_its_files(runtime: MemoryRuntime, sample: str) -> None:
    endpoint("create", "--local", "-n", "houses", "-f", sample)
    endpoint("export", "--local", "-n", "houses", "--out", "exported.yml")
    endpoint("validate", "-f", "exported.yml")
    before = runtime.instances("houses")
    told = endpoint("update", "--local", "-f", "exported.yml").stderr
    assert runtime.instances("houses") == before
    assert "nothing to do" in told


def test_secrets_of_a_local_endpoint_are_named_too(
    runtime: MemoryRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    set_it = "deployments[0].environment_variables.API_TOKEN=${secret:TOKEN}"
    endpoint("create", "--local", "-n", "houses", "-f", BLUE_GREEN, "--set", set_it)
    exported = endpoint("export", "--local", "-n", "houses", "--out", "exported.yml")
    assert "API_TOKEN: ${secret:API_TOKEN}" in Path("exported.yml").read_text()
    assert "in the environment: API_TOKEN\n" in exported.stderr
    monkeypatch.setenv("API_TOKEN", "hunter2")
    before = runtime.instances("houses")
    endpoint("update", "--local", "-f", "exported.yml")
    assert runtime.instances("houses") == before


def test_a_local_deployment_that_does_not_run_is_refused(runtime: MemoryRuntime) -> None:
    endpoint("create", "--local", "-n", "houses", "-f", BLUE_GREEN)
    runtime.kill("blue")
    told = refused("export", "--local", "-n", "houses")
    assert "Deployment blue cannot be written as a file: it does not run" in told


@pytest.mark.parametrize(
    ("what", "path"),
    [("model", "model-1/model/sklearn_regression_model.pkl"), ("code", "model-1/onlinescoring")],
)
def test_a_local_deployment_whose_files_are_gone_is_refused(
    runtime: MemoryRuntime, samples: Path, what: str, path: str
) -> None:
    del runtime
    endpoint("create", "--local", "-n", "houses", "-f", BLUE_GREEN)
    (samples / "endpoints/online" / path).rename(samples / "moved")
    told = refused("export", "--local", "-n", "houses")
    assert f"Deployment blue cannot be written as a file: its {what} /" in told.replace("\n", " ")


def test_a_local_deployment_whose_packages_are_in_no_file_is_refused(samples: Path) -> None:
    conda = yaml.safe_load((samples / "endpoints/online/model-1/environment/conda.yml").read_text())
    said = yaml.safe_load((samples / BLUE_GREEN).read_text())
    for each in said["deployments"]:
        each["environment"] = {"image": "ubuntu", "conda_file": conda}
    (samples / MANAGED / "blue-green/inline.yml").write_text(yaml.safe_dump(said))
    endpoint("create", "--local", "-n", "houses", "-f", f"{MANAGED}/blue-green/inline.yml")
    told = refused("export", "--local", "-n", "houses")
    assert "Deployment blue cannot be written as a file: the conda packages" in told


# The files of the official extension

OFFICIAL = """\
name: houses
compute: azureml:aks
"""
OFFICIAL_BLUE = """\
name: blue
endpoint_name: houses
type: Kubernetes
model: azureml:prices:1
environment: azureml:sklearn:1
instance_count: 2
scale_settings:
  type: TargetUtilization
  min_instances: 1
  max_instances: 3
"""


def official(blue: str, endpoint: str = OFFICIAL) -> list[str]:
    """Options that convert the two files."""
    Path("two").mkdir()
    Path("two/endpoint.yml").write_text(endpoint)
    Path("two/blue.yml").write_text(blue)
    return ["--from", "two/endpoint.yml", "two/blue.yml"]


def test_what_is_converted_is_valid() -> None:
    told = endpoint("export", *official(OFFICIAL_BLUE), "--out", "all.yml").stderr
    assert "WARNING: two/blue.yml:6:1: instance_count is left out" in told
    endpoint("validate", "-f", "all.yml")
    assert yaml.safe_load(Path("all.yml").read_text())["deployments"][0]["scale_settings"] == {
        "scale_type": "auto",
        "min_instances": 1,
        "max_instances": 3,
    }


def test_one_converted_deployment_is_valid_too() -> None:
    endpoint("export", *official(OFFICIAL_BLUE), "-d", "blue", "--out", "blue.yml")
    endpoint("validate", "-f", "blue.yml")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Kubernetes", "kubernetse", "two/blue.yml:3:7: type must be 'managed' or 'kubernetes'"),
        ("TargetUtilization", "Default", "two/blue.yml:9:3: 'min_instances' does not go with"),
        ("max_instances: 3", "max_instances: 0", "two/blue.yml:10:18: max_instances must be at"),
        ("instance_count: 2", "colour: red", "two/blue.yml:6:1: 'colour' is no key of a"),
    ],
)
def test_what_cannot_be_converted_is_not_written(old: str, new: str, told: str) -> None:
    files = official(OFFICIAL_BLUE.replace(old, new))
    assert told in refused("export", *files, "--out", "all.yml")
    assert told in refused("export", *files)
    assert not Path("all.yml").exists()


def test_comments_that_are_lost_are_told_of_on_stderr() -> None:
    made = endpoint("export", *official(f"{OFFICIAL_BLUE}# not green\n"))
    assert "WARNING: two/blue.yml:11:1: a comment is left out" in made.stderr
    assert "green" not in made.stdout


# What the options may be


def test_a_file_that_is_there_is_overwritten_with_yes_only(azure: CloudWorld) -> None:
    endpoint("create", "-n", "houses", "-f", BLUE_GREEN)
    Path("mine.yml").write_text("mine")
    before = len(azure.lines())
    assert "mine.yml is there already" in refused("export", "-n", "houses", "--out", "mine.yml")
    assert Path("mine.yml").read_text() == "mine"
    assert len(azure.lines()) == before
    endpoint("export", "-n", "houses", "--out", "mine.yml", "--yes")
    assert "name: houses" in Path("mine.yml").read_text()


def test_a_file_that_cannot_be_written_is_told(azure: CloudWorld) -> None:
    endpoint("create", "-n", "houses", "-f", BLUE_GREEN)
    told = refused("export", "-n", "houses", "--out", "nowhere/exported.yml")
    assert "nowhere/exported.yml: No such file or directory" in told


def test_something_must_be_exported() -> None:
    assert "Give --name, or --from" in refused("export", "--local", exit_code=2)
    told = refused("export", "-n", "houses", "--from", BLUE_GREEN, exit_code=2)
    assert "--from and --name do not go together" in told
