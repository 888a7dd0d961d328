"""Endpoints of 2021 on Kubernetes clusters that Azure Arc knows, below ``cli/endpoints/amlarc``."""

from __future__ import annotations

from typing import Any

from tests.fakes.public_examples.example import EARLY, OPENMPI, Data, Example
from tests.fakes.public_examples.one_file import endpoint
from tests.fakes.simulated_arm import WORKSPACE

_INTEL = "mcr.microsoft.com/azureml/intelmpi2018.3-ubuntu16.04:20210301.v1"
_LATEST = f"{OPENMPI}:latest"
_COMPUTE = "azureml:{{fullyQualifiedComputeId}}"
_BY_PARTS = (
    "azureml:/subscriptions/{{subscriptionId}}/resourceGroups/{{resourceGroup}}/providers"
    "/Microsoft.MachineLearningServices/workspaces/{{workspaceName}}/computes/{{computeName}}"
)
_FILL = {
    "{{fullyQualifiedComputeId}}": f"{WORKSPACE.id}/computes/aks-test",
    "{{subscriptionId}}": WORKSPACE.subscription,
    "{{resourceGroup}}": WORKSPACE.resource_group,
    "{{workspaceName}}": WORKSPACE.name,
    "{{computeName}}": "aks-test",
}
_NOTES = {
    "tags": {"tag1": "first tag", "tag2": "second tag"},
    "properties": {"prop1": "first prop", "prop2": "second prop"},
}
_REQUESTS = {
    "request_settings": {
        "request_timeout_ms": 3000,
        "max_concurrent_requests_per_instance": 1,
        "max_queue_wait_ms": 3000,
    }
}
_LITTLE = {"resource_requirements": {"cpu": 0.1, "memory_in_gb": 0.5}}


def _auto(least: int) -> Data:
    return {"scale_type": "auto", "min_instances": least, "max_instances": 2}


def _deployment(
    name: str, model: str, folder: str, environment: Data, least: int, **said: Any
) -> Data:
    """model: its name, of a text that greets, or of scikit-learn."""
    file = "helloworld.txt" if "hello" in model else "sklearn_regression_model.pkl"
    return {
        "name": name,
        "model": {"name": model, "version": 1, "local_path": f"{folder}/model/{file}"},
        "code_configuration": {
            "code": {"local_path": f"{folder}/onlinescoring/"},
            "scoring_script": "score.py",
        },
        "environment": {
            **environment,
            "path": ".",
            "conda_file": f"file:{folder}/environment/conda.yml",
        },
        "scale_settings": _auto(least),
        **said,
    }


def _image(image: str, name: str | None = None) -> Data:
    named: Data = {} if name is None else {"name": name, "version": 1}
    return {**named, "docker": {"image": image}}


def _example(path: str, traffic: Data, *deployments: Data, **said: Any) -> Example:
    target = _BY_PARTS if path.startswith("managed") else _COMPUTE
    wrong = [f"'{target}' is no way to name a compute"] if target == _COMPUTE else []
    made = endpoint(
        None,
        list(deployments),
        traffic,
        identity={"type": "system_assigned"},
        target=target,
        **said,
    )
    return Example(
        f"../amlarc/{path}.yaml",
        {"$schema": f"{EARLY}/onlineEndpoint.schema.json", **made},
        ("an online endpoint needs 'name'", *wrong),
        _FILL,
    )


_UP, _FURTHER_UP = "../model-{}", "../../model-{}"
_HELLO = _UP.format(1)
_SCALED = _deployment("blue", "model-hello", _HELLO, _image(_LATEST), 2)
_MODEL_1, _MODEL_2 = _FURTHER_UP.format(1), _FURTHER_UP.format(2)
_FLIGHT = (
    {"blue": 90, "green": 10},
    _deployment("blue", "model-1", _MODEL_1, _image(_INTEL), 2),
    _deployment("green", "model-2", _MODEL_2, _image(_INTEL), 1, **_REQUESTS),
)
_FIRST = _deployment(
    "blue", "model-1", _MODEL_1, _image(_INTEL, "env-model1"), 1, **_REQUESTS, **_LITTLE
)

CLUSTERS_2021 = (
    _example(
        "canary-declarative-flow/1-create-endpoint-with-blue",
        {"blue": 100},
        _deployment(
            "blue", "model-hello", _HELLO, _image(_INTEL, "env-model1"), 1, **_REQUESTS, **_LITTLE
        ),
        **_NOTES,
    ),
    _example("canary-declarative-flow/4-flight-green", *_FLIGHT),
    _example(
        "canary-declarative-flow/7-descale-green",
        {"blue": 100, "green": 0},
        _SCALED,
        _deployment("green", "model-hello-2", _UP.format(2), _image(_LATEST), 1, **_REQUESTS),
    ),
    _example("canary-declarative-flow/8-delete-green", {"blue": 100}, _SCALED),
    _example(
        "canary-declarative-flow/10-descale-blue",
        {"blue": 0},
        _deployment(
            "blue", "model-hello", _HELLO, _image(_LATEST, "env-hello-1"), 1, **_REQUESTS, **_LITTLE
        ),
        **_NOTES,
    ),
    _example("simple-flow/1-create-endpoint-with-blue", {"blue": 100}, _FIRST, **_NOTES),
    _example(
        "managed/canary-declarative-flow/1-create-endpoint-with-blue",
        {"blue": 100},
        _FIRST,
        **_NOTES,
    ),
    _example("managed/canary-declarative-flow/4-flight-green", *_FLIGHT),
    _example("managed/simple-flow/1-create-endpoint-with-blue", {"blue": 100}, _FIRST, **_NOTES),
)
