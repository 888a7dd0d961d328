"""The chapter on Azure of Microsoft's article on managed online endpoints, command by command.

"Deploy and score a machine learning model with a managed online endpoint", May 2021, with the
samples of this repository in place of the article's. ARM and scoring are simulated, blobs are real.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.integration.az import Az
from tests.integration.azure import Azure
from tests.integration.conftest import SAMPLES

FILE = "endpoints/online/managed/simple-flow/1-create-endpoint-with-blue.yml"
REQUEST = "endpoints/online/model-1/sample-request.json"
NAMED = "az ml endpoint {} -n $ENDPOINT_NAME"


@pytest.fixture
def here(azure: Azure, tmp_path: Path) -> Az:
    """A shell in the samples' folder, with the article's variable."""
    shutil.copytree(SAMPLES, tmp_path / "samples")
    return azure.az.within(tmp_path / "samples").having(ENDPOINT_NAME="my-houses")


def endpoint(here: Az, command: str, options: str = "") -> str:
    return here.shell(f"{NAMED.format(command)} {options}").stdout


def test_the_chapter_on_azure_of_the_article(here: Az, azure: Azure) -> None:
    # Deploy to Azure
    endpoint(here, "create", f"-f {FILE}")

    # Check the status of the deployment
    assert endpoint(here, "show", "--query provisioning_state -o tsv") == "Succeeded\n"
    blue = "--query \"deployments[?name=='blue'].provisioning_state\" -o tsv"
    assert endpoint(here, "show", blue) == "Succeeded\n"
    assert "my-houses  Succeeded" in here.shell("az ml endpoint list --output table").stdout

    # Check if the cloud deployment succeeded
    logs = "--deployment blue"
    assert "Inference Server" in endpoint(here, "get-logs", logs)
    loaded = endpoint(here, "get-logs", f"{logs} --container storage-initializer")
    assert "Downloading model files" in loaded

    # Invoke the endpoint to score data with your model
    invoke = f"--request-file {REQUEST}"
    assert json.loads(endpoint(here, "invoke", invoke)) == [0.0, 1.0]
    uri = endpoint(here, "show", "--query scoring_uri -o tsv")
    assert uri == "https://my-houses.eastus2.inference.ml.azure.com/score\n"
    assert json.loads(endpoint(here, "get-credentials")).keys() == {"primaryKey", "secondaryKey"}

    # (Optional) Update the deployment: after "Init complete", log "Updated successfully"
    script = here.cwd / "endpoints/online/model-1/onlinescoring/score.py"
    script.write_text(script.read_text() + '\nlogging.info("Updated successfully")\n')
    before = _code_of_blue(here)
    endpoint(here, "update", f"-f {FILE}")
    assert _code_of_blue(here) != before
    scale = "--set deployments[0].scale_settings.instance_count=2"
    for form in (f"-f {FILE} {scale}", scale.replace("=2", "=3")):
        endpoint(here, "update", form)
    count = "--query deployments[0].scale_settings.instance_count"
    assert endpoint(here, "show", count) == "3\n"
    endpoint(here, "delete", "--deployment blue --yes")

    # Delete the endpoint and deployment
    endpoint(here, "delete", "--yes --no-wait")
    endpoint(here, "wait", "--deleted --interval 1")
    gone = here.shell(NAMED.format("show"), expect=3)
    assert gone.stdout == ""
    assert azure.simulator.journal.refused() == []


def test_model_and_environment_are_registered_apart(azure: Azure, here: Az) -> None:
    """The article's advice for production: names and versions in the file, files elsewhere."""
    model = "endpoints/online/model-1/model/sklearn_regression_model.pkl"
    here.shell(f"az ml model create --name my-model --version 1 --local-path {model}")
    environment = "endpoints/online/model-1/environment/environment.yml"
    here.shell(f"az ml environment create --name my-env --version 1 -f {environment}")
    references = (
        "--set deployments[0].model=azureml:my-model:1 "
        "deployments[0].environment=azureml:my-env@latest"
    )
    created = here.shell(f"az ml endpoint create -n $ENDPOINT_NAME -f {FILE} {references}").json
    blue = created["deployments"][0]
    assert blue["model"].endswith("/models/my-model/versions/1")
    assert blue["environment"].endswith("/environments/my-env/versions/1")
    assert azure.simulator.journal.refused() == []


def test_the_console_is_not_blocked_with_no_wait(azure: Azure, here: Az) -> None:
    told = here.shell(f"az ml endpoint create -n $ENDPOINT_NAME -f {FILE} --no-wait")
    (follow,) = re.findall(r"`(az deployment group wait [^`]+)`", told.stderr)
    here.shell(f"{follow} --interval 1 --timeout 60")
    traffic = "--query traffic.blue -o tsv"
    assert here.shell(f"az ml endpoint show -n $ENDPOINT_NAME {traffic}").stdout.strip() == "100"
    again = here.shell(f"az ml endpoint create -n $ENDPOINT_NAME -f {FILE}").stderr
    assert "nothing to do" in again
    assert azure.simulator.journal.refused() == []


def _code_of_blue(here: Az) -> str:
    return endpoint(here, "show", "--query deployments[0].code_configuration.code -o tsv")
