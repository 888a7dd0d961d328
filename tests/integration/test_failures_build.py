"""An environment that cannot be made, and a Docker that is not there: nothing is left behind."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.integration.az import Az
from tests.integration.conftest import ENVIRONMENT
from tests.integration.deployed import containers, volumes
from tests.integration.project import BASE_IMAGE, Project

Create = Callable[..., str]
NOBODY = "127.0.0.1:9"  # the port of the discard service: no registry answers there


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def create(az: Az, engine: docker.DockerClient, project: Project, endpoint: str) -> Create:
    """Answers the stderr of a create whose environment cannot be made, and which leaves nothing."""

    def create(**environment: Any) -> str:
        file = project.endpoint(project.deployment(environment=environment))
        failed = az(f"ml endpoint create --local -n {endpoint} -f {file}", expect=1)
        assert failed.stdout == ""
        assert "Traceback" not in failed.stderr
        assert containers(engine, endpoint) == []
        assert volumes(engine, endpoint) == []
        assert layers(engine, failed.stderr) == []
        return failed.stderr

    return create


def layers(engine: docker.DockerClient, said: str) -> list[str]:
    """Images left of the environment that az said to make."""
    (digest,) = re.findall(r"^make environment (\w{12}): ", said, re.MULTILINE)
    found = engine.images.list(all=True, filters={"label": ENVIRONMENT})
    return [str(each.id) for each in found if each.labels[ENVIRONMENT].startswith(digest)]


def test_a_package_that_conda_does_not_know_is_named(create: Create, project: Project) -> None:
    conda_file = project.folder / "conda.yml"
    conda_file.write_text("dependencies: [python, pip, no-such-package-of-conda]\n")
    said = create(conda_file=f"file:{conda_file}", docker={"image": BASE_IMAGE})
    assert "PackagesNotFoundError" in said
    assert "  - no-such-package-of-conda" in said
    assert f"{conda_file}: conda could not install it." in said
    (log,) = re.findall("The whole log: (.+)", said)
    assert "PackagesNotFoundError" in Path(log).read_text()


def test_a_step_of_a_dockerfile_that_fails_is_named(create: Create, project: Project) -> None:
    dockerfile = project.folder / "Dockerfile"
    dockerfile.write_text(f"FROM {BASE_IMAGE}\nRUN echo 'so far so good' && exit 3\n")
    build = {"build": {"dockerfile": f"file:{dockerfile}"}}
    said = create(docker=build)
    assert "so far so good" in said
    assert "returned a non-zero code: 3" in said
    assert str(dockerfile) in said


def test_an_image_that_is_not_here_and_cannot_be_pulled_is_named(create: Create) -> None:
    said = create(docker={"image": f"{NOBODY}/models/server:1"})
    assert (
        f"{NOBODY}/models/server:1: the image is not on this machine, "
        "and the registry cannot be reached." in said
    )
    assert "docker load" in said


def test_a_base_image_that_is_not_here_and_cannot_be_pulled_is_named(
    create: Create, project: Project
) -> None:
    conda_file = project.folder / "conda.yml"
    conda_file.write_text("dependencies: [python]\n")
    image = {"image": f"{NOBODY}/models/base:1"}
    said = create(conda_file=f"file:{conda_file}", docker=image)
    assert f"{NOBODY}/models/base:1: the image is not on this machine" in said
    assert "conda could not install it" not in said


@pytest.mark.parametrize("command", ["create", "show", "list"])
def test_where_no_daemon_answers_it_is_said_what_was_tried(
    az: Az, project: Project, tmp_path: Path, command: str
) -> None:
    nowhere = f"unix://{tmp_path}/no-docker.sock"
    arguments = {
        "create": f"-n unreached -f {project.endpoint()}",
        "show": "-n unreached",
        "list": "--runtime docker",
    }
    failed = az(
        f"ml endpoint {command} --local {arguments[command]}",
        env={"DOCKER_HOST": nowhere},
        expect=1,
    )
    assert f"{nowhere} (DOCKER_HOST): there is no such socket" in failed.stderr
    assert "No Docker daemon answers." in failed.stderr
    assert "Start Docker" in failed.stderr and "--runtime process" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_socket_that_nobody_listens_on_is_told_from_one_that_is_missing(
    az: Az, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead.sock"))
    failed = az(
        "ml endpoint show --local -n unreached",
        env={"DOCKER_HOST": f"unix://{tmp_path}/dead.sock"},
        expect=1,
    )
    assert "dead.sock (DOCKER_HOST): nothing listens there" in failed.stderr
