"""A deployment of this machine as the template of its registry's model completes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from azext_ml_endpoint.document.model import (
    TEMPLATE_OVERRIDE,
    Deployment,
    Environment,
    InferenceConfig,
    Probe,
    Reference,
    RequestSettings,
    Route,
)
from azext_ml_endpoint.errors import ServiceError
from azext_ml_endpoint.local import templates

PHI = "azureml://registries/azureml/models/phi/versions/4"
VLLM = "azureml://registries/azureml/environments/vllm/versions/7"
SAID: dict[str, Any] = {
    "environment": VLLM,
    "environment_variables": {"HF_HOME": "/tmp", "SEQUENCES": "48"},
    "model_mount_path": "/opt/ml/model",
    "instance_type": "Standard_NC40ads_H100_v5",
    "request_settings": {
        "request_timeout_ms": 90_000,
        "max_concurrent_requests_per_instance": 10,
    },
    "liveness_probe": {"initial_delay": 600, "period": 10},
    "inference_config": {
        "scoring_route": {"port": 8000, "path": "/v1"},
        "readiness_route": {"port": 8000, "path": "/health"},
        "liveness_route": {"port": 8000, "path": "/health"},
    },
}
GREEN = Deployment(name="green", model=Reference(text=PHI, name=PHI))


def test_what_the_file_does_not_say_is_the_templates() -> None:
    found = templates.completed(GREEN, SAID)
    assert isinstance(found.environment, Reference) and found.environment
    assert (found.environment.text, found.environment.version) == (VLLM, "7")
    assert (found.name, found.model) == ("green", GREEN.model)
    assert found.environment_variables == SAID["environment_variables"]
    assert found.model_mount_path == "/opt/ml/model"
    assert found.instance_type == "Standard_NC40ads_H100_v5"
    assert found.liveness_probe == Probe(initial_delay=600, period=10)


def test_what_the_file_says_goes_before_it_key_by_key() -> None:
    own = replace(
        GREEN,
        environment=Environment(image="mine"),
        environment_variables={"SEQUENCES": "2"},
        model_mount_path="/models",
        request_settings=RequestSettings(request_timeout_ms=5),
    )
    found = templates.completed(own, SAID)
    assert found.environment == own.environment
    assert found.environment_variables == {"HF_HOME": "/tmp", "SEQUENCES": "2"}
    assert found.model_mount_path == "/models"
    assert found.request_settings == RequestSettings(
        request_timeout_ms=5, max_concurrent_requests_per_instance=10
    )


def test_the_server_of_the_environment_is_asked_where_the_template_says() -> None:
    found = templates.with_routes(Environment(image="vllm"), SAID)
    assert isinstance(found, Environment) and found.inference_config
    assert found.inference_config.scoring_route == Route(port=8000, path="/v1")
    assert found.inference_config.liveness_route == Route(port=8000, path="/health")


@pytest.mark.parametrize("asset", [None, Reference(text=VLLM, name=VLLM)])
def test_there_are_no_routes_of_what_is_not_here(asset: Reference | None) -> None:
    assert templates.with_routes(asset, SAID) is asset


def test_an_environment_knows_its_own_routes() -> None:
    route = Route(port=1, path="/")
    config = InferenceConfig(liveness_route=route, readiness_route=route, scoring_route=route)
    own = Environment(image="vllm", inference_config=config)
    assert templates.with_routes(own, SAID) is own
    assert templates.with_routes(Environment(image="i"), {}) == Environment(image="i")


@pytest.mark.parametrize(
    ("deployment", "may"),
    [
        (GREEN, True),
        (Deployment(name="a", properties={TEMPLATE_OVERRIDE: "azureml://…"}), True),
        (Deployment(name="a"), False),
        (Deployment(name="a", model=Reference(text="phi:4", name="phi", version="4")), False),
    ],
)
def test_others_have_none(deployment: Deployment, may: bool) -> None:
    assert templates.may_have_one(deployment) is may


@pytest.mark.parametrize(
    "said", [{"environment": 7}, {"liveness_probe": "soon"}, {"request_settings": []}]
)
def test_a_template_of_another_form_is_an_error(said: dict[str, Any]) -> None:
    with pytest.raises(ServiceError, match="The deployment template cannot be read: it has "):
        templates.completed(GREEN, said)


def test_an_environment_without_a_version_is_an_error() -> None:
    with pytest.raises(ServiceError, match="environment azureml:vllm has no version"):
        templates.completed(GREEN, {"environment": "azureml:vllm"})


def route(port: object = 8000, path: object = "/v1") -> dict[str, Any]:
    good = {"port": 8000, "path": "/health"}
    asked = {"port": port, "path": path}
    return {"scoring_route": asked, "readiness_route": good, "liveness_route": good}


@pytest.mark.parametrize(
    ("odd", "told"),
    [
        ({"environment": {"id": VLLM}}, "environment"),
        ({"environment": 5}, "environment"),
        ({"environment_variables": ["HF_HOME"]}, "environment_variables"),
        ({"environment_variables": "HF_HOME"}, "environment_variables"),
        ({"environment_variables": {"HF_HOME": {"a": 1}}}, "environment_variables.HF_HOME"),
        ({"environment_variables": {"HF_HOME": None}}, "environment_variables.HF_HOME"),
        ({"instance_type": ["a"]}, "instance_type"),
    ],
)
def test_what_a_template_says_in_other_types_is_refused(odd: dict[str, Any], told: str) -> None:
    with pytest.raises(ServiceError, match=f"cannot be read: it has .* for {told}"):
        templates.completed(GREEN, {**SAID, **odd})


@pytest.mark.parametrize(
    "odd",
    [
        *(route(port=port) for port in (0, -1, 70_000, True, "8000", 1.5, None, [80])),
        *(route(path=path) for path in ("x", "@evil.example/", 5, "", "/a b", "/a\r\nHost: x")),
        {"scoring_route": {"port": 80, "path": "/"}},
        {"scoring_route": 80},
        [80],
    ],
)
def test_routes_that_are_none_are_refused(odd: Any) -> None:
    with pytest.raises(ServiceError, match=r"it .* inference_config"):
        templates.with_routes(Environment(image="mine"), {"inference_config": odd})
