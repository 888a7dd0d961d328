"""What a gateway is told of an endpoint."""

from __future__ import annotations

import ast
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document.model import RequestSettings, ScaleSettings
from azext_ml_endpoint.local import remembered
from azext_ml_endpoint.local.debug.debugger import GENEROUS
from azext_ml_endpoint.local.gateway import proxy, routes, routing
from azext_ml_endpoint.local.gateway.collecting import Collected
from azext_ml_endpoint.local.gateway.limits import Limits, Opener
from azext_ml_endpoint.local.gateway.place import Place
from azext_ml_endpoint.local.gateway.routing import Target
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance, Near
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
        Target("blue", "blue-1", Place(50010), 90, "/score"),
        Target("green", "green-1", Place(GREEN.ports[scoring.port]), 10, scoring.path),
    )
    assert (told.path, told.token) == ("/score", "t")


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has control groups")
def test_a_container_that_has_an_address_of_its_own_is_asked_there() -> None:
    near = Near(host="172.17.0.2", pid=os.getpid())
    group = Path("/proc/self/cgroup").read_text()  # where a container's has its id
    there = [instance(id=group, near=near), replace(GREEN, near=near, ports={})]
    told = routes.of(endpoint(), there, "t")
    assert [each.place for each in told.targets] == [
        Place(50010, "172.17.0.2", 5001, os.getpid(), group),
        None,
    ]
    assert routing.parse(routes.text(told)) == told


def test_one_whose_process_cannot_be_seen_is_asked_at_its_port() -> None:
    near = Near(host="172.17.0.2", pid=os.getpid())
    told = routes.of(endpoint(), [instance(id="4" * 64, near=near)], "t")
    assert [each.place for each in told.targets] == [Place(50010)]


def test_the_endpoint_scores_where_its_busiest_deployment_does() -> None:
    told = routes.of(endpoint(blue=10, green=90), [instance(), GREEN], "")
    assert told.path == OWN_ROUTES.scoring_route.path


def test_what_does_not_run_keeps_its_share_and_its_path() -> None:
    told = routes.of(endpoint(green=100), [GREEN.__class__(**{**vars(GREEN), "ports": {}})], "")
    (target,) = told.targets
    assert (target.place, target.weight, target.path) == (None, 100, told.path)


def test_an_endpoint_without_deployments_scores_where_it_will() -> None:
    told = routes.of(EndpointRecord(name="houses"), [], "")
    assert (told.targets, told.path) == ((), "/score")


def test_a_damaged_deployment_is_taken_for_one_with_the_inference_server() -> None:
    told = routes.of(endpoint(), [instance(record={}, damage="cut off")], "")
    assert told.targets[0].place == Place(50010)


def test_it_is_understood_on_the_other_side() -> None:
    told = routes.of(endpoint(blue=100), [instance()], "t")
    assert routing.parse(routes.text(told)) == told


# What Azure adds

SIMULATED = {"simulate": True, "traffic": {"blue": 100}}


def simulated(**changes: Any) -> EndpointRecord:
    return EndpointRecord(name="houses", properties={**SIMULATED, **changes})


def limited(**changes: Any) -> Instance:
    return instance(record=remembered.remember(deployment("blue", **changes)))


def test_mirrored_traffic_is_told_always() -> None:
    record = EndpointRecord(name="houses", properties={"mirror_traffic": {"green": 10}})
    told = routes.of(record, [instance()], "")
    assert told.mirror == {"green": 10}
    assert told.openers is None and told.targets[0].limits is None


def test_what_is_silent_about_limits_has_azures() -> None:
    told = routes.of(simulated(), [limited()], "", [Opener("d")])
    assert told.openers == (Opener("d"),)
    assert told.targets[0].limits == Limits(timeout=5.0, running=1, queue=0.5)


def test_limits_are_the_documents_for_all_instances_together() -> None:
    settings = RequestSettings(
        request_timeout_ms=90_000, max_concurrent_requests_per_instance=4, max_queue_wait_ms=0
    )
    scale = ScaleSettings(scale_type="manual", instance_count=3)
    told = routes.of(simulated(), [limited(request_settings=settings, scale_settings=scale)], "")
    assert told.targets[0].limits == Limits(timeout=90.0, running=12, queue=0.0)


def test_all_of_it_is_understood_on_the_other_side() -> None:
    record = simulated(mirror_traffic={"green": 10})
    told = routes.of(record, [limited()], "t", [Opener("d"), Opener("e", until=5.0)])
    assert routing.parse(routes.text(told)) == told


def test_routes_of_an_earlier_version_are_understood() -> None:
    said = json.loads(routes.text(routes.of(endpoint(blue=100), [instance()], "t")))
    del said["mirror"], said["openers"]
    for each in said["targets"]:
        del each["limits"], each["collects"]
    assert routing.parse(json.dumps(said)).targets[0].deployment == "blue"


def test_the_program_imports_nothing_that_is_not_its_own() -> None:
    """Its environment has aiohttp and no az; and its digest is of these files."""
    own = {f"azext_ml_endpoint.local.gateway.{each}" for each in proxy.PROGRAM}
    folder = Path(proxy.__file__).parent
    for name in proxy.PROGRAM:
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text())):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("azext"):
                below = {f"{node.module}.{each.name}" for each in node.names}
                assert node.module in own or below <= own, f"{name} imports {node.module}"


def test_who_is_debugged_may_take_its_time_also_where_azure_is_simulated() -> None:
    record = {**instance().record, "debug_port": 5678}
    simulated = EndpointRecord(name="houses", properties={"simulate": True})
    debugged, other = instance(record=record), instance("green")
    told = routes.of(simulated, [debugged, other], "t").targets
    limits = [each.limits for each in told]
    assert limits[1] and limits == [replace(limits[1], timeout=GENEROUS), limits[1]]


# What is collected


def test_what_a_deployment_collects_is_told_and_understood(tmp_path: Path) -> None:
    said = {"collections": {"request": {"enabled": True}}, "sampling_rate": 0.5}
    said |= {"request_logging": {"capture_headers": ["x-user"]}}
    told = routes.of(endpoint(), [limited(data_collector=said)], "", (), tmp_path)
    assert told.targets[0].collects == Collected(
        folder=str(tmp_path / "blue"),
        source="/onlineEndpoints/houses/deployments/blue",
        collections=("request",),
        rate=0.5,
        headers=("x-user",),
    )
    assert routing.parse(routes.text(told)) == told
