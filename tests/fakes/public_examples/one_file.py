"""Files of 2021: an endpoint with its deployments, and deployments that were added to one."""

from __future__ import annotations

from typing import Any

from tests.fakes.public_examples.example import (
    EARLY,
    ENDPOINT,
    LATEST,
    OPENMPI,
    Data,
    Example,
    Plain,
    own_server,
)
from tests.fakes.public_examples.todays_endpoints import UNQUOTED

_MARCH = "20210301.v1"
_SIZE = "Standard_F2s_v2"
_ONLINE = f"{LATEST}/onlineEndpoint.schema.json"
_FILL = {
    "{{acr_name}}": "myregistry",
    "{{model_name}}": "half_plus_two",
    "{{aml_model_name}}": "tfserving-mounted",
    "{{model_base_path}}": "/var/azureml-app/azureml-models/tfserving-mounted/1",
    "{{azureml_model_dir}}": "azureml-models/triton-ensemble/1",
}


def manual(count: int, *, bounds: bool = True) -> Data:
    said: Data = {"scale_type": "manual", "instance_count": count}
    return {**said, "min_instances": 1, "max_instances": 2} if bounds else said


def deployment(
    name: str, count: int = 1, *, number: int = 1, bounds: bool = True, **changes: Any
) -> Data:
    """changes: script, image, environment (its name), size."""
    folder = f"../../model-{number}"
    size = changes.get("size", _SIZE)
    return {
        "name": name,
        "model": {
            "name": f"model-{number}",
            "version": 1,
            "local_path": f"{folder}/model/sklearn_regression_model.pkl",
        },
        "code_configuration": {
            "code": {"local_path": f"{folder}/onlinescoring/"},
            "scoring_script": changes.get("script", "score.py"),
        },
        "environment": {
            "name": changes.get("environment", f"env-model{number}"),
            "version": 1,
            "path": ".",
            "conda_file": f"file:{folder}/environment/conda.yml",
            "docker": {"image": changes.get("image", f"{OPENMPI}:{_MARCH}")},
        },
        **({"instance_type": size} if size else {}),
        "scale_settings": manual(count, bounds=bounds),
    }


def endpoint(
    name: str | None, deployments: Any, traffic: Data, auth_mode: str = "aml_token", **said: Any
) -> Data:
    named = {} if name is None else {"name": name}
    return {
        **named,
        "type": "online",
        "auth_mode": auth_mode,
        **said,
        "traffic": traffic,
        "deployments": deployments,
    }


def _canary(step: str, traffic: Data, *deployments: Data, **said: Any) -> Example:
    schema = said.pop("schema", ENDPOINT)
    made = endpoint("my-endpoint", list(deployments), traffic, **said)
    return Example(f"managed/canary-declarative-flow/{step}.yml", {"$schema": schema, **made})


_GREEN = deployment("green", 2, number=2, bounds=False)
_BLUE_2 = deployment("blue", 2, bounds=False)
_VARIABLES = {
    "STORAGE_ACCOUNT_NAME": "storage_place_holder",
    "STORAGE_CONTAINER_NAME": "container_place_holder",
    "FILE_NAME": "file_place_holder",
}
_IDENTITY = {
    "type": "user_assigned",
    "user_assigned_identities": [{"resource_id": "user_identity_ARM_id"}],
}
_IDENTITY_FILL = {
    "user_identity_ARM_id": (
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity"
        "/userAssignedIdentities/scorer"
    )
}
_ON_ITS_OWN: Data = {
    key: each for key, each in deployment("blue").items() if key not in ("model", "environment")
}


def _container(name: str, model: Any, image: Any, routes: Data, **said: Any) -> Data:
    environment = own_server(image, **routes, **said.pop("environment", {}))
    docker = {"image": environment.pop("image")}
    return {
        "name": name,
        "model": model,
        **said.pop("before", {}),
        "environment": {**environment, "docker": docker},
        "instance_type": said.pop("size", _SIZE),
        "scale_settings": manual(1),
    }


def _half_plus_two(model: Any, image: Any, base: str, name: str) -> Data:
    served = f"/v1/models/{name}"
    wrap = Plain if "{{" in name else str
    routes = {"port": 8501, "live": wrap(served), "score": wrap(f"{served}:predict")}
    variables = {"MODEL_BASE_PATH": Plain(base), "MODEL_NAME": "half_plus_two"}
    return _container(
        "tfserving",
        model,
        image,
        routes,
        before={"environment_variables": variables},
        environment={"name": "tfserving", "version": 1},
    )


def _mounted(path: str, name: Any = "tfserving-mounted") -> Data:
    return {"name": name, "version": 1, "local_path": Plain(path)}


_BASE = "/var/azureml-app/azureml-models/tfserving-mounted/1"
_SERVED = "tf-serving:8501-env-variables-mount"

ONE_FILE = (
    _canary("1-create-endpoint-with-blue", {"blue": 100}, deployment("blue")),
    _canary("2-scale-blue", {"blue": 100}, deployment("blue", 2), schema=_ONLINE),
    _canary("3-create-green", {"blue": 100, "green": 0}, _BLUE_2, _GREEN, auth_mode="key"),
    _canary("4-flight-green", {"blue": 90, "green": 10}, _BLUE_2, _GREEN, auth_mode="key"),
    _canary("5-full-green", {"blue": 0, "green": 100}, _BLUE_2, _GREEN, auth_mode="key"),
    _canary("6-delete-blue", {"green": 100}, deployment("green", 2, number=2), schema=_ONLINE),
    Example(
        "managed/canary-declarative-flow/1-create-endpoint-with-blue.yaml",
        {
            "$schema": _ONLINE,
            **endpoint(
                "my-endpoint",
                {"blue": {k: v for k, v in deployment("blue").items() if k != "name"}},
                {"blue": 100},
            ),
        },
        ("deployments must be a list",),
    ),
    Example(
        "managed/simple-flow/1-create-endpoint-with-blue.yml",
        {
            "$schema": ENDPOINT,
            **endpoint("my-endpoint", [deployment("blue")], {"blue": 100}, "key"),
        },
    ),
    Example(
        "managed/simple-flow/deployment.yml",
        {
            **deployment("blue", image=f"{OPENMPI}:20210727.v1"),
            "endpoint_name": "myey1",
        },
    ),
    Example(
        "managed/canary-imperative-flow/1-create-endpoint.yml",
        {
            "$schema": ENDPOINT,
            "name": "my-new-endpoint",
            "type": "online",
            "auth_mode": "aml_token",
        },
    ),
    Example(
        "managed/canary-imperative-flow/2-create-blue.yml",
        {"$schema": ENDPOINT, **deployment("blue")},
    ),
    Example(
        "managed/canary-imperative-flow/3-create-green.yml",
        {"$schema": ENDPOINT, **deployment("green", 2, number=2)},
    ),
    Example(
        "managed/managed-identities/1-sai-create-endpoint.yml",
        {"name": "my-sai-endpoint", "type": "online", "auth_mode": "key"},
    ),
    Example(
        "managed/managed-identities/1-uai-create-endpoint-with-deployment.yml",
        endpoint(
            "my-uai-endpoint",
            [
                {
                    **deployment(
                        "blue", script="score_managedidentity.py", environment="envmodel1"
                    ),
                    "environment_variables": {
                        **_VARIABLES,
                        "UAI_CLIENT_ID": "uai_client_id_place_holder",
                    },
                }
            ],
            {"blue": 100},
            identity=_IDENTITY,
        ),
        ("resource_id cannot be 'user_identity_ARM_id'",),
        _IDENTITY_FILL,
    ),
    Example(
        "managed/managed-identities/2-sai-deployment.yml, 2021",
        {
            **deployment(
                "blue",
                script="score_managedidentity.py",
                environment="envmodel1",
                image=f"mcr.microsoft.com/azureml/intelmpi2018.3-ubuntu16.04:{_MARCH}",
            ),
            "environment_variables": _VARIABLES,
        },
    ),
    Example(
        "managed/saferollout/blue-deployment.yml",
        {
            **_ON_ITS_OWN,
            "endpoint_name": "my-endpoint",
            "model": {"local_path": "../../model-1/model/sklearn_regression_model.pkl"},
            "environment": {
                "conda_file": "file:../../model-1/environment/conda.yml",
                "image": f"{OPENMPI}:20210727.v1",
            },
            "scale_settings": None,
            "instance_count": 1,
        },
        told=("instance_count is today's spelling", "image is today's spelling"),
    ),
    Example(
        "managed/saferollout/green-deployment.yml",
        {
            **deployment("green", number=2),
            "endpoint_name": "my-endpoint",
            "model": {"local_path": "../../model-2/model/sklearn_regression_model.pkl"},
            "environment": {
                "path": ".",
                "conda_file": "file:../../model-2/environment/conda.yml",
                "docker": {"image": f"{OPENMPI}:20210727.v1"},
            },
        },
    ),
    Example(
        "aks/simple-flow/1-create-aks-endpoint-with-blue.yml",
        {
            "$schema": f"{LATEST}/k8sOnlineEndpoint.schema.json",
            **endpoint(
                "my-aks-endpoint",
                [
                    {
                        **deployment("blue", environment="myenv-model-1", size=None, bounds=False),
                        "resource_requirements": {"cpu": 1.5, "memory_in_gb": 1.0},
                    }
                ],
                {"blue": 100},
                target="azureml:aks-test",
            ),
        },
    ),
    Example(
        "custom-container/tfserving-endpoint.yml, 2021",
        {
            "$schema": f"{EARLY}/managedOnlineEndpoint.schema.json",
            **endpoint(
                "tfserving-endpoint",
                [
                    _half_plus_two(
                        _mounted("./half_plus_two"),
                        "docker.io/tensorflow/serving:latest",
                        _BASE,
                        "half_plus_two",
                    )
                ],
                {"tfserving": 100},
            ),
        },
    ),
    Example(
        "custom-container/TFServing-endpoint.yaml",
        {
            "$schema": f"{EARLY}/onlineEndpoint.schema.json",
            **endpoint(
                "TFSERVING-ENDPOINT",
                [
                    _half_plus_two(
                        _mounted("./half_plus_two"),
                        f"$ACR_NAME.azurecr.io/{_SERVED}",
                        _BASE,
                        "half_plus_two",
                    )
                ],
                {"tfserving": 100},
            ),
        },
    ),
    Example(
        "custom-container/TFServing-endpoint.yml",
        {
            "$schema": f"{EARLY}/onlineEndpoint.schema.json",
            **endpoint(
                None,
                [
                    _half_plus_two(
                        _mounted("./{{model_name}}", Plain("{{model_name}}")),
                        Plain("{{acr_name}}.azurecr.io/" + _SERVED),
                        "{{model_base_path}}",
                        "{{model_name}}",
                    )
                ],
                {"tfserving": 100},
            ),
        },
        (UNQUOTED,),
        _FILL,
    ),
    Example(
        "custom-container/triton-endpoint.yml",
        {
            "$schema": f"{EARLY}/onlineEndpoint.schema.json",
            **endpoint(
                None,
                [
                    _container(
                        "triton",
                        {"name": "triton-ensemble", "version": 1, "local_path": "./triton"},
                        Plain("{{acr_name}}.azurecr.io/triton:8000"),
                        {
                            "port": 8000,
                            "live": "/v2/health/live",
                            "ready": "/v2/health/ready",
                            "score": "/v2/models/ensemble/versions/1/infer",
                        },
                        size="Standard_F8s_v2",
                        before={
                            "environment_variables": {
                                "MODEL_BASE_PATH": (
                                    "/var/azureml-app/azureml-models/triton-ensemble/1"
                                ),
                                "AZUREML_MODEL_DIR": "azureml-models/triton-ensemble/1",
                            }
                        },
                    )
                ],
                {"triton": 100},
            ),
        },
        (UNQUOTED,),
        _FILL,
    ),
    Example(
        "custom-container/R/r-endpoint.yml",
        {
            "$schema": f"{EARLY}/managedOnlineEndpoint.schema.json",
            **endpoint(
                None,
                [
                    _container(
                        "r-deployment",
                        {"name": "plumber", "version": 1, "local_path": "./scripts"},
                        Plain("{{acr_name}}.azurecr.io/r_server"),
                        {"port": 8000, "live": "/live", "ready": "/ready", "score": "/sum"},
                        environment={"name": "r-deployment", "version": 1},
                    )
                ],
                {"r-deployment": 100},
            ),
        },
        (UNQUOTED,),
        _FILL,
    ),
)
