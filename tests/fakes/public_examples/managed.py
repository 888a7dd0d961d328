"""Deployments of managed endpoints whose script is asked by Azure's server."""

from __future__ import annotations

from typing import Any

from tests.fakes.public_examples.example import (
    DEPLOYMENT,
    LOCAL_CODE,
    LOCAL_MODEL,
    MINIMAL,
    OPENMPI,
    Data,
    Example,
    Plain,
    deployment,
    own_server,
    scored,
    sklearn,
)
from tests.fakes.public_examples.todays_endpoints import UNQUOTED

ANYBODYS = ("endpoint_name cannot be '<ENDPOINT_NAME>'",)
FILL = {
    "<ENDPOINT_NAME>": "my-endpoint",
    "<endpoint_name>": "my-endpoint",
    "<my-endpoint-name>": "my-endpoint",
    "<SCORING_SCRIPT>": "single-file-to-file-score.py",
    "{{ENDPOINT_NAME}}": "my-endpoint",
    "{{MODEL_VERSION}}": "1",
}
PRIVATE = ("private_network_connection is sent as the property",)
_CONDA = "../../model-1/environment/conda.yml"
_SKLEARN_ON_MPI: Data = {"conda_file": _CONDA, "image": f"{OPENMPI}:20210727.v1"}
_VARIABLES = {
    "STORAGE_ACCOUNT_NAME": "storage_place_holder",
    "STORAGE_CONTAINER_NAME": "container_place_holder",
    "FILE_NAME": "file_place_holder",
}
_REGISTRY = "azureml://registries/azureml/environments"


def _sample(name: str, number: int = 1, **said: Any) -> Data:
    return deployment(name, "my-endpoint", **sklearn("../..", number, **said))


def _schema(kind: str) -> Example:
    name = f"infsrv-{kind}"
    image = f"{MINIMAL}-py39-cpu-inference"
    said = scored("azureml:azureml-infschema:1", "code", image, "env.yml", f"score-{kind}.py")
    return Example(
        f"managed/inference-schema/deployment-{kind}.yml",
        deployment(name, "<endpoint_name>", **{**said, "model": "azureml:azureml-infschema:1"}),
        ("endpoint_name cannot be '<endpoint_name>'",),
        FILL,
    )


def _openapi(kind: str) -> Example:
    image = f"{MINIMAL}-py38-cpu-inference"
    said = scored("../../../model-1/model", "code", image, "../env.yml")
    return Example(
        f"managed/openapi/{kind}/deployment.yml",
        deployment(kind, "<my-endpoint-name>", "Standard_DS2_v2", **said),
        ("endpoint_name cannot be '<my-endpoint-name>'",),
        FILL,
    )


def _private(endpoint: str, model: str, image: str, **said: Any) -> Data:
    return deployment(
        "blue",
        endpoint,
        "Standard_F2s_v2",
        private_network_connection=True,
        model={"path": model},
        environment=own_server(f"placeholder.azurecr.io/repo/{image}:v1", 5001, "/", "/score"),
        **said,
    )


MANAGED = (
    Example(
        "managed/app-insights/deployment.yml",
        deployment(
            "blue",
            "<ENDPOINT_NAME>",
            "Standard_DS2_v2",
            app_insights_enabled=True,
            **scored(
                "../../model-1/model",
                "../../model-1/onlinescoring",
                "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest",
                _CONDA,
            ),
            environment_variables={
                "AML_APP_INSIGHTS_KEY": "<AML_APP_INSIGHTS_KEY>",
                "AML_MODEL_DC_STORAGE_ENABLED": False,
                "APP_INSIGHTS_LOG_RESPONSE_ENABLED": False,
            },
        ),
        ANYBODYS,
        FILL,
    ),
    Example(
        "managed/binary-payloads/binary-payloads-deployment.yml",
        deployment(
            "binary-payload",
            "<ENDPOINT_NAME>",
            "Standard_DS2_v2",
            **scored(
                ".",
                "code",
                "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest",
                "env.yml",
                "<SCORING_SCRIPT>",
            ),
        ),
        (*ANYBODYS, "scoring_script '<SCORING_SCRIPT>' does not exist"),
        FILL,
    ),
    _schema("numpy"),
    _schema("pandas"),
    _schema("standard"),
    Example(
        "managed/keyvault/keyvault-deployment.yml",
        deployment(
            "kvdep",
            "<ENDPOINT_NAME>",
            **scored(".", "code", f"{MINIMAL}-py39-cpu-inference:latest", "env.yml"),
            environment_variables={
                "KV_SECRET_MULTIPLIER": "multiplier@https://<KV_NAME>.vault.azure.net"
            },
        ),
        ANYBODYS,
        FILL,
    ),
    Example(
        "managed/managed-identities/2-sai-deployment.yml",
        {
            "$schema": DEPLOYMENT,
            "name": "blue",
            **sklearn("../.."),
            "code_configuration": {
                "code": "../../model-1/onlinescoring/",
                "scoring_script": "score_managedidentity.py",
            },
            "environment": {
                "conda_file": "../../model-1/environment/conda-managedidentity.yaml",
                "image": "mcr.microsoft.com/azureml/minimal-ubuntu22.04-py39-cpu-inference:latest",
            },
            "instance_type": "Standard_DS3_v2",
            "instance_count": 1,
            "environment_variables": _VARIABLES,
        },
    ),
    Example(
        "managed/managed-identities/2-uai-deployment.yml",
        {
            "$schema": DEPLOYMENT,
            "model": {"path": "../../model-1/model/sklearn_regression_model.pkl"},
            "code_configuration": {
                "code": "../../model-1/onlinescoring/",
                "scoring_script": "score_managedidentity.py",
            },
            "environment": _SKLEARN_ON_MPI,
            "instance_type": "Standard_DS2_v2",
            "instance_count": 1,
            "environment_variables": {**_VARIABLES, "UAI_CLIENT_ID": "uai_client_id_place_holder"},
        },
        ("a deployment needs 'name'",),
    ),
    Example(
        "managed/minimal/single-model-registered/deployment.yml",
        deployment(
            "smr",
            Plain("{{ENDPOINT_NAME}}"),
            model=Plain("azureml:minimalregistered:{{MODEL_VERSION}}"),
            code_configuration={
                "code": "../../../model-1/onlinescoring",
                "scoring_script": "score.py",
            },
            environment={
                "image": f"{MINIMAL}-py39-cpu-inference:latest",
                "conda_file": "env.yml",
            },
        ),
        (UNQUOTED,),
        FILL,
    ),
    _openapi("custom"),
    _openapi("decorated"),
    Example(
        "managed/profiler/deployment.yml",
        deployment(
            "blue",
            "<ENDPOINT_NAME>",
            "Standard_DS2_v2",
            **sklearn("../..", environment=_SKLEARN_ON_MPI),
            request_settings={
                "request_timeout_ms": 3000,
                "max_concurrent_requests_per_instance": 1024,
            },
        ),
        ANYBODYS,
        FILL,
    ),
    Example("managed/sample/blue-deployment.yml", _sample("blue", environment=_SKLEARN_ON_MPI)),
    Example(
        "managed/sample/green-deployment.yml",
        _sample(
            "green",
            2,
            environment={
                "conda_file": "../../model-2/environment/conda.yaml",
                "image": "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest",
            },
        ),
    ),
    Example(
        "managed/sample/blue-deployment-azureml.yml",
        _sample("blue", environment=f"{_REGISTRY}/sklearn-1.1/versions/17"),
    ),
    Example(
        "managed/sample/green-deployment-azureml.yml",
        _sample("green", 2, environment=f"{_REGISTRY}/sklearn-1.1/versions/17"),
    ),
    Example(
        "managed/sample/blue-deployment-with-curated-env.yml",
        _sample("blue", environment=f"{_REGISTRY}/sklearn-1.5/labels/latest"),
    ),
    Example(
        "managed/sample/green-deployment-with-curated-env.yml",
        _sample("green", 2, environment=f"{_REGISTRY}/sklearn-1.5/labels/latest"),
    ),
    Example(
        "managed/sample/blue-deployment-with-registered-assets.yml",
        _sample("blue", model="azureml:my-model:1", environment="azureml:my-env:1"),
    ),
    Example(
        "managed/sample/green-deployment-with-registered-assets.yml",
        _sample("green", 2, model="azureml:my-model:2", environment="azureml:my-env:1"),
    ),
    Example(
        "managed/sample/blue-deployment-vnet.yml",
        {
            **deployment("blue10", "endpt122", "Standard_F2s_v2"),
            "private_network_connection": True,
            "model": {"local_path": "../../model-1/model/sklearn_regression_model.pkl"},
            "code_configuration": {
                "code": {"local_path": "../../model-1/onlinescoring/"},
                "scoring_script": "score.py",
            },
            "environment": own_server("crmoe2.azurecr.io/moevnetimg:v0", 5001, "/", "/score"),
        },
        told=(*PRIVATE, LOCAL_MODEL, LOCAL_CODE),
    ),
    Example(
        "managed/vnet/blue-deployment-vnet.yml",
        _private(
            "endpt1222",
            "model/sklearn_regression_model.pkl",
            "img",
            code_configuration={
                "code": {"local_path": "onlinescoring/"},
                "scoring_script": "score.py",
            },
        ),
        told=(*PRIVATE, LOCAL_CODE),
    ),
    Example(
        "managed/vnet/sample/blue-deployment-vnet.yml",
        _private(
            "placeholder-name",
            "model/sklearn_regression_model.pkl",
            "img",
            code_configuration={"code": "onlinescoring/", "scoring_script": "score.py"},
        ),
        told=PRIVATE,
    ),
    Example(
        "managed/vnet/mlflow/blue-deployment-vnet.yml",
        _private(
            "placeholder-name",
            "model/",
            "mlflow",
            environment_variables={"MLFLOW_MODEL_FOLDER": "model"},
        ),
        told=PRIVATE,
    ),
    Example(
        "custom-container/streaming/default-deployment.yml",
        deployment(
            "aml-streaming",
            "<ENDPOINT_NAME>",
            "Standard_DS2_v2",
            **scored(
                "../../model-1/model", "code", f"{MINIMAL}-py38-cpu-inference:latest", "env.yml"
            ),
            request_settings={"request_timeout_ms": 11000},
        ),
        ANYBODYS,
        FILL,
    ),
    Example(
        "custom-container/streaming/unbuffered-deployment.yml",
        deployment(
            "aml-streaming",
            "<ENDPOINT_NAME>",
            "Standard_DS2_v2",
            model={"path": "../../model-1/model"},
            code_configuration={"code": "code", "scoring_script": "score.py"},
            environment={"build": {"path": ".", "dockerfile_path": "unbuffered.dockerfile"}},
            request_settings={"request_timeout_ms": 11000, "max_queue_wait_ms": 11000},
        ),
        ANYBODYS,
        FILL,
    ),
)
