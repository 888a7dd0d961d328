"""What the catalogue has registered comes back as it was: over the simulator."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.cloud.assets.fetching import AssetSource
from azext_ml_endpoint.cloud.assets.registries import RegistryReader
from azext_ml_endpoint.document.model import (
    Deployment,
    Environment,
    InferenceConfig,
    Model,
    Reference,
    Route,
)
from azext_ml_endpoint.errors import (
    EndpointError,
    MissingResourceError,
    ServiceError,
    UnsupportedError,
)
from azext_ml_endpoint.local import templates
from tests.fakes.builders import endpoint, write_files
from tests.fakes.cloud_service import simulated_catalogue
from tests.fakes.cloud_world import CloudWorld, inline_deployment
from tests.fakes.simulated_arm import WORKSPACE
from tests.simulator.world import REGISTRY, TEMPLATE, TEMPLATED


@dataclass(frozen=True)
class Found:
    id: str
    said: dict[str, Any]
    uri: str | None = field(default=None)


@pytest.fixture
def source(world: CloudWorld) -> AssetSource:
    reader = RegistryReader(world.arm_at)
    return AssetSource(world.arm(), world.blobs, WORKSPACE, Found, registries=reader)


@pytest.fixture
def registered(world: CloudWorld, tmp_path: Path) -> Path:
    """The folder of a model prices:3."""
    write_files(tmp_path, {"prices/weights.bin": "0123", "prices/MLmodel": "flavors: {}"})
    simulated_catalogue(world).create(Model(name="prices", version="3", path=tmp_path / "prices"))
    return tmp_path / "prices"


@pytest.mark.parametrize(
    "text",
    [
        "prices:3",
        "prices@latest",
        f"{WORKSPACE.id}/models/prices/versions/3",
    ],
)
def test_a_model_comes_as_it_was(
    source: AssetSource, registered: Path, tmp_path: Path, text: str
) -> None:
    label = "latest" if "@" in text else None
    version = None if label else "3"
    found = source.find(Reference(text=text, name="prices", version=version, label=label), "model")
    assert (found.said["name"], found.said["version"]) == ("prices", "3")
    state = source.fetch(str(found.uri), tmp_path / "here", title="model prices:3")
    there = {each.name: each.read_text() for each in (tmp_path / "here/prices").iterdir()}
    assert there == {each.name: each.read_text() for each in registered.iterdir()}
    assert source.state(str(found.uri)) == state


def test_the_state_is_another_one_once_a_file_is(
    source: AssetSource, world: CloudWorld, registered: Path
) -> None:
    uri = str(source.find(Reference(text="prices:3", name="prices", version="3"), "model").uri)
    before = source.state(uri)
    place = next(place for place in world.storage.blobs if place[1].endswith("weights.bin"))
    world.storage.blobs[place] = (b"4567", {})
    assert source.state(uri) != before


def test_code_comes_from_where_it_was_uploaded(
    source: AssetSource, world: CloudWorld, tmp_path: Path
) -> None:
    world.make(endpoint(inline_deployment(tmp_path)))
    body = world.body("onlineEndpoints/houses/deployments/blue")
    code = body["properties"]["codeConfiguration"]["codeId"]
    found = source.find(Reference(text=code, name=code.split("/")[-3], version="1"), "code")
    source.fetch(str(found.uri), tmp_path / "here", title="code")
    assert (tmp_path / "here/onlinescoring/score.py").read_text() == "def run(x): return x"


def test_an_environment_has_its_image_packages_and_routes(
    source: AssetSource, world: CloudWorld
) -> None:
    route = Route(port=8000, path="/up")
    routes = InferenceConfig(liveness_route=route, readiness_route=route, scoring_route=route)
    wanted = Environment(
        name="sk", version="2", image="python:3.12", conda_file="name: x", inference_config=routes
    )
    simulated_catalogue(world).create(wanted)
    found = source.find(Reference(text="sk:2", name="sk", version="2"), "environment")
    assert found.uri is None
    assert (found.said["image"], found.said["os_type"]) == ("python:3.12", "linux")
    assert found.said["inference_config"]["scoring_route"] == {"port": 8000, "path": "/up"}


def test_a_build_context_is_found_by_its_url(
    source: AssetSource, world: CloudWorld, tmp_path: Path
) -> None:
    write_files(tmp_path, {"ctx/Dockerfile": "FROM scratch\nCOPY a .\n", "ctx/a": "1"})
    simulated_catalogue(world).create(
        Environment(
            name="own",
            version="1",
            dockerfile="FROM scratch\nCOPY a .\n",
            dockerfile_path=tmp_path / "ctx/Dockerfile",
            context=tmp_path / "ctx",
        )
    )
    found = source.find(Reference(text="own:1", name="own", version="1"), "environment")
    source.fetch(str(found.uri), tmp_path / "here", title="build context")
    (context,) = (tmp_path / "here").iterdir()
    assert {each.name for each in context.iterdir()} == {"Dockerfile", "a"}


@pytest.mark.parametrize(
    ("uri", "error"),
    [
        ("https://elsewhere.blob.core.windows.net/c/model", UnsupportedError),
        ("https://example.com/model", EndpointError),
        ("file:///etc/passwd", UnsupportedError),
        ("azureml://datastores/nowhere/paths/m", MissingResourceError),
    ],
)
def test_what_is_elsewhere_is_not_fetched(
    source: AssetSource, tmp_path: Path, uri: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        source.fetch(uri, tmp_path, title="model")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "uri", ["runs:/brave/model", "azureml://jobs/brave/outputs/artifacts/paths/model"]
)
def test_what_a_run_has_logged_is_among_its_artifacts(
    source: AssetSource, tmp_path: Path, uri: str
) -> None:
    with pytest.raises(MissingResourceError, match="workspaceartifactstore"):
        source.fetch(uri, tmp_path, title="model")


def test_what_is_not_registered_is_told_of(source: AssetSource) -> None:
    with pytest.raises(MissingResourceError, match="no model prices:9"):
        source.find(Reference(text="prices:9", name="prices", version="9"), "model")


@pytest.fixture
def shared(world: CloudWorld) -> str:
    """The id of a model in a registry."""
    world.storage.blobs["registry-content", "LocalUpload/0123/model/weights"] = (b"0123", {})
    return TEMPLATED


def test_a_registrys_model_is_opened_by_a_sas_of_its_own(
    source: AssetSource, world: CloudWorld, shared: str, tmp_path: Path
) -> None:
    found = source.find(Reference(text=shared, name="phi", version="4"), "model")
    assert found.id == shared and found.said["version"] == "4"
    source.fetch(str(found.uri), tmp_path, title="model")
    assert (tmp_path / "model/weights").read_bytes() == b"0123"
    used = world.blobs.containers[-1]
    assert used.url == "https://registrystorage.blob.core.windows.net/registry-content"
    assert str(used.credential).startswith("sv=")


def test_a_registrys_environment_has_its_image(source: AssetSource) -> None:
    text = f"{REGISTRY}/environments/sklearn-1.5/versions/1"
    found = source.find(Reference(text=text, name="sklearn-1.5", version="1"), "environment")
    assert (found.said["image"], found.uri) == ("python:3.12", None)


def test_what_is_not_in_a_registry_is_told_of(source: AssetSource) -> None:
    text = "azureml://registries/azureml/models/none/versions/9"
    with pytest.raises(MissingResourceError):
        source.find(Reference(text=text, name="none", version="9"), "model")


def test_an_answer_that_lacks_what_it_should_have_is_told_of(
    world: CloudWorld, shared: str
) -> None:
    def nobody(url: str) -> Any:
        raise KeyError(url)

    lost = AssetSource(
        world.arm(), world.blobs, WORKSPACE, Found, registries=RegistryReader(nobody)
    )
    with pytest.raises(ServiceError, match="does not answer as it should"):
        lost.find(Reference(text=shared, name="phi", version="4"), "model")


def test_a_deployments_template_has_its_id_and_what_it_says(source: AssetSource) -> None:
    phi = Reference(text=TEMPLATED, name="phi", version="4")
    found = source.template(Deployment(name="green", model=phi))
    assert found.id == TEMPLATE
    assert found.said["environment"].endswith("/environments/vllm/versions/7")
    completed = templates.completed(Deployment(name="green", model=phi), found.said)
    assert completed.readiness_probe and completed.readiness_probe.initial_delay == 600


def test_a_model_without_a_template_has_one_that_says_nothing(source: AssetSource) -> None:
    text = f"{REGISTRY}/environments/sklearn-1.5/versions/1"
    model = Reference(text=text, name="sklearn-1.5", version="1")
    assert source.template(Deployment(name="green", model=model)).said == {}
