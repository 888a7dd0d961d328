"""Deployments whose image serves by itself."""

from __future__ import annotations

from typing import Any

from tests.fakes.public_examples.example import (
    LOCAL_MODEL,
    Data,
    Example,
    Plain,
    deployment,
    own_server,
)
from tests.fakes.public_examples.todays_endpoints import UNQUOTED

SMALL = "Standard_F2s_v2"
MEDIUM = "Standard_DS2_v2"
OURS = "azurecr.io/azureml-examples"
FILL = {
    "{{ENDPOINT_NAME}}": "my-endpoint",
    "{{endpoint_name}}": "my-endpoint",
    "{{ACR_NAME}}": "myregistry",
    "{{acr_name}}": "myregistry",
    "{{MODEL_VERSION}}": "1",
    "{{IMAGE_TAG}}": "azureml-examples/textgen:1",
    "{{image_name}}": "myregistry.azurecr.io/infschema:1",
    "{{deployment_name}}": "sklearn",
    "{{environment_name}}": "sklearn-env",
    "{{model_name}}": "half_plus_two",
    "{{HUGGING_FACE_TOKEN}}": "secret",
}
UNVERSIONED = "this environment has no version"
NO_MODEL_VERSION = "this model has no version"
_PROBE = {
    "initial_delay": 600,
    "timeout": 1,
    "period": 60,
    "success_threshold": 1,
    "failure_threshold": 30,
}


def in_registry(name: str, registry: str = "{{acr_name}}") -> Plain:
    return Plain(f"{registry}.{OURS}/{name}")


def minimal(image: str, **more: Any) -> Data:
    """An image of Azure's server: it is asked at its own paths."""
    return own_server(image, 5001, "/", "/score", **more)


def _abyoc(kind: str, variables: Data) -> Example:
    image = f"ACR_NAME.azurecr.io/abyoc-{kind}:1"
    more = {"name": "abyoc", "version": 1, "os_type": "linux"}
    return Example(
        f"custom-container/advanced-byoc-multimodel/abyoc-deployment-{kind}.yml",
        deployment(
            f"abyoc-{kind}",
            "abyoc",
            MEDIUM,
            model="azureml:abyoc:1",
            model_mount_path="/var/abyoc/models",
            environment=own_server(image, 5001, "/live", "/", ready="/ready", **more),
            environment_variables=variables,
            request_settings={"request_timeout_ms": 10000},
            liveness_probe=_PROBE,
            readiness_probe=_PROBE,
        ),
    )


def _dockerfile(kind: str) -> Example:
    name = f"{kind}-in-dockerfile"
    image = in_registry(f"minimal-single-model-{name}:1", "{{ACR_NAME}}")
    folder = f"custom-container/minimal/single-model/{name}"
    return Example(
        f"{folder}/minimal-single-model-{name}-deployment.yml",
        deployment(
            name,
            Plain("{{ENDPOINT_NAME}}"),
            MEDIUM,
            model={"name": "minimal-cc-model", "path": "../../../../model-1/model"},
            code_configuration={
                "code": "../../../../model-1/onlinescoring",
                "scoring_script": "score.py",
            },
            environment=minimal(image, name=name),
        ),
        (UNQUOTED,),
        FILL,
        (NO_MODEL_VERSION, UNVERSIONED),
    )


def _vllm(kind: str, name: str, size: str) -> Example:
    image = "wswestus3registry.azurecr.io/vllm:latest"
    return Example(
        f"custom-container/vllm/{kind}/vllm-{name}-deployment.yml",
        deployment(
            f"vllm-{name}-deployment",
            f"vllm-{name}-endpoint",
            size,
            environment_variables={"HUGGING_FACE_HUB_TOKEN": "<YOUR_TOKEN>"},
            environment=own_server(image, 8000, "/health", "/", name="vllm-env"),
        ),
        told=(UNVERSIONED,),
    )


_LATEST = in_registry("minimal-inf-cc:latest")

CONTAINERS = (
    _abyoc("fastapi", {"WORKER_COUNT": 4}),
    _abyoc("minimal", {"ENV_WORKER_COUNT": 4, "AZUREML_MODEL_DIR": "/var/abyoc/models"}),
    _dockerfile("conda"),
    _dockerfile("pip"),
    _vllm("Phi-3-mini-4k-instruct", "phi3", "Standard_F16s_v2"),
    _vllm("llama3-8B", "llama3", "Standard_NC80adis_H100_v5"),
    Example(
        "custom-container/huggingface-tgi/tgi-deployment.yml",
        deployment(
            "tgi-deployment",
            "{{ENDPOINT_NAME}}",
            "Standard_NC80adis_H100_v5",
            environment_variables={"HUGGING_FACE_HUB_TOKEN": "{{HUGGING_FACE_TOKEN}}"},
            environment=own_server(in_registry("tgi"), 8080, "/health", "/", name="tgi-env"),
        ),
        (UNQUOTED,),
        FILL,
        (UNVERSIONED,),
    ),
    Example(
        "custom-container/inference-schema/deployment.yml",
        deployment(
            "infschema",
            "azureml-examples-infschema",
            MEDIUM,
            model="azureml:azureml-infschema:1",
            code_configuration={
                "code": "code",
                "scoring_script": "score-standard-python-parameter.py",
            },
            environment={"name": "aml-examples-infschema", "image": Plain("{{image_name}}")},
        ),
        (UNQUOTED,),
        FILL,
        (UNVERSIONED,),
    ),
    Example(
        "custom-container/minimal-deployment.yml",
        deployment(
            "blue",
            Plain("{{endpoint_name}}"),
            MEDIUM,
            environment=minimal(_LATEST, name="minimal-inf-cc-env", version="latest"),
        ),
        (UNQUOTED,),
        FILL,
    ),
    Example(
        "custom-container/minimal-inference/deployment.yaml",
        deployment(
            "blue",
            "ENDPOINT_NAME",
            MEDIUM,
            environment=minimal(
                f"ACR_NAME.{OURS}/minimal-inf-cc:latest",
                name="minimal-inf-cc-env",
                version="latest",
            ),
        ),
        ("endpoint_name cannot be 'ENDPOINT_NAME'",),
        {"ENDPOINT_NAME": "my-endpoint"},
    ),
    Example(
        "custom-container/minimal/minimal-deployment.yml",
        deployment(
            "blue",
            Plain("{{endpoint_name}}"),
            MEDIUM,
            model={"name": "minimal-cc-model", "path": "./model-1/model"},
            code_configuration={"code": "./model-1/onlinescoring", "scoring_script": "score.py"},
            environment=minimal(_LATEST, name="minimal-inf-cc-env"),
        ),
        (UNQUOTED,),
        FILL,
        (NO_MODEL_VERSION, UNVERSIONED),
    ),
    Example(
        "custom-container/minimal/multimodel/minimal-multimodel-deployment.yml",
        deployment(
            "minimal-multimodel",
            Plain("{{ENDPOINT_NAME}}"),
            model={"name": "minimal-multimodel", "path": "models"},
            code_configuration={"code": "code", "scoring_script": "minimal-multimodel-score.py"},
            environment={
                "name": "minimal-multimodel",
                "image": in_registry("minimal-multimodel:1", "{{ACR_NAME}}"),
            },
        ),
        (UNQUOTED,),
        FILL,
        (NO_MODEL_VERSION, UNVERSIONED),
    ),
    Example(
        "custom-container/multimodel-minimal-deployment.yml",
        deployment(
            "multimodel-minimal",
            "multimodel-minimal",
            MEDIUM,
            model={"name": "multimodel-minimal", "path": "models"},
            code_configuration={"code": "code", "scoring_script": "multimodel-minimal-score.py"},
            environment={
                "name": "multimodel-minimal",
                "image": f"ACR_NAME.{OURS}/minimal-multimodel:1",
            },
        ),
        told=(NO_MODEL_VERSION, UNVERSIONED),
    ),
    Example(
        "custom-container/mm-cc-deployment.yml",
        deployment(
            "championchallengercc",
            "championchallenger",
            MEDIUM,
            model={"name": "championchallenger", "path": "models", "version": 1},
            code_configuration={"code": "code", "scoring_script": "mm-cc-score.py"},
            environment={
                "name": "championchallenger",
                "version": 1,
                "image": "ACR_NAME.azurecr.io/championchallenger:1",
            },
            environment_variables={"binom_split": 0.5},
        ),
    ),
    Example(
        "custom-container/mlflow-deployment.yml",
        deployment(
            Plain("{{deployment_name}}"),
            Plain("{{endpoint_name}}"),
            MEDIUM,
            environment=minimal(
                in_registry("mlflow-cc-{{model_name}}:latest"), name=Plain("{{environment_name}}")
            ),
        ),
        (UNQUOTED,),
        FILL,
        (UNVERSIONED,),
    ),
    Example(
        "custom-container/mlflow/multideployment-scikit/mlflow-deployment.yml",
        deployment(
            Plain("{{deployment_name}}"),
            "{{ENDPOINT_NAME}}",
            model={"name": Plain("{{model_name}}"), "path": Plain("./{{model_name}}/model")},
            environment=minimal(
                in_registry("mlflow-cc-{{model_name}}:latest"), name=Plain("{{environment_name}}")
            ),
        ),
        (UNQUOTED,),
        FILL,
        (NO_MODEL_VERSION, UNVERSIONED),
    ),
    Example(
        "custom-container/r/r-deployment.yml",
        deployment(
            "r-deployment",
            "r-endpoint",
            SMALL,
            model={"name": "plumber", "version": 1, "local_path": "./scripts"},
            environment=own_server(
                Plain("{{acr_name}}.azurecr.io/r_server"),
                8000,
                "/live",
                "/score",
                ready="/ready",
                name="r-environment",
                version=1,
            ),
        ),
        (UNQUOTED,),
        FILL,
        (LOCAL_MODEL,),
    ),
    Example(
        "custom-container/r/multimodel-plumber/r-deployment.yml",
        deployment(
            "r-deployment",
            "r-endpoint",
            MEDIUM,
            code_configuration={"code": "./scripts", "scoring_script": "plumber.R"},
            model={"name": "rplumber", "version": 1, "path": "./models"},
            environment=own_server(
                Plain("{{ACR_NAME}}.azurecr.io/r_server"), 8000, "/live", "/score", ready="/ready"
            ),
        ),
        (UNQUOTED,),
        FILL,
    ),
)
