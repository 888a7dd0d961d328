"""Steps in words."""

from typing import get_args

import pytest

from azext_ml_endpoint.plan.steps import (
    CreateDeployment,
    CreateEndpoint,
    DeleteDeployment,
    DeleteEndpoint,
    Keep,
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
    assert step.line == text


def test_an_environment_without_a_name_is_called_by_the_beginning_of_its_digest() -> None:
    nameless = environment("0123456789abcdef", name=None)
    step = RegisterEnvironment(reason="r", environment=nameless)
    assert step.title == "make environment 0123456789ab"


def test_every_kind_says_of_itself_what_is_told_of_it() -> None:
    for kind in get_args(Step):
        assert kind.verb and kind.subject and isinstance(kind.waits_for_proof, bool)


def test_what_takes_requests_away_from_what_serves_waits_for_the_proof() -> None:
    waiting = {kind for kind in get_args(Step) if kind.waits_for_proof}
    assert waiting == {SetTraffic, Keep, DeleteDeployment}
