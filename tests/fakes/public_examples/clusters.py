"""Endpoints and deployments on Kubernetes, in today's files."""

from __future__ import annotations

from typing import Any

from tests.fakes.public_examples.example import (
    LATEST,
    LOCAL_CODE,
    LOCAL_MODEL,
    OPENMPI,
    Data,
    Example,
)

_PROBE = {
    "initial_delay": 5,
    "period": 5,
    "timeout": 10,
    "success_threshold": 1,
    "failure_threshold": 1,
}
_BY_LOAD = {
    "type": "target_utilization",
    "min_instances": 1,
    "max_instances": 3,
    "polling_interval": 10,
    "target_utilization_percentage": 70,
}
_LITTLE = {"cpu": "0.1", "memory": "0.1Gi"}


def _endpoint(**said: Any) -> Data:
    tags = {"tag1": "endpoint-tag1-value"}
    compute = "azureml:inferencecompute"
    return {"name": "my-endpoint", "compute": compute, "auth_mode": "Key", "tags": tags, **said}


def _deployment(name: str, number: int, image: str, *, today: bool, **said: Any) -> Data:
    """today: by the names of today's files, and not those of their first year."""
    folder = f"../model-{number}"
    code = f"{folder}/onlinescoring/"
    model: Data = {"path": f"{folder}/model/"}
    if not today:
        model = {"local_path": f"{folder}/model/sklearn_regression_model.pkl"}
    return {
        "name": name,
        "type": "kubernetes",
        "endpoint_name": "my-endpoint",
        "model": model,
        "code_configuration": {
            "code": code if today else {"local_path": code},
            "scoring_script": "score.py",
        },
        "environment": {
            "conda_file": f"{folder}/environment/{'conda.yaml' if number > 1 else 'conda.yml'}",
            "image": image,
        },
        **said,
    }


def _blue(*, today: bool, **said: Any) -> Data:
    return _deployment(
        "blue",
        1,
        f"{OPENMPI}:latest" if today else f"{OPENMPI}:20210727.v1",
        today=today,
        request_settings={
            "request_timeout_ms": 3000,
            "max_concurrent_requests_per_instance": 1,
            "max_queue_wait_ms": 3000,
        },
        resources={"requests": _LITTLE, "limits": {"cpu": "0.2", "memory": "200Mi"}},
        liveness_probe=_PROBE,
        readiness_probe=_PROBE,
        tags={"tag1": "deployment-tag1-value"},
        instance_count=1,
        scale_settings={"type": "default"},
        **said,
    )


CLUSTERS = (
    Example("kubernetes/kubernetes-endpoint.yml", _endpoint()),
    Example("amlarc/endpoint.yml", _endpoint(properties={"prop1": "endpoint-prop1-value"})),
    Example("kubernetes/kubernetes-blue-deployment.yml", _blue(today=True)),
    Example(
        "amlarc/blue-deployment.yml",
        _blue(today=False, properties={"prop1": "deployment-prop1-value"}),
        told=(LOCAL_MODEL, LOCAL_CODE),
    ),
    Example(
        "kubernetes/kubernetes-green-deployment.yml",
        {
            "$schema": f"{LATEST}/kubernetesOnlineDeployment.schema.json",
            **_deployment(
                "green",
                2,
                "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest",
                today=True,
                app_insights_enabled=True,
                instance_type="defaultinstancetype",
                resources={"requests": _LITTLE},
                scale_settings=_BY_LOAD,
            ),
        },
    ),
    Example(
        "amlarc/green-deployment.yml",
        _deployment(
            "green",
            2,
            f"{OPENMPI}:20210727.v1",
            today=False,
            app_insights_enabled=True,
            scale_settings=_BY_LOAD,
        ),
        told=(LOCAL_MODEL, LOCAL_CODE),
    ),
)
