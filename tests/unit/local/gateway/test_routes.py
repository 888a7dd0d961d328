"""What a gateway is told of an endpoint."""

from __future__ import annotations

from typing import Any

from azext_ml_endpoint.local import remembered
from azext_ml_endpoint.local.gateway import proxy, routes
from azext_ml_endpoint.local.gateway.proxy import Target
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance
from tests.fakes.builders import OWN_ROUTES, deployment, environment

OWN = deployment("green", environment=environment(inference_config=OWN_ROUTES), code=None)


def instance(name: str = "blue", **changes: Any) -> Instance:
    known: dict[str, Any] = {
        "id": f"{name}-1",
        "endpoint": "houses",
        "deployment": name,
        "promoted": True,
        "state": "running",
        "ports": {5001: 50010},
        "record": remembered.remember(deployment(name)),
    }
    return Instance(**{**known, **changes})


GREEN = instance("green", ports={8080: 50020, 8081: 50021}, record=remembered.remember(OWN))


def endpoint(**traffic: int) -> EndpointRecord:
    return EndpointRecord(name="houses", properties={"traffic": traffic})


def test_each_deployment_is_at_the_port_of_its_scoring_route() -> None:
    told = routes.of(endpoint(blue=90, green=10), [instance(), GREEN], "t")
    scoring = OWN_ROUTES.scoring_route
    assert told.targets == (
        Target("blue", "blue-1", 50010, 90, "/score"),
        Target("green", "green-1", GREEN.ports[scoring.port], 10, scoring.path),
    )
    assert (told.path, told.token) == ("/score", "t")


def test_the_endpoint_scores_where_its_busiest_deployment_does() -> None:
    told = routes.of(endpoint(blue=10, green=90), [instance(), GREEN], "")
    assert told.path == OWN_ROUTES.scoring_route.path


def test_what_does_not_run_keeps_its_share_and_its_path() -> None:
    told = routes.of(endpoint(green=100), [GREEN.__class__(**{**vars(GREEN), "ports": {}})], "")
    (target,) = told.targets
    assert (target.port, target.weight, target.path) == (None, 100, told.path)


def test_an_endpoint_without_deployments_scores_where_it_will() -> None:
    told = routes.of(EndpointRecord(name="houses"), [], "")
    assert (told.targets, told.path) == ((), "/score")


def test_a_damaged_deployment_is_taken_for_one_with_the_inference_server() -> None:
    told = routes.of(endpoint(), [instance(record={}, damage="cut off")], "")
    assert told.targets[0].port == 50010


def test_it_is_understood_on_the_other_side() -> None:
    told = routes.of(endpoint(blue=100), [instance()], "t")
    assert proxy.parse(routes.text(told)) == told
