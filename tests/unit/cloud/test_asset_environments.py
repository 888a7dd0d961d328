"""Environments are registered as the official SDK does it, and never change."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.content import hashing
from azext_ml_endpoint.document.model import (
    Deployment,
    Environment,
    Route,
)
from azext_ml_endpoint.errors import (
    ConflictError,
    ServiceError,
    UnsupportedError,
)
from tests.fakes.asset_command import CONDA, IMAGE, Command, only, properties
from tests.fakes.builders import OWN_ROUTES, write_files
from tests.fakes.cloud_world import CloudWorld
from tests.fakes.simulated_arm import WORKSPACE
from tests.simulator.faults import Fault, Status


@pytest.fixture
def world() -> CloudWorld:
    return CloudWorld()


def test_an_image_with_packages_is_sent_as_the_sdk_sends_it(world: CloudWorld) -> None:
    environment = Environment(image=IMAGE, conda_file=CONDA, inference_config=OWN_ROUTES)
    (made,) = Command(world).register(only(environment=environment))
    version = hashing.anonymous_environment(environment)
    assert made == WORKSPACE.asset("environments", hashing.ANONYMOUS_ENVIRONMENT, version)
    there = properties(world, made)
    assert there["image"] == IMAGE
    assert json.loads(there["condaFile"]) == {"name": "env", "dependencies": ["python=3.10"]}
    assert there["inferenceConfig"] == {
        "livenessRoute": {"port": 8080, "path": "/live"},
        "readinessRoute": {"port": 8081, "path": "/ready"},
        "scoringRoute": {"port": 8080, "path": "/predict"},
    }
    assert there["isAnonymous"] is True


def test_a_route_for_the_start_is_sent_and_makes_another_environment(world: CloudWorld) -> None:
    started = replace(OWN_ROUTES, startup_route=Route(port=8080, path="/started"))
    (without,) = Command(world).register(
        only(environment=Environment(image=IMAGE, inference_config=OWN_ROUTES))
    )
    (made,) = Command(world).register(
        only(environment=Environment(image=IMAGE, inference_config=started))
    )
    assert made != without
    startup = properties(world, made)["inferenceConfig"]["startupRoute"]
    assert startup == {"port": 8080, "path": "/started"}


def test_environments_that_differ_only_in_their_routes_are_two(world: CloudWorld) -> None:
    made = Command(world).register(
        only(environment=Environment(image=IMAGE)),
        Deployment(name="green", environment=Environment(image=IMAGE, inference_config=OWN_ROUTES)),
    )
    assert len(set(made)) == 2


def test_a_named_environment_has_version_1_if_it_has_none(world: CloudWorld) -> None:
    environment = Environment(name="sklearn", image=IMAGE, description="d", tags={"a": "b"})
    (made,) = Command(world).register(only(environment=environment))
    assert made == WORKSPACE.asset("environments", "sklearn", "1")
    there = properties(world, made)
    assert (there["description"], there["tags"]) == ("d", {"a": "b"})
    assert there["isAnonymous"] is False


def test_a_conda_file_that_only_looks_different_is_the_same(world: CloudWorld) -> None:
    def wanted(conda: str) -> Deployment:
        return only(environment=Environment(name="e", image=IMAGE, conda_file=conda))

    Command(world).register(wanted(CONDA))
    same = "dependencies:\n  - 'python=3.10'\nname: env"
    assert Command(world).register(wanted(same)) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"image": "other:1"}, "image"),
        ({"conda_file": "dependencies: [python=3.11]"}, "conda_file"),
        ({"inference_config": OWN_ROUTES}, "inference_config"),
        ({"os_type": "windows"}, "os_type"),
        ({"image": None, "conda_file": None, "dockerfile": "FROM x"}, "image, conda_file, build"),
    ],
)
def test_a_version_of_an_environment_never_changes(
    world: CloudWorld, change: dict[str, Any], named: str
) -> None:
    environment = Environment(name="e", version="4", image=IMAGE, conda_file=CONDA)
    Command(world).register(only(environment=environment))
    with pytest.raises(ConflictError, match=rf"environment e:4 .* other content: {named}\."):
        Command(world).resolve(only(environment=replace(environment, **change)))


@pytest.fixture
def docker(tmp_path: Path) -> Environment:
    """A build context whose Dockerfile is in a folder of its own."""
    context = write_files(tmp_path / "ctx", {"docker/Dockerfile": "FROM x", "a.py": ""})
    file = context / "docker/Dockerfile"
    return Environment(dockerfile="FROM x", dockerfile_path=file, context=context)


def test_a_build_context_is_uploaded_whole(world: CloudWorld, docker: Environment) -> None:
    (made,) = Command(world).register(only(environment=docker))
    assert docker.context
    folder = f"LocalUpload/{hashing.object_hash(docker.context)}/ctx"
    assert properties(world, made)["build"] == {
        "contextUri": f"https://wsstorage.blob.core.windows.net/azureml-blobstore/{folder}/",
        "dockerfilePath": "docker/Dockerfile",
    }
    stored = {path for _, path in world.storage.blobs}
    assert stored == {f"{folder}/a.py", f"{folder}/docker/Dockerfile"}
    assert properties(world, made)["image"] is None


def test_a_build_context_with_other_files_is_another(
    world: CloudWorld, docker: Environment
) -> None:
    named = replace(docker, name="e")
    Command(world).register(only(environment=named))
    assert Command(world).register(only(environment=named)) == []
    assert docker.context
    write_files(docker.context, {"a.py": "changed"})
    with pytest.raises(ConflictError, match="build"):
        Command(world).resolve(only(environment=named))


@pytest.mark.parametrize(
    ("text", "names"),
    [("FROM x", {"Dockerfile"}), ("FROM x\nCOPY . /app", {"Dockerfile", "a.py", "b.py"})],
)
def test_a_dockerfile_in_the_document_makes_a_context_of_what_it_needs(
    world: CloudWorld, tmp_path: Path, text: str, names: set[str]
) -> None:
    context = write_files(tmp_path / "ctx", {"a.py": "", "b.py": "", "Dockerfile": "FROM other"})
    environment = Environment(dockerfile=text, context=context)
    (made,) = Command(world).register(only(environment=environment))
    assert properties(world, made)["build"]["dockerfilePath"] == "Dockerfile"
    stored = {
        path.rpartition("/")[2]: content for (_, path), (content, _) in world.storage.blobs.items()
    }
    assert set(stored) == names and stored["Dockerfile"] == text.encode()


def test_a_dockerfile_with_a_conda_file_is_refused(world: CloudWorld) -> None:
    both = Environment(dockerfile="FROM x", conda_file=CONDA)
    with pytest.raises(UnsupportedError, match=r"either a Dockerfile or a conda_file"):
        Command(world).resolve(only(environment=both))


def test_a_build_context_in_a_folder_of_another_name_is_the_same(
    world: CloudWorld, docker: Environment
) -> None:
    (made,) = Command(world).register(only(environment=docker))
    assert docker.context
    context = docker.context.rename(docker.context.with_name("renamed"))
    moved = replace(docker, context=context, dockerfile_path=context / "docker/Dockerfile")
    resolved = Command(world).resolve(only(environment=moved))
    assert list(resolved.ids.values()) == [made]
    assert resolved.registered
    assert "/ctx/" in properties(world, made)["build"]["contextUri"]


def test_a_refusal_of_what_is_not_there_is_told(world: CloudWorld) -> None:
    world.simulator.faults.add(Fault(Status(400), "PUT", "/environments/"))
    with pytest.raises(ServiceError, match="A fault"):
        Command(world).register(only(environment=Environment(image=IMAGE)))
