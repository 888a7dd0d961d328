"""What the real az shows where Azure fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.azure import Azure
from tests.integration.small import NAME, small_endpoint
from tests.simulator.faults import FailOperation, Fault

LOG = "ImageLogs/0f0f-42/build.log"
PROVIDER = {
    "code": "SubscriptionNotRegistered",
    "message": "Resource provider [N/A] isn't registered with Subscription [N/A].",
}


def build_failure(log: str = LOG) -> Fault:
    message = (
        "(None) ImageBuildFailure: Image build failed. The build log is available in the workspace"
        f" blob store 'wsstorage' under the path '/azureml/{log}'"
    )
    error = {"code": "BadRequest", "message": message}
    return Fault(FailOperation(error), "PUT", "deployments/blue")


@pytest.fixture
def create(tmp_path: Path) -> str:
    return f"ml endpoint create -n {NAME} -f {small_endpoint(tmp_path / 'project')}"


def test_an_image_that_cannot_be_built_is_shown_with_the_end_of_its_log(
    azure: Azure, create: str
) -> None:
    storage = azure.playground.storage
    storage.create_container("azureml")
    log = "".join(f"step {number}\n" for number in range(100))
    storage._container("azureml").upload_blob(LOG, log, overwrite=True)
    azure.simulator.faults.add(build_failure())
    done = azure.az(create, expect=1)
    lines = done.stderr.splitlines()
    shown = lines.index(
        f"The last lines of the build log, azureml/{LOG} of the storage account wsstorage:"
    )
    assert lines[shown + 1 : shown + 31] == [f"step {number}" for number in range(70, 100)]
    assert "blue failed in Azure: Image build failed." in done.stderr
    assert "(ImageBuildFailure" in done.stderr


def test_a_log_that_is_not_there_hides_no_failure(azure: Azure, create: str) -> None:
    azure.simulator.faults.add(build_failure("no.log"))
    done = azure.az(create, expect=1)
    assert (
        "The build log, azureml/no.log of the storage account wsstorage, cannot be read: "
        in done.stderr
    )
    assert "blue failed in Azure: Image build failed." in done.stderr


def test_a_subscription_that_lacks_providers_is_told_which(azure: Azure, create: str) -> None:
    azure.simulator.workspaces.unregistered = {"Microsoft.Cdn", "Microsoft.PolicyInsights"}
    azure.simulator.faults.add(Fault(FailOperation(PROVIDER), "PUT", rf"{NAME}\?"))
    done = azure.az(create, expect=1)
    assert "Not registered: Microsoft.Cdn and Microsoft.PolicyInsights." in done.stderr
    assert "az provider register --namespace Microsoft.Cdn --wait" in done.stderr
