"""`az ml endpoint export --format two-files`: today's files, which plan to no change either."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.cloud_world import CloudWorld
from tests.fakes.memory_runtime import MemoryRuntime
from tests.functional.exporting import create, endpoint, refused, writes_of
from tests.functional.in_process_az import Result
from tests.functional.sample_files import BLUE_GREEN, CONTAINER, KUBERNETES, USERS_IDENTITY

pytestmark = pytest.mark.usefixtures("filled_samples")


def two_files(*arguments: str) -> Result:
    return endpoint("export", *arguments, "--format", "two-files", "--out", "cloud")


@pytest.mark.parametrize("sample", [BLUE_GREEN, KUBERNETES, USERS_IDENTITY, CONTAINER])
def test_an_endpoint_in_azure_as_todays_files_changes_nothing(
    azure: CloudWorld, sample: str
) -> None:
    create(sample)
    two_files("-n", "houses")
    endpoint("validate", "-f", "cloud")
    assert writes_of(azure, "-f", "cloud") == []


@pytest.mark.parametrize("sample", [BLUE_GREEN, KUBERNETES, CONTAINER])
def test_a_local_endpoint_as_todays_files_changes_nothing(
    runtime: MemoryRuntime, sample: str
) -> None:
    endpoint("create", "--local", "-n", "houses", "-f", sample)
    two_files("--local", "-n", "houses")
    before = runtime.instances("houses")
    assert "nothing to do" in endpoint("update", "--local", "-f", "cloud").stderr
    assert runtime.instances("houses") == before


def test_one_deployment_of_them_is_a_file_of_its_own(azure: CloudWorld) -> None:
    endpoint("create", "-n", "houses", "-f", BLUE_GREEN)
    two_files("-n", "houses", "-d", "green")
    assert [each.name for each in Path("cloud").iterdir()] == ["green.yml"]
    assert writes_of(azure, "-f", "cloud/green.yml") == []
    told = refused("export", "-n", "houses", "-d", "red", "--format", "two-files", "--out", "c",
                   exit_code=3)  # fmt: skip
    assert "Endpoint houses has no deployment red." in told


def test_one_file_becomes_two_and_one_again(azure: CloudWorld) -> None:
    two_files("--from", BLUE_GREEN)
    endpoint("create", "-n", "houses", "-f", BLUE_GREEN)
    assert writes_of(azure, "-n", "houses", "-f", "cloud", "--set", "traffic.blue=90") == []
    files = ("cloud/endpoint.yml", "cloud/blue.yml", "cloud/green.yml")
    endpoint("export", "--from", *files, "--format", "one-file", "--out", "all.yml")
    assert writes_of(azure, "-n", "houses", "-f", "all.yml") == []


def test_secrets_are_in_none_of_them(azure: CloudWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    set_it = "deployments[blue].environment_variables.API_TOKEN=${secret:TOKEN}"
    endpoint("create", "-n", "houses", "-f", BLUE_GREEN, "--set", set_it)
    assert "in the environment: API_TOKEN." in two_files("-n", "houses").stderr
    assert "hunter2" not in Path("cloud/blue.yml").read_text()
    assert "API_TOKEN is not set" in refused("update", "-f", "cloud")
    monkeypatch.setenv("API_TOKEN", "hunter2")
    assert writes_of(azure, "-f", "cloud") == []


def test_files_that_are_there_are_overwritten_with_yes_only(azure: CloudWorld) -> None:
    endpoint("create", "-n", "houses", "-f", BLUE_GREEN)
    two_files("-n", "houses")
    arguments = ("export", "-n", "houses", "--format", "two-files", "--out", "cloud")
    assert "endpoint.yml is there already" in refused(*arguments)
    Path("cloud/red.yml").write_text("name: red\n")
    told = endpoint(*arguments, "--yes").stderr
    assert "cloud has other files too: red.yml." in " ".join(told.split())


def test_todays_files_need_a_folder(azure: CloudWorld) -> None:
    told = refused("export", "-n", "houses", "--format", "two-files", exit_code=2)
    assert "--format two-files needs --out" in told
    assert azure.lines() == []


def test_a_file_that_is_read_is_not_overwritten(azure: CloudWorld) -> None:
    folder = Path(USERS_IDENTITY).parent
    Path(USERS_IDENTITY).rename(folder / "endpoint.yml")
    files = ("--from", str(folder / "endpoint.yml"), "--format", "two-files")
    told = refused("export", *files, "--out", str(folder), "--yes")
    assert "this command reads that file" in " ".join(told.split())
    assert azure.lines() == []
