"""The chapter on Azure of the article that introduced the format: its commands, as written.

https://docs.microsoft.com/azure/machine-learning/how-to-deploy-managed-online-endpoints, May 2021
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.cloud_world import CloudWorld
from tests.functional.in_process_az import az

NAME = "my-houses"
FILE = "endpoints/online/managed/simple-flow/1-create-endpoint-with-blue.yml"
REQUEST = "endpoints/online/model-1/sample-request.json"

pytestmark = pytest.mark.usefixtures("samples")


def endpoint(line: str, *more: str) -> str:
    """Runs a line of the article with its variable filled in; what it prints."""
    done = az("ml", "endpoint", *line.replace("$ENDPOINT_NAME", NAME).split(), *more)
    assert done.exit_code == 0, done.stderr
    return done.stdout.strip()


def test_the_chapter_on_azure_works_as_written(azure: CloudWorld) -> None:
    endpoint(f"create -n $ENDPOINT_NAME -f {FILE}")

    assert endpoint("show -n $ENDPOINT_NAME --query provisioning_state -o tsv") == "Succeeded"
    states = "deployments[?name=='blue'].provisioning_state"
    assert endpoint("show -n $ENDPOINT_NAME -o tsv --query", states) == "Succeeded"
    assert f"{NAME}  Succeeded  blue 100 %" in endpoint("list --output table")
    assert "Succeeded" in endpoint("show -n $ENDPOINT_NAME -o table")

    assert "Inference Server" in endpoint("get-logs -n $ENDPOINT_NAME --deployment blue")
    loaded = endpoint(
        "get-logs -n $ENDPOINT_NAME --deployment blue --container storage-initializer"
    )
    assert "Downloading model files" in loaded

    answer = endpoint(f"invoke -n $ENDPOINT_NAME --request-file {REQUEST}")
    assert answer == "[\n  0.0,\n  1.0\n]"
    uri = endpoint("show -n $ENDPOINT_NAME --query scoring_uri -o tsv")
    assert uri == f"https://{NAME}.eastus2.inference.ml.azure.com/score"
    key = endpoint("get-credentials -n $ENDPOINT_NAME --query primaryKey -o tsv")
    assert len(key) > 20

    script = Path("endpoints/online/model-1/onlinescoring/score.py")
    script.write_text(script.read_text() + "\n# Updated successfully\n")
    before = len(azure.writes())
    endpoint(f"update -n $ENDPOINT_NAME -f {FILE}")
    assert [line.split("/")[0] for line in azure.writes()[before:]] == [
        "PUT codes",
        "PUT onlineEndpoints",
    ]
    endpoint(
        f"update -n $ENDPOINT_NAME -f {FILE} --set deployments[0].scale_settings.instance_count=2"
    )
    counts = "deployments[0].scale_settings.instance_count"
    assert endpoint("show -n $ENDPOINT_NAME -o tsv --query", counts) == "2"

    endpoint("delete -n $ENDPOINT_NAME --deployment blue --yes")
    endpoint("delete -n $ENDPOINT_NAME --yes --no-wait")
    assert endpoint("list -o tsv") == ""
    assert azure.simulator.journal.refused() == []
