"""The Azure chapter of Microsoft's article on managed online endpoints, command by command.

The local chapter is in :mod:`.test_article`. Azure is simulated, and refuses what Azure refuses.
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

ENDPOINT = "az ml endpoint"
FILE = "endpoints/online/managed/simple-flow/1-create-endpoint-with-blue.yml"
REQUEST = "endpoints/online/model-1/sample-request.json"


@pytest.fixture
def here(azure: Azure, tmp_path: Path) -> Az:
    """az in a copy of the samples, with the article's variable."""
    shutil.copytree(SAMPLES, tmp_path / "samples")
    return azure.az.within(tmp_path / "samples").having(ENDPOINT_NAME="my-endpoint")


def test_the_azure_chapter_of_the_article(azure: Azure, here: Az) -> None:
    # Deploy to Azure
    here.shell(f"{ENDPOINT} create -n $ENDPOINT_NAME -f {FILE}")

    # Check the status of the deployment
    shown = here.shell(f"{ENDPOINT} show -n $ENDPOINT_NAME").json
    assert shown["provisioning_state"] == "Succeeded"
    assert [each["provisioning_state"] for each in shown["deployments"]] == ["Succeeded"]
    header, _, row = here.shell(f"{ENDPOINT} list --output table").stdout.splitlines()
    assert header.split() == ["Name", "State", "Traffic", "Scoring", "URI"]
    assert row.split()[:5] == ["my-endpoint", "Succeeded", "blue", "100", "%"]
    assert "my-endpoint" in here.shell(f"{ENDPOINT} show -n $ENDPOINT_NAME -o table").stdout

    # Check if the cloud deployment succeeded
    logs = f"{ENDPOINT} get-logs -n $ENDPOINT_NAME --deployment blue"
    assert "Listening at" in here.shell(logs).stdout
    initializer = here.shell(f"{logs} --container storage-initializer").stdout
    assert "Listening at" not in initializer

    # Invoke the endpoint to score data with your model
    invoke = f"{ENDPOINT} invoke -n $ENDPOINT_NAME --request-file {REQUEST}"
    assert here.shell(invoke).json == [0.0, 1.0]
    uri = here.shell(f"{ENDPOINT} show -n $ENDPOINT_NAME --query scoring_uri -o tsv").stdout.strip()
    assert uri == "https://my-endpoint.eastus2.inference.ml.azure.com/score"
    keys = here.shell(f"{ENDPOINT} get-credentials -n $ENDPOINT_NAME").json
    assert set(keys) == {"primaryKey", "secondaryKey"}

    # (Optional) Update the deployment
    uploaded = len(code_versions(azure))
    script = here.cwd / "endpoints/online/model-1/onlinescoring/score.py"
    script.write_text(f'{script.read_text()}\nlogging.info("Updated successfully")\n')
    told = here.shell(f"{ENDPOINT} update -n $ENDPOINT_NAME -f {FILE}").stderr
    assert "update deployment blue: code changed" in told
    assert len(code_versions(azure)) == uploaded + 1

    # Tip: --set, with the file and without it
    count = "--set deployments[0].scale_settings.instance_count=2"
    scaled = here.shell(f"{ENDPOINT} update -n $ENDPOINT_NAME {count}").json
    assert scaled["deployments"][0]["scale_settings"]["instance_count"] == 2
    same = here.shell(f"{ENDPOINT} update -n $ENDPOINT_NAME -f {FILE} {count}").stderr
    assert "nothing to do" in same

    # In the rare case that you want to delete the deployment and create it again
    here.shell(f"{ENDPOINT} delete -n $ENDPOINT_NAME --deployment blue --yes")
    assert here.shell(f"{ENDPOINT} show -n $ENDPOINT_NAME").json["deployments"] == []
    here.shell(f"{ENDPOINT} create -n $ENDPOINT_NAME -f {FILE}")

    # Delete the endpoint and deployment
    here.shell(f"{ENDPOINT} delete -n $ENDPOINT_NAME --yes")
    gone = here.shell(f"{ENDPOINT} show -n $ENDPOINT_NAME", expect=3)
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
    created = here.shell(f"{ENDPOINT} create -n $ENDPOINT_NAME -f {FILE} {references}").json
    blue = created["deployments"][0]
    assert blue["model"].endswith("/models/my-model/versions/1")
    assert blue["environment"].endswith("/environments/my-env/versions/1")
    assert azure.simulator.journal.refused() == []


def test_the_console_is_not_blocked_with_no_wait(azure: Azure, here: Az) -> None:
    told = here.shell(f"{ENDPOINT} create -n $ENDPOINT_NAME -f {FILE} --no-wait")
    (follow,) = re.findall(r"`(az deployment group wait [^`]+)`", told.stderr)
    here.shell(f"{follow} --interval 1 --timeout 60")
    traffic = "--query traffic.blue -o tsv"
    assert here.shell(f"{ENDPOINT} show -n $ENDPOINT_NAME {traffic}").stdout.strip() == "100"
    again = here.shell(f"{ENDPOINT} create -n $ENDPOINT_NAME -f {FILE}").stderr
    assert "nothing to do" in again
    assert azure.simulator.journal.refused() == []


def code_versions(azure: Azure) -> list[str]:
    """The code versions that have been registered, by the paths of their PUTs."""
    writes = azure.simulator.journal.writes()
    return [each.path for each in writes if each.method == "PUT" and "/codes/" in each.path]


def test_every_form_of_update_in_one_rollout(azure: Azure, here: Az) -> None:
    """The imperative rollout: one deployment after the other, traffic by hand."""
    flow = "endpoints/online/managed/canary-imperative-flow"
    update = f"{ENDPOINT} update -n $ENDPOINT_NAME"
    here.shell(f"{ENDPOINT} create -n $ENDPOINT_NAME -f {flow}/1-create-endpoint.yml")
    here.shell(f"{update} --deployment blue --deployment-file {flow}/2-create-blue.yml")
    here.shell(f'{update} --traffic "blue:100"')
    here.shell(f"{update} --deployment blue --instance-count 2")
    green = f"--deployment-file {flow}/3-create-green.yml"
    here.shell(f'{update} {green} --traffic "blue:100,green:0"')
    here.shell(f"{ENDPOINT} invoke -n $ENDPOINT_NAME --deployment green --request-file {REQUEST}")
    here.shell(f'{update} --traffic "blue:90,green:10"')
    here.shell(f'{update} --traffic "blue:0,green:100"')
    here.shell(f"{ENDPOINT} delete -n $ENDPOINT_NAME --deployment blue --yes")
    shown = json.loads(here.shell(f"{ENDPOINT} show -n $ENDPOINT_NAME").stdout)
    assert shown["traffic"] == {"green": 100}
    assert [each["name"] for each in shown["deployments"]] == ["green"]
    here.shell(f"{ENDPOINT} delete -n $ENDPOINT_NAME --yes --no-wait")
    assert azure.simulator.journal.refused() == []


def test_the_declarative_rollout_in_six_files(azure: Azure, here: Az) -> None:
    create, *updates = sorted((here.cwd / "endpoints/online/managed/simple-flow").glob("*.yml"))
    here.shell(f"{ENDPOINT} create -n $ENDPOINT_NAME -f {create}")
    seen = []
    for file in updates:
        made = here.shell(f"{ENDPOINT} update -n $ENDPOINT_NAME -f {file}").json
        seen.append(made["traffic"])
        azure.simulator.journal.clear()
        again = here.shell(f"{ENDPOINT} update -n $ENDPOINT_NAME -f {file}").stderr
        assert "nothing to do" in again
        assert azure.simulator.journal.writes() == []
        assert len(azure.simulator.journal) <= 8  # two deployments with assets of their own
    assert seen == [
        {"blue": 100},
        {"blue": 100},
        {"blue": 90, "green": 10},
        {"green": 100},
        {"green": 100},
    ]
    assert azure.simulator.journal.refused() == []


@pytest.mark.parametrize("kind", ["system-assigned", "user-assigned"])
def test_an_endpoint_with_an_identity(azure: Azure, here: Az, kind: str) -> None:
    variables = {"SUBSCRIPTION_ID": azure.playground.world.subscription, "RESOURCE_GROUP": "rg"}
    file = f"endpoints/online/managed/managed-identity/{kind}.yml"
    create = f"{ENDPOINT} create -n $ENDPOINT_NAME -f {file}"
    made = here.having(**variables).shell(create).json
    assert made["identity"]["type"] == kind.replace("-", "_")
    if kind == "system-assigned":
        query = "--query identity.principal_id -o tsv"
        assert here.shell(f"{ENDPOINT} show -n $ENDPOINT_NAME {query}").stdout.strip()
    else:
        (identity,) = made["identity"]["user_assigned_identities"]
        assert identity["resource_id"].endswith("/userAssignedIdentities/my-identity")
    assert "nothing to do" in here.having(**variables).shell(create).stderr
    assert azure.simulator.journal.refused() == []


def test_an_endpoint_on_kubernetes(azure: Azure, here: Az) -> None:
    file = "endpoints/online/kubernetes/1-create-endpoint-with-blue.yml"
    create = f"{ENDPOINT} create -n $ENDPOINT_NAME -f {file} --set target=azureml:aks-test"
    (blue,) = here.shell(create).json["deployments"]
    assert blue["scale_settings"]["max_instances"] == 3
    assert blue["resource_requirements"]["memory_in_gb"] == 0.5
    assert "nothing to do" in here.shell(create).stderr
    assert here.shell(f"{ENDPOINT} invoke -n $ENDPOINT_NAME --request-file {REQUEST}").json == [
        0.0,
        1.0,
    ]
    assert azure.simulator.journal.refused() == []


def test_a_container_with_a_server_of_its_own(azure: Azure, here: Az) -> None:
    file = "endpoints/online/custom-container/endpoint.yml"
    create = f"{ENDPOINT} create -n $ENDPOINT_NAME -f {file}"
    (deployment,) = here.shell(create).json["deployments"]
    assert "code_configuration" not in deployment
    assert "nothing to do" in here.shell(create).stderr
    assert azure.simulator.journal.refused() == []
