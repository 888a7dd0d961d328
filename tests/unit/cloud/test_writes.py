"""Steps as requests: the method, what is changed, and what the body is made of."""

from __future__ import annotations

from typing import Any

import pytest

from azext_ml_endpoint.cloud.bodies import Bodies
from azext_ml_endpoint.cloud.writes import Known, Target, compose, followed, target, whole
from azext_ml_endpoint.document.model import Endpoint, ScaleSettings
from azext_ml_endpoint.plan.own_tags import Overtaken
from azext_ml_endpoint.plan.steps import (
    CreateDeployment,
    CreateEndpoint,
    DeleteDeployment,
    DeleteEndpoint,
    EndpointChange,
    Keep,
    ScaleDeployment,
    SetTraffic,
    UpdateDeployment,
    UpdateEndpoint,
)
from tests.fakes.builders import deployment, reference
from tests.fakes.simulated_arm import WORKSPACE

HOUSES = Endpoint(name="houses", auth_mode="key", tags={"team": "houses"})
BLUE = deployment(
    "blue",
    model=reference("m"),
    code=reference("c"),
    environment=reference("e"),
    scale_settings=ScaleSettings(scale_type="manual", instance_count=3),
)
MADE = compose(CreateEndpoint(reason="", endpoint=HOUSES), Known(workspace=WORKSPACE)).body
THERE = {
    **MADE,
    "name": "houses",
    "location": "westus",
    "properties": {**MADE["properties"], "scoringUri": "https://houses", "future": "kept"},
}
KNOWN = Known(workspace=WORKSPACE, location="eastus2", bodies=Bodies(THERE, {}))
FIELDS: dict[str, Any] = {"reason": "", "endpoint_name": "houses"}
ON_BLUE: dict[str, Any] = {**FIELDS, "deployment": BLUE}
STEPS: list[tuple[EndpointChange, str, Target]] = [
    (CreateEndpoint(reason="", endpoint=HOUSES), "PUT", Target("houses")),
    (
        UpdateEndpoint(reason="", endpoint=Endpoint(name="houses", tags={"a": "b"})),
        "PATCH",
        Target("houses"),
    ),
    (
        UpdateEndpoint(reason="", endpoint=Endpoint(name="houses", description="new")),
        "PUT",
        Target("houses"),
    ),
    (SetTraffic(**FIELDS, traffic={"Blue": 100}), "PUT", Target("houses", aspect="traffic")),
    (Keep(**FIELDS, kept={"ml-endpoint.a": "1"}), "PATCH", Target("houses", aspect="notes")),
    (CreateDeployment(**ON_BLUE), "PUT", Target("houses", "blue")),
    (UpdateDeployment(**ON_BLUE), "PUT", Target("houses", "blue")),
    (ScaleDeployment(**ON_BLUE), "PATCH", Target("houses", "blue")),
    (
        DeleteDeployment(**FIELDS, deployment_name="blue"),
        "DELETE",
        Target("houses", "blue"),
    ),
    (DeleteEndpoint(**FIELDS), "DELETE", Target("houses")),
]


@pytest.mark.parametrize(("step", "method", "of"), STEPS, ids=lambda each: str(each)[:24])
def test_a_step_is_one_request_of_the_least_that_makes_it_true(
    step: EndpointChange, method: str, of: Target
) -> None:
    write = compose(step, KNOWN)
    assert (write.method, write.target, target(step)) == (method, of, of)
    assert bool(write.body) is (method != "DELETE")


def test_a_put_carries_along_what_nobody_here_knows() -> None:
    for step, method, of in STEPS:
        if method == "PUT" and of.deployment is None:
            assert compose(step, KNOWN).body["properties"]["future"] == "kept"


def test_a_whole_resource_is_said_even_where_a_patch_would_do() -> None:
    body = whole(ScaleDeployment(**ON_BLUE), KNOWN)
    assert body["sku"]["capacity"] == 3
    assert body["properties"]["model"] == "m:1"
    assert body["location"] == "westus"


@pytest.mark.parametrize(
    "step",
    [
        SetTraffic(**FIELDS, traffic={}, holds={"ml-endpoint.a": "1"}),
        Keep(**FIELDS, kept={}, holds={"ml-endpoint.a": "1"}),
    ],
)
def test_what_a_step_holds_on_to_must_be_there(step: EndpointChange) -> None:
    with pytest.raises(Overtaken):
        compose(step, KNOWN)


def test_what_a_request_has_made_is_what_the_next_one_is_made_of() -> None:
    nothing = Known(workspace=WORKSPACE, location="eastus2")
    known = followed(nothing, compose(CreateEndpoint(reason="", endpoint=HOUSES), nothing))
    known = followed(known, compose(CreateDeployment(**ON_BLUE), known))
    moved = compose(SetTraffic(**FIELDS, traffic={"blue": 100}), known).body
    assert moved["properties"]["traffic"] == {"blue": 100}
    assert moved["tags"] == {"team": "houses"}
    assert known.bodies.deployments["blue"]["location"] == "eastus2"
