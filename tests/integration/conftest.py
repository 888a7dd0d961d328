"""The real az with the built extension, Azure and Docker, and the proof that nothing is left."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import docker
import pytest

from tests.integration import own_server
from tests.integration.az import AZ, Az, fresh_az
from tests.integration.azure import AZ_VERSIONS, Azure, logged_in
from tests.simulator.azurite import AzuriteError
from tests.simulator.playground import Playground

REPOSITORY = Path(__file__).parents[2]
SAMPLES = REPOSITORY / "samples"
FIRST_SAMPLE = SAMPLES / "endpoints/online/managed/simple-flow/1-create-endpoint-with-blue.yml"
# The official SDK has an environment of its own, beside the one that the tests run in.
SDK_PYTHON = Path(f"{sys.prefix}-sdk") / "bin" / "python"
LABEL = "ml-endpoint."
ENDPOINT = LABEL + "endpoint"
ENVIRONMENT = LABEL + "environment"
IMAGES = "ml-endpoint-environment"


def cannot_run(reason: str) -> NoReturn:
    """Where everything must run, in CI, a test that cannot is a failed one."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Before ``-m`` chooses. Who asks for the engine by another name marks the test."""
    for item in items:
        if "engine" in getattr(item, "fixturenames", ()):
            item.add_marker("docker")


# az


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension, built from this checkout without leaving anything in it."""
    place = tmp_path_factory.mktemp("wheel")
    command = [
        *(sys.executable, "setup.py", "-q"),
        *("egg_info", "--egg-base", place),
        *("build", "--build-base", place / "build"),
        *("bdist_wheel", "--dist-dir", place / "dist"),
    ]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    (built,) = (place / "dist").glob("*.whl")
    return built


@pytest.fixture
def bare_az(tmp_path: Path) -> Az:
    """An az of the test's own, without any extension."""
    if not AZ.exists():
        cannot_run(f"there is no {AZ}; scripts/test installs it")
    return fresh_az(tmp_path / "home")


@pytest.fixture(scope="session")
def az(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Az:
    """The az of all tests, with this extension added to it as a user would add it."""
    if not AZ.exists():
        cannot_run(f"there is no {AZ}; scripts/test installs it")
    az = fresh_az(tmp_path_factory.mktemp("home"))
    az(["extension", "add", "--source", str(wheel), "--yes"])
    return az


# Azure


@pytest.fixture(scope="session")
def playground() -> Iterator[Playground]:
    """The simulated Azure of all tests. Those that use az there ask for ``azure``."""
    try:
        playground = Playground()
    except AzuriteError as error:
        cannot_run(str(error))
    with playground:
        yield playground


@pytest.fixture
def empty_playground(playground: Playground) -> Iterator[Playground]:
    """With nothing in it. Afterwards nothing else may have been reached, and no fault be left."""
    playground.renew()
    yield playground
    assert not playground.proxy.errors
    assert set(playground.proxy.refused) <= {AZ_VERSIONS}
    assert not playground.simulator.faults.waiting()
    assert not playground.blobs.faults.waiting()


@pytest.fixture
def azure(az: Az, empty_playground: Playground) -> Azure:
    """A workspace of the test's own in the simulated Azure, and an az that is logged in there."""
    return logged_in(az, empty_playground)


# Docker


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """The Docker Engine. Tests that need one ask for this fixture, or for ``endpoint``.

    What they leave is removed at the end: so must be all that there is by then.
    """
    try:
        client = docker.from_env()
        client.ping()
    except docker.errors.DockerException as error:
        cannot_run(f"no Docker Engine answers: {error}")
    with_images, with_names = environment_images(client), environment_names(client)
    yield client
    for name in environment_names(client) - with_names:  # they outlive their endpoints
        client.images.remove(name, force=True)
    left = environment_images(client) - with_images - images_in_use(client)
    client.close()
    assert not left, f"images without a name were left behind: {sorted(left)}"


@pytest.fixture
def own_image(
    engine: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of an image with a server of its own."""
    with own_server.own_image(engine, tmp_path_factory.mktemp("server")) as name:
        yield name


def environment_names(client: docker.DockerClient) -> set[str]:
    """A user's own image has one of them as a second name."""
    known = client.images.list(name=IMAGES)
    return {tag for image in known for tag in image.tags if tag.startswith(f"{IMAGES}:")}


def environment_images(client: docker.DockerClient) -> set[str]:
    return {image.id for image in client.images.list(filters={"label": ENVIRONMENT})}


def images_in_use(client: docker.DockerClient) -> set[str]:
    return {
        container.attrs["ImageID"]
        for container in client.containers.list(all=True, sparse=True, filters={"label": ENDPOINT})
    }


NewEndpoint = Callable[..., str]


@pytest.fixture
def new_endpoint(az: Az, engine: docker.DockerClient) -> Iterator[NewEndpoint]:
    """Answers names for endpoints. Afterwards they are deleted, and nothing of them may be left."""
    with endpoints(az, engine) as name:
        yield name


@contextmanager
def endpoints(az: Az, engine: docker.DockerClient) -> Iterator[NewEndpoint]:
    """What ``new_endpoint`` does, for a fixture of another scope."""
    names: list[str] = []

    def name(chosen: str | None = None) -> str:
        names.append(chosen or f"it-{uuid4().hex[:12]}")
        return names[-1]

    yield name
    for each in names:
        deleted = az(f"ml endpoint delete --local -n {each} --yes", expect=None)
        assert deleted.exit_code in (0, 3), deleted  # 3: the test has deleted it
    home = Path(az.variables["AZURE_CONFIG_DIR"], "ml-endpoint")
    left = {each: found for each in names if (found := what_is_left(engine, home, each))}
    assert not left, f"left behind: {left}"


@pytest.fixture
def endpoint(new_endpoint: NewEndpoint) -> str:
    """The name of an endpoint that is deleted after the test."""
    return new_endpoint()


@pytest.fixture(scope="session")
def sample(az: Az, engine: docker.DockerClient) -> Iterator[str]:
    """The name of an endpoint that serves the first sample through the whole session.

    It is there to be looked at and called. While it lives, so does the image of the samples'
    environment, which takes a minute to make.
    """
    with endpoints(az, engine) as new_endpoint:
        name = new_endpoint()
        az(f"ml endpoint create --local -n {name} -f {FIRST_SAMPLE}", timeout=600)
        yield name


def what_is_left(client: docker.DockerClient, home: Path, endpoint: str) -> list[str]:
    """Containers, volumes and files of an endpoint, beyond its lock and the log of a failed start.

    Found containers and volumes are removed, so that they are told once.
    """
    mine = {"label": f"{ENDPOINT}={endpoint}"}
    left = []
    for container in client.containers.list(all=True, filters=mine):
        left.append(f"container {container.name}")
        container.remove(force=True)
    for volume in client.volumes.list(filters=mine):
        left.append(f"volume {volume.name}")
        volume.remove()
    kept = (home / "locks", home / "logs")
    files = (each for each in home.rglob(f"*{endpoint}*") if each.parent not in kept)
    return [*left, *map(str, files)]
