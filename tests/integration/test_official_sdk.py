"""azure-ai-ml, the official SDK, in the simulated Azure: what it does and sees there is real."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.azure import Azure
from tests.integration.conftest import SAMPLES, SDK_PYTHON, cannot_run
from tests.simulator import registries
from tests.simulator.playground import Playground
from tests.simulator.world import OTHER_TEMPLATE, TEMPLATE

FLOW = Path(__file__).parent / "official_sdk" / "flow.py"
SAMPLE = SAMPLES / "endpoints/online/model-1"
NAME = "made-by-the-sdk"
IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The sample, as the flow wants its folder."""
    shutil.copytree(SAMPLE / "model", tmp_path / "model")
    shutil.copytree(SAMPLE / "onlinescoring", tmp_path / "code")
    (tmp_path / "environment").mkdir()
    (tmp_path / "environment" / "Dockerfile").write_text(f"FROM {IMAGE}\n")
    shutil.copy(SAMPLE / "environment/conda.yml", tmp_path / "conda.yml")
    shutil.copy(SAMPLE / "sample-request.json", tmp_path / "request.json")
    return tmp_path


def run_flow(playground: Playground, folder: Path, *steps: str) -> Mapping[str, Any]:
    """What each step answered. steps: their names; all, if there is none."""
    if not SDK_PYTHON.exists():
        cannot_run(f"there is no {SDK_PYTHON}; scripts/test makes it")
    answers = folder / "answers.json"
    done = subprocess.run(
        [SDK_PYTHON, FLOW, folder, NAME, answers, *steps],
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **playground.variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{done.stdout}\n--- stderr\n{done.stderr}"
    seen: Mapping[str, Any] = json.loads(answers.read_text())
    return seen


def test_the_official_sdk_goes_through_the_life_of_an_endpoint(
    empty_playground: Playground, project: Path
) -> None:
    words = f"{registries.FOLDER}/words.txt"
    empty_playground.shared.put(registries.CONTAINER, words, b"shared")
    seen = run_flow(empty_playground, project)

    host = empty_playground.world.scoring_host(NAME)
    assert seen["endpoint"]["scoring_uri"] == f"https://{host}/score"
    assert seen["endpoint"]["tags"] == {"made": "by the SDK"}
    assert seen["deployment"]["code_configuration"]["scoring_script"] == "score.py"
    assert seen["deployment"]["instance_count"] == 1
    assert seen["all traffic to blue"] == {"blue": 100}
    assert len(json.loads(seen["answer"])) == len(json.loads(seen["answer of blue"])) == 2
    assert all(seen["logs"])
    assert seen["keys"]["primary"] == seen["keys after"]["primary"]
    assert seen["split traffic"] == {"blue": 90, "green": 10}
    assert seen["instances of green"] == 2
    assert seen["listed"] == [[NAME], ["blue", "green"]]
    assert seen["left without blue"] == ["green"]
    assert seen["left"] == []
    assert len(json.loads(seen["answer to an identity"])) == 2
    assert seen["state on Kubernetes"] == "Succeeded"
    assert seen["model of a registry"] == {"words.txt": "shared"}
    assert seen["template"] == {
        "default": TEMPLATE,
        "allowed": [TEMPLATE, OTHER_TEMPLATE],
        "environment": "azureml://registries/azureml/environments/vllm/versions/7",
        "timeout": 90_000,
        "instance types": ["Standard_NC24ads_A100_v4", "Standard_NC40ads_H100_v5"],
        "delay": 600,
    }
    assert seen["deployment by a template"]["request_settings"] == {
        "max_concurrent_requests_per_instance": 0
    }
    assert [str(entry) for entry in empty_playground.simulator.journal.refused()] == []
    uploads = [each for each in empty_playground.blobs.journal.written() if each.operation == "PUT"]
    assert Counter(Path(each.path).name for each in uploads) == {
        "sklearn_regression_model.pkl": 1,  # for three deployments
        "score.py": 1,
        "Dockerfile": 1,
    }


def run_az(azure: Azure, folder: Path) -> Mapping[str, Any]:
    """The deployment of an endpoint that is made of the same content."""
    endpoint = {
        "name": "made-by-az",
        "auth_mode": "key",
        "deployments": [
            {
                "name": "blue",
                "model": {"local_path": "model"},
                "code_configuration": {
                    "code": {"local_path": "code"},
                    "scoring_script": "score.py",
                },
                "environment": {"docker": {"image": IMAGE}, "conda_file": "file:conda.yml"},
                "instance_type": "Standard_F2s_v2",
                "scale_settings": {"scale_type": "manual", "instance_count": 1},
            }
        ],
    }
    (folder / "endpoint.yml").write_text(json.dumps(endpoint))
    (deployment,) = azure.az(f"ml endpoint create -f {folder}/endpoint.yml").json["deployments"]
    return dict(deployment)


def content(azure: Azure) -> set[str]:
    """The assets that the deployments in the workspace are made of."""
    deployments = [
        entry.reply.json()["properties"]
        for entry in azure.simulator.journal
        if entry.request.method == "PUT" and "/deployments/" in entry.request.path
    ]
    assert len(deployments) == 2
    return {
        asset.lower()
        for each in deployments
        for asset in (each["model"], each["environmentId"], each["codeConfiguration"]["codeId"])
    }


def test_az_finds_what_the_official_sdk_has_uploaded(azure: Azure, project: Path) -> None:
    run_flow(azure.playground, project, "endpoint", "deployment")
    azure.blobs.clear()
    run_az(azure, project)
    assert azure.blobs.journal.written() == []
    assert len(content(azure)) == 3


def test_the_official_sdk_finds_what_az_has_uploaded(azure: Azure, project: Path) -> None:
    run_az(azure, project)
    azure.blobs.clear()
    run_flow(azure.playground, project, "endpoint", "deployment")
    assert azure.blobs.journal.written() == []
    assert len(content(azure)) == 3
