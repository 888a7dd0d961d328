"""The end of the log of a build that failed, from nowhere but the workspace's own storage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.cloud.build_log import Place, place
from azext_ml_endpoint.cloud.contract import Container
from azext_ml_endpoint.errors import ServiceError, StorageError
from tests.fakes.builders import endpoint
from tests.fakes.cloud_world import CloudWorld, inline_deployment
from tests.fakes.memory_blobs import MemoryBlobs
from tests.fakes.simulated_arm import StaticCredential
from tests.simulator.faults import FailOperation, Fault, Status
from tests.unit.cloud.test_driver import BLUE, houses

LOG = "ImageLogs/0f0f-42/build.log"
OWN = StaticCredential("the caller's own")


def of_the_guide(account: str = "wsstorage", container: str = "azureml", path: str = LOG) -> str:
    """As Microsoft's guide quotes it."""
    return (
        f"The build log is available in the workspace blob store '{account}' under the path"
        f" '/{container}/{path}'"
    )


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (of_the_guide(), Place("wsstorage", "azureml", LOG)),
        (of_the_guide().replace("'", '"'), Place("wsstorage", "azureml", LOG)),
        (
            "Environment info: Name: CliV2AnonymousEnvironment, Version: 'Ver', you might be able"
            " to find the build log under the storage account 'wsstorage' in the container"
            " 'azureml' at the Path 'a/b/image_build_aggregate_log.txt'.",
            Place("wsstorage", "azureml", "a/b/image_build_aggregate_log.txt"),
        ),
        (
            "Image build failed. Build log: https://acrtaskprod.blob.core.windows.net"
            "/container-dee2/logs/cb9u/rawtext.log\nCode: UserError",
            Place("acrtaskprod.blob.core.windows.net", "container-dee2", "logs/cb9u/rawtext.log"),
        ),
        (
            "See https://wsstorage.blob.core.windows.net/azureml/ImageLogs/a%20b/build.log?sig=x.",
            Place("wsstorage.blob.core.windows.net", "azureml", "ImageLogs/a b/build.log"),
        ),
        ("Please see troubleshooting guide: https://aka.ms/oe-tsg#error-imagebuildfailure", None),
        ("https://wsstorage.blob.core.windows.net/logs", None),
        ("Check the build log.", None),
        ("", None),
        ("blob store 'a' under the path '" * 30_000, None),
        ("https://a/" * 100_000, None),
    ],
    ids=lambda each: str(each)[:60],
)
def test_where_a_message_says_that_the_log_is(message: str, found: Place | None) -> None:
    assert place(message) == found


# What is shown beside a deployment that fails


@pytest.fixture
def world() -> CloudWorld:
    world = CloudWorld()
    lines = [f"step {number}" for number in range(100)]
    text = "\n".join([*lines, "pip install https://index/?token=s3cr3t", "ERROR: no such package"])
    world.storage.blobs["azureml", LOG] = (text.encode(), {})
    return world


def shown(world: CloudWorld, folder: Path, message: str, **options: Any) -> list[str]:
    error = {"code": "ImageBuildFailure", "message": message}
    world.simulator.faults.add(Fault(FailOperation(error), "PUT", BLUE))
    with pytest.raises(ServiceError) as failure:
        world.make(houses(folder), **options)
    assert failure.value.code == "ImageBuildFailure"
    return (failure.value.detail or "").splitlines()


def opened(world: CloudWorld) -> list[Container]:
    """For reading: uploads go into another container."""
    return [each for each in world.blobs.containers if each.url.endswith("/azureml")]


def test_a_build_that_fails_shows_the_end_of_its_log(world: CloudWorld, tmp_path: Path) -> None:
    lines = shown(world, tmp_path, of_the_guide(), credential=OWN)
    assert lines[0] == (
        f"The last lines of the build log, azureml/{LOG} of the storage account wsstorage:"
    )
    assert lines[1:] == [
        *(f"step {number}" for number in range(72, 100)),
        "pip install https://index/?token=REDACTED",
        "ERROR: no such package",
    ]
    assert [each.credential for each in opened(world)] == [OWN]


def test_a_log_that_another_code_comes_with_is_shown_too(world: CloudWorld, tmp_path: Path) -> None:
    where = (
        "Deployment failed due to timeout while waiting for Environment Image to become available."
        " You might be able to find the build log under the storage account 'wsstorage' in the"
        f" container 'azureml' at the Path '{LOG}'."
    )
    error = {"code": "ResourceNotFound", "message": where}
    world.simulator.faults.add(Fault(FailOperation(error), "PUT", BLUE))
    with pytest.raises(ServiceError) as failure:
        world.make(houses(tmp_path), credential=OWN)
    assert "ERROR: no such package" in str(failure.value.detail)


@pytest.mark.parametrize(
    "message",
    [
        of_the_guide(account="otherstorage"),
        f"Build log: https://otherstorage.blob.core.windows.net/azureml/{LOG}",
        f"Build log: https://wsstorage.blob.core.windows.net.evil.example/azureml/{LOG}",
        f"Build log: https://wsstorage.blob.evil.example/azureml/{LOG}",
        f"Build log: https://wsstorage.blob.core.windows.net:8443/azureml/{LOG}",
        f"Build log: https://user@wsstorage.blob.core.windows.net/azureml/{LOG}",
    ],
)
def test_nobody_but_the_workspaces_own_account_is_asked(
    world: CloudWorld, tmp_path: Path, message: str
) -> None:
    lines = shown(world, tmp_path, message, credential=OWN)
    assert opened(world) == []
    if place(message):
        assert len(lines) == 1
        assert "cannot be read: it is not in the workspace's own storage account." in lines[0]


class Closed(MemoryBlobs):
    """Storage as of an account that takes no keys."""

    def tail(self, container: Container, path: str, size: int) -> bytes:
        self.containers.append(container)
        raise StorageError(
            "wsstorage.blob.core.windows.net refused to read: PublicAccessNotPermitted. Public"
            " access is not permitted on this storage account."
        )


def test_a_log_that_cannot_be_read_says_why_and_where_it_is(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.blobs = Closed(world.storage)
    lines = shown(world, tmp_path, of_the_guide(), credential=OWN)
    assert lines == [
        f"The build log, azureml/{LOG} of the storage account wsstorage, cannot be read:"
        " wsstorage.blob.core.windows.net refused to read: PublicAccessNotPermitted. Public access"
        " is not permitted on this storage account."
    ]
    assert len(opened(world)) == 2  # with the caller's own, and with the account's key


@pytest.mark.parametrize("status", [403, 404, 409, 500])
def test_a_datastore_that_does_not_answer_hides_no_failure(
    world: CloudWorld, tmp_path: Path, status: int
) -> None:
    world.make(houses(tmp_path))
    world.simulator.faults.add(Fault(Status(status), "GET", "datastores/", times=9))
    error = {"code": "ImageBuildFailure", "message": of_the_guide()}
    world.simulator.faults.add(Fault(FailOperation(error), "PUT", BLUE))
    with pytest.raises(ServiceError) as failure:
        world.make(endpoint(inline_deployment(tmp_path, tags={"a": "b"})))
    assert failure.value.code == "ImageBuildFailure"
    assert "cannot be read" in str(failure.value.detail)


def test_a_failure_that_names_no_log_reads_none(world: CloudWorld, tmp_path: Path) -> None:
    lines = shown(world, tmp_path, "pip failed", credential=OWN)
    assert lines and not [line for line in lines if "build log" in line]
    assert opened(world) == []


def test_containers_that_did_not_run_are_not_asked_for_theirs(
    world: CloudWorld, tmp_path: Path
) -> None:
    shown(world, tmp_path, of_the_guide(), credential=OWN)
    assert [line for line in world.lines() if "getLogs" in line] == []
