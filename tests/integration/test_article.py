"""The local chapter of Microsoft's article on managed online endpoints, command by command.

"Deploy and score a machine learning model with a managed online endpoint", May 2021, with the
samples of this repository in place of the article's.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.integration.az import Az
from tests.integration.conftest import SAMPLES
from tests.integration.deployed import post

FILE = "endpoints/online/managed/simple-flow/1-create-endpoint-with-blue.yml"
REQUEST = "endpoints/online/model-1/sample-request.json"
LOGS = "az ml endpoint get-logs --local -n $ENDPOINT_NAME --deployment blue"


def test_the_local_chapter_of_the_article(
    az: Az, sample: str, endpoint: str, tmp_path: Path
) -> None:
    shutil.copytree(SAMPLES, tmp_path / "samples")
    here = az.within(tmp_path / "samples").having(ENDPOINT_NAME=endpoint)

    # Deploy the model locally
    here.shell(f"az ml endpoint create --local -n $ENDPOINT_NAME -f {FILE}")

    # Check if the local deployment succeeded
    assert "Init complete" in here.shell(LOGS).stdout

    # Invoke the local endpoint to score data with your model
    invoke = f"az ml endpoint invoke --local -n $ENDPOINT_NAME --request-file {REQUEST}"
    predictions = here.shell(invoke).json
    assert predictions == pytest.approx([205.486, 68.634], abs=0.001)

    # To use a REST client (such as Curl), you need the scoring URI
    uri = here.shell("az ml endpoint show --local -n $ENDPOINT_NAME").json["scoring_uri"]
    assert rest_client(here, uri) == predictions

    # Review the logs for output from the invoke operation
    assert here.shell(LOGS).stdout.count("Request processed") == 2

    # (Optional) Update the deployment: after "Init complete", log "Updated successfully"
    script = here.cwd / "endpoints/online/model-1/onlinescoring/score.py"
    said = 'logging.info("Init complete")\n'
    assert said in script.read_text()
    more = f'{said}    logging.info("Updated successfully")\n'
    script.write_text(script.read_text().replace(said, more))
    here.shell(f"az ml endpoint update --local -n $ENDPOINT_NAME -f {FILE}")
    assert "Updated successfully" in here.shell(LOGS).stdout
    assert here.shell(invoke).json == predictions

    # Delete the deployment and the endpoint
    here.shell("az ml endpoint delete --local -n $ENDPOINT_NAME --deployment blue --yes")
    assert here.shell("az ml endpoint show --local -n $ENDPOINT_NAME").json["deployments"] == []
    here.shell("az ml endpoint delete --local -n $ENDPOINT_NAME --yes")
    again = here.shell("az ml endpoint delete --local -n $ENDPOINT_NAME --yes", expect=3)
    assert f"There is no local endpoint {endpoint}." in again.stderr


def rest_client(here: Az, uri: str) -> object:
    """curl where there is one: it is not on every bare machine."""
    if shutil.which("curl") is None:
        return json.loads(post(uri, (here.cwd / REQUEST).read_bytes()))
    header = "'Content-Type: application/json'"
    return here.shell(f"curl --silent --fail -H {header} --data @{REQUEST} {uri}").json
