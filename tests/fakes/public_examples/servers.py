"""Deployments of TensorFlow Serving, TorchServe and Triton in images of one's own."""

from __future__ import annotations

from typing import Any

from tests.fakes.public_examples.containers import (
    FILL,
    MEDIUM,
    NO_MODEL_VERSION,
    OURS,
    SMALL,
    UNVERSIONED,
    in_registry,
    minimal,
)
from tests.fakes.public_examples.example import (
    LOCAL_MODEL,
    Data,
    Example,
    Plain,
    deployment,
    own_server,
)
from tests.fakes.public_examples.todays_endpoints import UNQUOTED

_HALF = "/v1/models/half_plus_two"


def _triton(server: str, score_port: int = 8000, **more: Any) -> Data:
    made = own_server(
        in_registry(server), 8000, "/v2/health/live", "/", ready="/v2/health/ready", **more
    )
    made["inference_config"]["scoring_route"]["port"] = score_port
    return {
        "model": {"path": "./models/model_1"},
        "model_mount_path": "/models",
        "environment": made,
    }


SERVERS = (
    Example(
        "custom-container/tfserving-deployment.yml",
        deployment(
            "tfserving-deployment",
            "tfserving-endpoint",
            SMALL,
            model={"name": "tfserving-mounted", "version": 1, "local_path": "./half_plus_two"},
            environment_variables={
                "MODEL_BASE_PATH": "/var/azureml-app/azureml-models/tfserving-mounted/1",
                "MODEL_NAME": "half_plus_two",
            },
            environment=own_server(
                "docker.io/tensorflow/serving:latest",
                8501,
                _HALF,
                f"{_HALF}:predict",
                name="tfserving",
                version=1,
            ),
        ),
        told=(LOCAL_MODEL,),
    ),
    Example(
        "custom-container/tfserving/half-plus-two/tfserving-deployment.yml",
        deployment(
            "tfserving-deployment",
            "tfserving-endpoint",
            model={
                "name": "tfserving-mounted",
                "version": Plain("{{MODEL_VERSION}}"),
                "path": "./half_plus_two",
            },
            environment_variables={
                "MODEL_BASE_PATH": Plain(
                    "/var/azureml-app/azureml-models/tfserving-mounted/{{MODEL_VERSION}}"
                ),
                "MODEL_NAME": "half_plus_two",
            },
            environment=own_server(
                "docker.io/tensorflow/serving:latest", 8501, _HALF, f"{_HALF}:predict"
            ),
        ),
        (UNQUOTED,),
        FILL,
    ),
    Example(
        "custom-container/tfserving/half-plus-two-integrated/"
        "half-plus-two-integrated-deployment.yml",
        deployment(
            "integratedbyoc",
            Plain("{{ENDPOINT_NAME}}"),
            environment=own_server(
                in_registry("tfsintegrated:1", "{{ACR_NAME}}"),
                8501,
                "/v1/models/hpt",
                "/v1/models/hpt:predict",
            ),
        ),
        (UNQUOTED,),
        FILL,
    ),
    Example(
        "custom-container/torchserve-deployment.yml",
        deployment(
            "torchserve-deployment",
            "torchserve-endpoint",
            SMALL,
            model={"name": "torchserve-densenet161", "version": 1, "local_path": "./torchserve"},
            environment_variables={
                "MODEL_BASE_PATH": "/var/azureml-app/azureml-models/torchserve-densenet161/1"
            },
            environment=own_server(
                Plain("{{acr_name}}.azurecr.io/torchserve:8080"),
                8080,
                "/ping",
                "/predictions/densenet161",
                name="torchserve-environment",
                version=1,
            ),
        ),
        (UNQUOTED,),
        FILL,
        (LOCAL_MODEL,),
    ),
    Example(
        "custom-container/torchserve/densenet/torchserve-deployment.yml",
        deployment(
            "torchserve-deployment",
            "torchserve-endpoint",
            MEDIUM,
            model=Plain("azureml:torchserve-densenet161:{{MODEL_VERSION}}"),
            environment_variables={
                "MODEL_BASE_PATH": Plain(
                    "/var/azureml-app/azureml-models/torchserve-densenet161/{{MODEL_VERSION}}"
                )
            },
            environment=own_server(
                Plain("{{acr_name}}.azurecr.io/torchserve:8080"),
                8080,
                "/ping",
                "/predictions/densenet161",
            ),
        ),
        (UNQUOTED,),
        FILL,
    ),
    Example(
        "custom-container/torchserve/huggingface-textgen/ts-hf-tg-deployment.yml",
        deployment(
            "textgeneration",
            Plain("{{ENDPOINT_NAME}}"),
            MEDIUM,
            model={
                "name": "hf-tg",
                "path": "serve/examples/Huggingface_Transformers/Textgeneration.mar",
            },
            environment_variables={"TORCHSERVE_MODELS": "textgeneration=Textgeneration.mar"},
            environment=own_server(
                Plain("{{ACR_NAME}}.azurecr.io/{{IMAGE_TAG}}"),
                8080,
                "/ping",
                "/predictions/textgeneration",
                name="hf-tg",
            ),
        ),
        (UNQUOTED,),
        FILL,
        (NO_MODEL_VERSION, UNVERSIONED),
    ),
    Example(
        "custom-container/triton-cc-deployment.yml",
        deployment(
            "triton-cc-deployment",
            Plain("{{endpoint_name}}"),
            "Standard_NC6s_v3",
            environment=minimal(in_registry("triton-cc:latest"), name="triton-cc-env"),
        ),
        (UNQUOTED,),
        FILL,
        (UNVERSIONED,),
    ),
    Example(
        "custom-container/triton/deployment_original.yaml",
        deployment(
            "green",
            "endpoint-12343",
            "Standard_NC6s_v3",
            environment={
                "name": "triton_test",
                "image": f"ACR_NAME.{OURS}/triton-cc:latest",
                "inference_config": {
                    "liveness_route": {"path": "/", "port": 8000},
                    "readiness_route": {"path": "/", "port": 8001},
                    "scoring_route": {"path": "/model_1/1", "port": 8002},
                },
            },
        ),
        told=(UNVERSIONED,),
    ),
    Example(
        "custom-container/triton/single-model/triton-cc-deployment.yml",
        deployment(
            "triton-cc-deployment",
            Plain("{{endpoint_name}}"),
            "Standard_DS4_v2",
            **_triton("triton-cc:latest", name="triton-cc-env"),
        ),
        (UNQUOTED,),
        FILL,
        (UNVERSIONED,),
    ),
    Example(
        "custom-container/triton/triton-grpc/triton-grpc-deployment.yml",
        deployment(
            "triton-grpc-blue",
            "{{ENDPOINT_NAME}}",
            "Standard_F8s_v2",
            **_triton("triton-grpc:latest", 8001, name="triton-cc-env"),
            environment_variables={"MIR_MODEL_USE_HTTP2": "true"},
        ),
        (UNQUOTED,),
        FILL,
        (UNVERSIONED,),
    ),
    Example(
        "custom-container/triton/triton-metrics/triton-metrics-deployment.yml",
        deployment(
            "triton-metrics-deployment",
            "{{ENDPOINT_NAME}}",
            "Standard_F8s_v2",
            app_insights_enabled=True,
            **_triton("triton-metrics:latest"),
        ),
        (UNQUOTED,),
        FILL,
    ),
    Example(
        "custom-container/triton/triton_metrics/triton_metrics-cc-deployment.yml",
        deployment(
            "triton-metrics-cc-deployment",
            "{{ENDPOINT_NAME}}",
            SMALL,
            app_insights_enabled=True,
            **_triton("tritonserver-metrics:latest"),
        ),
        (UNQUOTED,),
        FILL,
    ),
)
