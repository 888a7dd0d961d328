"""Where the collections of a data collector go."""

from __future__ import annotations

from typing import Any

import pytest

from azext_ml_endpoint.cloud.assets.collected import Collected
from azext_ml_endpoint.cloud.contract import Json
from azext_ml_endpoint.document.model import Data, Deployment, Endpoint
from azext_ml_endpoint.errors import ConflictError, MissingResourceError
from tests.fakes.cloud_world import CloudWorld
from tests.fakes.foreign_tool import ForeignTool
from tests.fakes.simulated_arm import WORKSPACE

FOLDER = "azureml://datastores/workspaceblobstore/paths/modelDataCollector/houses/blue"
LONG = (
    f"azureml://subscriptions/{WORKSPACE.subscription}/resourcegroups/{WORKSPACE.resource_group}"
    f"/workspaces/{WORKSPACE.name}/datastores/store/paths/in"
)


def asset(name: str, version: str = "1") -> str:
    return WORKSPACE.asset("data", name, version)


def settled(world: CloudWorld, there: Json | None = None, **collections: Any) -> Deployment:
    said = {name: {"enabled": True, **each} for name, each in collections.items()}
    blue = Deployment(name="blue", data_collector={"collections": said})
    bodies = {"blue": {"properties": {"dataCollector": there}}} if there else {}
    collected = Collected(world.arm(), WORKSPACE)
    endpoint = collected.settled(Endpoint(name="houses", deployments=(blue,)), bodies)
    return endpoint.deployments[0]


def data(deployment: Deployment) -> dict[str, str | None]:
    collections = (deployment.data_collector or {})["collections"]
    return {name: each.get("data") for name, each in collections.items()}


def register(
    world: CloudWorld, name: str, uri: str = "azureml://datastores/store/paths/in"
) -> None:
    body = {"properties": {"dataType": "uri_folder", "dataUri": uri}}
    ForeignTool(world.simulator).put(f"data/{name}/versions/1", body)


def test_a_collection_that_names_none_is_one_of_its_own_name() -> None:
    made = settled(CloudWorld(), inputs={})
    assert data(made) == {"inputs": asset("houses-blue-inputs")}
    assert made.collected == (Data(name="houses-blue-inputs", path=f"{FOLDER}/inputs"),)


def test_what_is_described_is_made_as_it_is_described() -> None:
    path = "azureml://datastores/store/paths/in"
    made = settled(CloudWorld(), inputs={"data": {"name": "in", "version": "2", "path": path}})
    assert data(made) == {"inputs": asset("in", "2")}
    assert made.collected == (Data(name="in", version="2", path=path),)


@pytest.mark.parametrize("uri", ["azureml://datastores/store/paths/in", LONG])
def test_one_that_is_there_is_used(uri: str) -> None:
    world = CloudWorld()
    register(world, "in", uri)
    path = "azureml://datastores/store/paths/in/"
    made = settled(
        world, inputs={"data": {"name": "in", "path": path}}, more={"data": {"name": "in"}}
    )
    assert data(made) == {"inputs": asset("in"), "more": asset("in")}
    assert made.collected == ()


def test_one_with_another_path_is_in_the_way() -> None:
    world = CloudWorld()
    register(world, "in")
    with pytest.raises(ConflictError, match="in:1 is registered with another path") as raised:
        settled(world, inputs={"data": {"name": "in", "path": "azureml://datastores/s/paths/x"}})
    assert "data: azureml:in:1" in str(raised.value.recommendation)


@pytest.mark.parametrize("name", ["azureml:in:1", "azureml:in@latest", asset("in")])
def test_a_registered_one_is_named_by_its_id(name: str) -> None:
    world = CloudWorld()
    register(world, "in")
    assert data(settled(world, inputs={"data": name})) == {"inputs": asset("in")}


def test_one_that_is_not_registered_is_none() -> None:
    with pytest.raises(MissingResourceError, match="There is no data in:1"):
        settled(CloudWorld(), inputs={"data": "azureml:in:1"})


def test_what_is_not_collected_goes_nowhere() -> None:
    made = settled(CloudWorld(), inputs={"enabled": False})
    assert (data(made), made.collected) == ({"inputs": None}, ())


def test_what_is_there_stays_where_the_file_says_nothing() -> None:
    there = {
        "collections": {
            "inputs": {"dataCollectionMode": "enabled", "dataId": asset("theirs")},
            "outputs": {"dataCollectionMode": "enabled", "dataId": None},
        },
        "rollingRate": "Hour",
    }
    made = settled(CloudWorld(), there, inputs={}, outputs={}, new={})
    assert data(made) == {
        "inputs": asset("theirs"),
        "outputs": None,
        "new": asset("houses-blue-new"),
    }
    assert [each.name for each in made.collected] == ["houses-blue-new"]
    assert (made.data_collector or {})["rolling_rate"] == "hour"


def test_what_is_collected_from_now_on_goes_somewhere() -> None:
    there = {"collections": {"inputs": {"dataCollectionMode": "Disabled"}}}
    assert data(settled(CloudWorld(), there, inputs={})) == {"inputs": asset("houses-blue-inputs")}


def test_capitals_of_an_id_are_no_difference() -> None:
    there = {"collections": {"inputs": {"dataId": asset("in").upper()}}}
    world = CloudWorld()
    register(world, "in")
    made = settled(world, there, inputs={"data": "azureml:in:1"})
    assert data(made) == {"inputs": asset("in").upper()}
