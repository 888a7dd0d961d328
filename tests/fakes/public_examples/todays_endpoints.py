"""Endpoints, each in a file of its own."""

from __future__ import annotations

from typing import Any

from tests.fakes.public_examples.example import EARLY, ENDPOINT, Data, Example, Plain

NO_NAME = "name cannot be '{{ENDPOINT_NAME}}'"
UNQUOTED = "a mapping or a list cannot be a key. Fill in placeholders"
FILL = {"{{ENDPOINT_NAME}}": "my-endpoint", "{{endpoint_name}}": "my-endpoint"}


def endpoint(name: str, auth_mode: str = "key", **said: Any) -> Data:
    return {"$schema": ENDPOINT, "name": name, "auth_mode": auth_mode, **said}


def early(name: str) -> Data:
    return {
        "$schema": f"{EARLY}/managedOnlineEndpoint.schema.json",
        "name": name,
        "auth_mode": "aml_token",
    }


_IDENTITY = {
    "type": "user_assigned",
    "user_assigned_identities": [{"resource_id": "user_identity_ARM_id_place_holder"}],
}
_IDENTITY_FILL = {
    "user_identity_ARM_id_place_holder": (
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity"
        "/userAssignedIdentities/scorer"
    )
}

ENDPOINTS = (
    Example("managed/sample/endpoint.yml", endpoint("my-endpoint")),
    Example("managed/simple-flow/endpoint.yml", endpoint("myey1")),
    Example("managed/vnet/sample/endpoint.yml", endpoint("my-endpoint")),
    Example(
        "managed/vnet/mlflow/endpoint.yml",
        endpoint("my-endpoint", public_network_access="disabled"),
    ),
    Example(
        "managed/managed-identities/1-uai-create-endpoint.yml",
        endpoint("my-uai-endpoint", identity=_IDENTITY),
        ("resource_id cannot be 'user_identity_ARM_id_place_holder'",),
        _IDENTITY_FILL,
    ),
    Example("mlflow/create-endpoint.yaml", endpoint("my-endpoint")),
    Example("mlflow-vnet/create-endpoint.yaml", endpoint("my-endpoint", "aml_token")),
    Example(
        "triton/single-model/create-managed-endpoint.yaml", endpoint("my-endpoint", "aml_token")
    ),
    Example("deploy-with-packages/custom-model/endpoint.yml", endpoint("hello-packages")),
    Example("deploy-with-packages/mlflow-model/endpoint.yml", endpoint("heart-classifier")),
    Example("custom-container/advanced-byoc-multimodel/abyoc-endpoint.yml", endpoint("abyoc")),
    Example("custom-container/mm-cc-endpoint.yml", endpoint("championchallenger")),
    Example("custom-container/inference-schema/endpoint.yml", endpoint("aml-examples-infschema-e")),
    Example(
        "custom-container/minimal-endpoint.yml",
        endpoint(Plain("{{endpoint_name}}")),
        (UNQUOTED,),
        FILL,
    ),
    Example(
        "custom-container/minimal/single-model/minimal-single-model-endpoint.yml",
        endpoint(Plain("{{ENDPOINT_NAME}}")),
        (UNQUOTED,),
        FILL,
    ),
    Example(
        "custom-container/huggingface-tgi/tgi-endpoint.yml",
        early("{{ENDPOINT_NAME}}"),
        (NO_NAME,),
        FILL,
    ),
    Example("custom-container/tfserving-endpoint.yml", early("tfserving-endpoint")),
    Example("custom-container/torchserve-endpoint.yml", early("torchserve-endpoint")),
    Example(
        "custom-container/vllm/Phi-3-mini-4k-instruct/vllm-phi3-endpoint.yml",
        early("vllm-phi3-endpoint"),
    ),
    Example(
        "../../../sdk/python/endpoints/online/Streaming/streaming-endpoint.yml",
        endpoint("endpt-stream-111"),
    ),
)
