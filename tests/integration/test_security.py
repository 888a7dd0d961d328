"""What a local endpoint opens, writes and tells: no more than it must."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from tests.integration.az import Az
from tests.integration.conftest import endpoints
from tests.integration.deployed import answer, container, volumes
from tests.integration.project import Project

SECRET = "correct-horse-battery-staple"

CURIOUS = """
import json, os
from pathlib import Path

import helper

MODEL_DIR = Path(os.environ["AZUREML_MODEL_DIR"])

def init():
    pass

def run(data):
    return {
        "secret": os.environ["TOKEN"],
        "model": sorted(each.name for each in MODEL_DIR.iterdir()),
        "writable": list(map(is_writable, [MODEL_DIR / "model.pkl", Path(__file__)])),
    }

def is_writable(path):
    try:
        path.open("a").close()
    except OSError:
        return False
    return True
"""


@dataclass(frozen=True)
class Curious:
    """An endpoint whose script has a look around. ``said``: all that az has said of it so far."""

    name: str
    project: Project
    said: str


@pytest.fixture(scope="module")
def curious(
    az: Az, engine: docker.DockerClient, sample: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Curious]:
    project = Project(tmp_path_factory.mktemp("curious"))
    blue = project.deployment(
        script=CURIOUS,
        environment_variables={"TOKEN": "${secret:TOKEN}"},
        model={"name": "curious", "version": 1, "local_path": "models/model.pkl"},
    )
    (project.code() / "helper.py").write_text("")
    (project.folder / "models").mkdir()
    for name in ("model.pkl", "sibling.txt"):
        (project.folder / "models" / name).write_text(name)
    verbose = az.having(TOKEN=SECRET, AZURE_LOGGING_ENABLE_LOG_FILE="yes")
    with endpoints(az, engine) as new_endpoint:
        name = new_endpoint()
        file = project.endpoint(blue)
        created = verbose(f"ml endpoint create --local -n {name} -f {file} --debug")
        updated = verbose(f"ml endpoint update --local -n {name} -f {file} --debug")
        said = created.stdout + created.stderr + updated.stdout + updated.stderr
        assert "nothing to do" in updated.stderr
        yield Curious(name, project, said)


@pytest.fixture
def seen(engine: docker.DockerClient, curious: Curious) -> dict[str, object]:
    """What the script sees from inside."""
    return dict(json.loads(answer(container(engine, curious.name))))


def test_a_secret_reaches_the_script_and_nobody_else(
    az: Az, engine: docker.DockerClient, curious: Curious, seen: dict[str, object]
) -> None:
    assert seen["secret"] == SECRET
    shown = az(f"ml endpoint show --local -n {curious.name}")
    assert shown.json["deployments"][0]["environment_variables"] == {"TOKEN": "********"}
    assert SECRET not in shown.stdout + shown.stderr
    assert SECRET not in az("ml endpoint list --local").stdout
    assert SECRET not in az(f"ml endpoint get-logs --local -n {curious.name} -d blue").stdout
    assert SECRET not in curious.said

    home = Path(az.variables["AZURE_CONFIG_DIR"])
    files = [each for each in home.rglob("*") if each.is_file()]
    assert any(each.suffix == ".log" and each.is_relative_to(home / "logs") for each in files)
    assert [each for each in files if SECRET.encode() in each.read_bytes()] == []

    blue = container(engine, curious.name)
    assert SECRET not in json.dumps(blue.labels)
    image = engine.images.get(blue.attrs["Image"])
    assert SECRET not in json.dumps([image.attrs, image.history()])
    for volume in volumes(engine, curious.name):
        assert SECRET not in json.dumps(engine.volumes.get(volume).attrs)


def test_ports_are_published_on_this_machine_only(
    engine: docker.DockerClient, curious: Curious
) -> None:
    blue = container(engine, curious.name)
    published = [each for bindings in blue.ports.values() for each in bindings or ()]
    assert [each["HostIp"] for each in published] == ["127.0.0.1"]
    assert blue.attrs["HostConfig"]["NetworkMode"] in ("default", "bridge")


def test_code_and_model_are_read_only_and_the_model_comes_without_its_siblings(
    engine: docker.DockerClient, curious: Curious, seen: dict[str, object]
) -> None:
    mounts = container(engine, curious.name).attrs["Mounts"]
    assert len(mounts) == 2
    assert not any(each["RW"] for each in mounts)
    assert seen["writable"] == [False, False]
    assert seen["model"] == ["model.pkl"]


def test_nothing_is_written_into_the_users_folders(curious: Curious) -> None:
    folder = curious.project.folder
    files = {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}
    assert files == {
        "blue/helper.py",
        "blue/score.py",
        "endpoint.yml",
        "models/model.pkl",
        "models/sibling.txt",
    }
