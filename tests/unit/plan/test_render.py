"""Steps in words."""

import pytest

from azext_ml_endpoint.plan import render
from azext_ml_endpoint.plan.steps import (
    CreateDeployment,
    CreateEndpoint,
    DeleteDeployment,
    DeleteEndpoint,
    RegisterCode,
    RegisterEnvironment,
    RegisterModel,
    ScaleDeployment,
    SetTraffic,
    Step,
    UpdateDeployment,
    UpdateEndpoint,
)
from tests.fakes.builders import code, deployment, endpoint, environment, model

BLUE = deployment("blue")
HOME = endpoint(BLUE)


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (RegisterModel(reason="r", model=model("d")), f"register model {model('d').name}:1: r"),
        (RegisterCode(reason="r", code=code("d")), f"register code {code('d').path.name}: r"),
        (CreateEndpoint(reason="r", endpoint=HOME), f"create endpoint {HOME.name}: r"),
        (UpdateEndpoint(reason="r", endpoint=HOME), f"update endpoint {HOME.name}: r"),
        (
            CreateDeployment(reason="r", endpoint_name="e", deployment=BLUE),
            "create deployment blue: r",
        ),
        (
            UpdateDeployment(reason="r", endpoint_name="e", deployment=BLUE),
            "update deployment blue: r",
        ),
        (
            ScaleDeployment(reason="r", endpoint_name="e", deployment=BLUE),
            "scale deployment blue: r",
        ),
        (
            SetTraffic(reason="r", endpoint_name="e", traffic={"blue": 90, "green": 10}),
            "set traffic to blue 90 %, green 10 %: r",
        ),
        (
            DeleteDeployment(reason="r", endpoint_name="e", deployment_name="blue"),
            "delete deployment blue: r",
        ),
        (DeleteEndpoint(reason="r", endpoint_name="e"), "delete endpoint e: r"),
    ],
)
def test_a_step_reads_as_a_sentence_with_its_reason(step: Step, text: str) -> None:
    assert render.line(step) == text


def test_an_environment_without_a_name_is_called_by_the_beginning_of_its_digest() -> None:
    nameless = environment("0123456789abcdef", name=None)
    step = RegisterEnvironment(reason="r", environment=nameless)
    assert render.title(step) == "make environment 0123456789ab"
