"""The public samples of the official extension are converted, and only true things are told.

What is kept here of Azure/azureml-examples, cli/endpoints/online, are their keys and values.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document import official, proof, write
from tests.unit.document import project

Data = dict[str, Any]

ADDRESS = "https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json"
MANAGED: Data = {
    "$schema": ADDRESS,
    "name": "blue",
    "endpoint_name": "my-endpoint",
    "instance_type": "Standard_DS3_v2",
    "instance_count": 1,
}
SCORED: Data = {
    "model": {"path": "../model-1/model/sklearn_regression_model.pkl"},
    "code_configuration": {"code": "../model-1/onlinescoring/", "scoring_script": "score.py"},
    "environment": {
        "conda_file": "../model-1/environment/conda.yml",
        "image": "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest",
    },
}
MLFLOW: Data = {
    "name": "mir-sample-sklearn-ncd-model",
    "version": 1,
    "path": "mlflow",
    "type": "mlflow_model",
}
PROBES: Data = {
    "initial_delay": 5,
    "period": 5,
    "timeout": 10,
    "success_threshold": 1,
    "failure_threshold": 1,
}


def own_server(port: int, health: str, score: str = "/", **more: Any) -> Data:
    health_route = {"port": port, "path": health}
    return {
        **more,
        "inference_config": {
            "liveness_route": health_route,
            "readiness_route": health_route,
            "scoring_route": {"port": port, "path": score},
        },
    }


SAMPLES: dict[str, tuple[Data, list[str]]] = {
    "managed/sample/blue-deployment": ({**SCORED}, []),
    "managed/sample/blue-deployment-with-registered-assets": (
        {
            "model": "azureml:my-model:1",
            "code_configuration": SCORED["code_configuration"],
            "environment": "azureml:my-env:1",
        },
        [],
    ),
    "managed/app-insights": (
        {
            **SCORED,
            "app_insights_enabled": True,
            "environment_variables": {
                "AML_APP_INSIGHTS_KEY": "<AML_APP_INSIGHTS_KEY>",
                "AML_MODEL_DC_STORAGE_ENABLED": False,
            },
        },
        [],
    ),
    "managed/vnet/sample": (
        {
            **SCORED,
            "private_network_connection": True,
            "environment": own_server(5001, "/", "/score", image="placeholder.azurecr.io/img:v1"),
        },
        ["private_network_connection is sent as the property"],
    ),
    "managed/vnet, before": (
        {**SCORED, "egress_public_network_access": "disabled"},
        [],
    ),
    "ncd/sklearn-deployment": ({"model": MLFLOW}, []),
    "ncd/sklearn-deployment-with-script": ({**SCORED, "model": MLFLOW}, []),
    "ncd/sklearn-deployment-with-image": (
        {
            "model": MLFLOW,
            "environment": SCORED["environment"],
            "environment_variables": {"MLFLOW_MODEL_FOLDER": "model"},
        },
        [],
    ),
    "ncd/mlflow-from-catalog": ({"model": "azureml:Meta-Llama-31-8B-Instruct:1"}, []),
    "deploy-with-packages/custom-model": (
        {"environment": "azureml:sklearn-regression-online-pkg@latest"},
        [],
    ),
    "custom-container/tfserving": (
        {
            "model": {"name": "tfserving-mounted", "version": 1, "path": "./models"},
            "model_mount_path": "/var/tfserving-model-mount",
            "environment_variables": {"MODEL_NAME": "half_plus_two"},
            "environment": own_server(
                8501,
                "/v1/models/half_plus_two",
                "/v1/models/half_plus_two:predict",
                image="docker.io/tensorflow/serving:latest",
            ),
        },
        [],
    ),
    "custom-container/vllm": (
        {
            "environment_variables": {"HUGGING_FACE_HUB_TOKEN": "<YOUR_TOKEN>"},
            "environment": own_server(
                8000, "/health", name="vllm-env", image="registry.azurecr.io/vllm:latest"
            ),
        },
        ["this environment has no version"],
    ),
    "custom-container/minimal-multimodel": (
        {
            "model": {"name": "minimal-multimodel", "path": "models"},
            "code_configuration": SCORED["code_configuration"],
            "environment": {"name": "minimal-multimodel", "image": "a.azurecr.io/minimal:1"},
        },
        ["this environment has no version", "this model has no version"],
    ),
    "custom-container/advanced-byoc-multimodel": (
        {
            "model": "azureml:abyoc:1",
            "model_mount_path": "/var/abyoc/models",
            "environment": own_server(
                5001, "/live", image="a/abyoc:1", name="abyoc", version=1, os_type="linux"
            ),
            "environment_variables": {"WORKER_COUNT": 4},
            "request_settings": {"request_timeout_ms": 10000},
            "liveness_probe": {**PROBES, "initial_delay": 600},
        },
        [],
    ),
    "data-collector/custom-blob-storage": (
        {
            **SCORED,
            "model": "azureml:iris_mlflow_model@latest",
            "data_collector": {
                "collections": {
                    "model_inputs": {
                        "enabled": "True",
                        "data": {"name": "inputs", "path": "azureml://datastores/a/paths/b"},
                    }
                }
            },
        },
        [],
    ),
    "kubernetes/kubernetes-blue-deployment": (
        {
            **SCORED,
            "type": "kubernetes",
            "request_settings": {
                "request_timeout_ms": 3000,
                "max_concurrent_requests_per_instance": 1,
                "max_queue_wait_ms": 3000,
            },
            "resources": {
                "requests": {"cpu": "0.1", "memory": "0.1Gi"},
                "limits": {"cpu": "0.2", "memory": "200Mi"},
            },
            "liveness_probe": PROBES,
            "readiness_probe": PROBES,
            "tags": {"tag1": "deployment-tag1-value"},
            "scale_settings": {"type": "default"},
        },
        [],
    ),
    "kubernetes/kubernetes-green-deployment": (
        {
            **SCORED,
            "type": "kubernetes",
            "instance_count": None,
            "instance_type": "defaultinstancetype",
            "scale_settings": {
                "type": "target_utilization",
                "min_instances": 1,
                "max_instances": 3,
                "polling_interval": 10,
                "target_utilization_percentage": 70,
            },
        },
        [],
    ),
    "amlarc/blue-deployment": (
        {
            **SCORED,
            "type": "kubernetes",
            "model": {"local_path": "../model-1/model/sklearn_regression_model.pkl"},
            "code_configuration": {
                "code": {"local_path": "../model-1/onlinescoring/"},
                "scoring_script": "score.py",
            },
            "properties": {"prop1": "deployment-prop1-value"},
        },
        [],
    ),
}
"""Where it is -> what the deployment says besides MANAGED (None: not that), what is told of it."""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the samples are, beside the files that they name; it is the current folder."""
    for folder in ("model", "onlinescoring", "environment"):
        (tmp_path / "model-1" / folder).mkdir(parents=True)
    for folder in ("mlflow", "models"):
        (tmp_path / "here" / folder).mkdir(parents=True)
    (tmp_path / "model-1/model/sklearn_regression_model.pkl").write_bytes(b"model")
    (tmp_path / "model-1/onlinescoring/score.py").write_text(project.SCORE)
    (tmp_path / "model-1/environment/conda.yml").write_text(project.CONDA)
    (tmp_path / "here/models/weights.bin").write_bytes(b"model")
    (tmp_path / "here/mlflow/MLmodel").write_text(project.MLMODEL)
    (tmp_path / "here/mlflow/conda.yaml").write_text(project.CONDA)
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_public_sample_becomes_a_valid_file(files: Path, sample: str) -> None:
    keys, expected = SAMPLES[sample]
    on_cluster = {"compute": "azureml:inferencecompute"} if keys.get("type") else {}
    endpoint = {"name": "my-endpoint", "auth_mode": "Key", "tags": {"a": "b"}, **on_cluster}
    deployment = {key: value for key, value in {**MANAGED, **keys}.items() if value is not None}
    (files / "endpoint.yml").write_text(json.dumps(endpoint))
    (files / "deployment.yml").write_text(json.dumps(deployment))
    read = official.load(["endpoint.yml", "deployment.yml"])
    told = [f"{each.severity}: {each.message}" for each in read.findings]
    assert len(told) == len(expected), told
    for line in expected:
        assert any(each.startswith(f"warning: {line}") for each in told), told
    converted = read.require()
    written = write.endpoint(converted.endpoint, files)
    assert proof.errors(written, files, converted.tree) == []
