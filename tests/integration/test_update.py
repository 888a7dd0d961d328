"""What changes is done, and nothing else: content decides."""

from __future__ import annotations

from pathlib import Path

import docker
import pytest

from tests.integration.az import Az
from tests.integration.deployed import answer, container, image, volumes
from tests.integration.project import ECHO, Project

# How Azure's base image is told where the inference server is.
SERVER_FOLDER = "AZUREML_INFERENCE_PYTHON_PATH=/opt/miniconda/envs/inf-conda-env/bin"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_only_what_changed_is_done(
    az: Az, engine: docker.DockerClient, sample: str, project: Project, endpoint: str
) -> None:
    create = f"ml endpoint create --local -n {endpoint} -f {project.endpoint()}"
    update = f"ml endpoint update --local -n {endpoint} -f {project.folder / 'endpoint.yml'}"
    az(create)
    first, records = container(engine, endpoint), volumes(engine, endpoint)

    # nothing has: neither a container nor a record is written anew
    for command in (create, update):
        assert f"{endpoint}: nothing to do" in az(command).stderr
        assert container(engine, endpoint) == first
        assert volumes(engine, endpoint) == records

    # the code has: a new container of the same image
    project.endpoint(project.deployment(script=ECHO.replace("echo", "second")))
    refused = az(create, expect=1)
    assert "update" in refused.stderr
    assert container(engine, endpoint) == first
    assert "deployment blue: code changed" in az(update).stderr
    second = container(engine, endpoint)
    assert second != first
    assert second.attrs["Image"] == first.attrs["Image"]
    assert "second" in answer(second)

    # a variable has
    script = "import os\n" + ECHO.replace('"echo"', 'os.environ["LEVEL"]')
    project.endpoint(project.deployment(script=script, environment_variables={"LEVEL": "debug"}))
    az(update)
    assert "debug" in answer(container(engine, endpoint))


def test_a_changed_environment_is_a_new_image(
    az: Az, engine: docker.DockerClient, sample: str, project: Project, endpoint: str
) -> None:
    az(f"ml endpoint create --local -n {endpoint} -f {project.endpoint()}")
    before = image(engine, endpoint)
    (tag,) = engine.images.get(before).tags

    dockerfile = project.folder / "Dockerfile"
    dockerfile.write_text(f"FROM {tag}\nENV CHANGED=yes {SERVER_FOLDER}\n")
    server = {"docker": {"build": {"dockerfile": f"file:{dockerfile}"}}}
    script = "import os\n" + ECHO.replace('"echo"', 'os.environ["CHANGED"]')
    file = project.endpoint(project.deployment(script=script, environment=server))
    az(f"ml endpoint update --local -n {endpoint} -f {file}")
    assert image(engine, endpoint) != before
    assert "yes" in answer(container(engine, endpoint))
