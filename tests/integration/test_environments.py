"""What was made for a deployment outlives it, and goes when somebody asks, or by itself."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import docker
import pytest

from tests.integration.az import Az
from tests.integration.deployed import image
from tests.integration.project import BASE_IMAGE, Project

ENVIRONMENT = {
    "conda_file": "dependencies: [python=3.11, pip, {pip: [azureml-inference-server-http]}]",
    "docker": {"image": BASE_IMAGE},
}
EIGHT_DAYS = 8 * 86_400
NOTHING_KEPT = {"AZURE_ML_ENDPOINT_LOCAL_ENVIRONMENTS_GB": "0"}
A_WEEK = {"AZURE_ML_ENDPOINT_LOCAL_ENVIRONMENTS_DAYS": "7"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    project = Project(tmp_path / "project")
    return project.endpoint(project.deployment(environment=ENVIRONMENT))


@pytest.fixture
def own_az(az: Az, tmp_path: Path) -> Az:
    return az.having(AZURE_CONFIG_DIR=str(tmp_path / "azure"))


@pytest.fixture
def name(own_az: Az) -> Iterator[str]:
    name = f"it-{uuid4().hex[:12]}"
    yield name
    own_az(f"ml endpoint delete --local --runtime process -n {name} --yes", expect=None)


def unused(az: Az, runtime: str, options: str = "") -> dict[str, bool]:
    """Environments, and whether they are removed now."""
    listed = az(f"ml endpoint prune --local --environments --runtime {runtime} {options}").json
    return {each["environment"]: each["removed"] for each in listed}


def planted(folder: Path) -> Path:
    """An environment that nobody has used, of three bytes."""
    made = folder / "0123456789abcdef"
    made.mkdir(parents=True)
    (made / "complete").write_text("yes")
    return made


def test_in_processes(own_az: Az, name: str, file: Path) -> None:
    create = f"ml endpoint create --local --runtime process -n {name} -f {file}"
    delete = f"ml endpoint delete --local -n {name} --yes"
    folder = Path(own_az.variables["AZURE_CONFIG_DIR"], "ml-endpoint/process-environments")
    unknown = planted(folder)
    assert unused(own_az, "process") == {unknown.name: False}
    own_az(create, timeout=600, env=NOTHING_KEPT)
    (made,) = (each for each in folder.iterdir() if each.is_dir())
    assert made != unknown, "what is too much goes, the oldest first"
    installed = (made / "complete").stat().st_mtime_ns
    assert unused(own_az, "process", "--yes") == {}, "one that is used never goes"

    own_az(delete)
    assert unused(own_az, "process") == {made.name: False}
    assert unused(own_az, "process", "--yes --older-than 7d") == {}
    own_az(create)
    assert (made / "complete").stat().st_mtime_ns == installed

    ago = time.time() - EIGHT_DAYS
    os.utime(made / "used", (ago, ago))
    own_az(delete, env=A_WEEK)
    assert not made.exists()

    assert planted(folder) == unknown
    assert unused(own_az, "process", "--yes") == {unknown.name: True}
    assert not unknown.exists()


def test_in_docker(az: Az, engine: docker.DockerClient, endpoint: str, file: Path) -> None:
    """To remove those of this machine is not for tests: they may be somebody's."""
    create = f"ml endpoint create --local --runtime docker -n {endpoint} -f {file}"
    az(create, timeout=600)
    made = image(engine, endpoint)
    (tag,) = engine.images.get(made).tags
    digest = tag.partition(":")[2]
    assert digest not in unused(az, "docker")

    az(f"ml endpoint delete --local -n {endpoint} --yes")
    assert unused(az, "docker")[digest] is False
    assert digest not in unused(az, "docker", "--older-than 7d")
    again = az(create)
    assert image(engine, endpoint) == made and "Step 1" not in again.stderr
