"""A deployment that does not start, or fails while it serves: what is said, and what goes on."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.integration.az import Az
from tests.integration.conftest import endpoints
from tests.integration.deployed import answer, container, containers, volumes
from tests.integration.project import BASE_IMAGE, ECHO, FAILING, HANGING, Project

SYNTAX_ERROR = "def init(:\n    pass\n"

IMPORTING = """
import {module}

def init():
    pass

def run(data):
    return data
"""

RUN_RAISES = """
def init():
    pass

def run(data):
    return predict(data)

def predict(data):
    raise ValueError("these are no ten numbers")
"""


class Serving:
    """An endpoint whose deployment blue answers, and whose next update is to fail."""

    def __init__(self, az: Az, engine: docker.DockerClient, name: str, folder: Path) -> None:
        self.az = az
        self.engine = engine
        self.name = name
        self.project = Project(folder)

    def update(self, script: str, options: str = "", **fields: Any) -> str:
        """stderr of an update to another script, which fails."""
        file = self.project.endpoint(self.project.deployment(script=script, **fields))
        command = f"ml endpoint update --local -n {self.name} -f {file} {options}"
        failed = self.az(command, expect=1)
        assert failed.stdout == ""
        assert "site-packages" not in failed.stderr  # frames of az, of ours, of the server
        return failed.stderr

    def state(self) -> list[str]:
        """All that there is of the endpoint: containers, records, snapshots of its code."""
        ids = [str(each.id) for each in containers(self.engine, self.name)]
        snapshots = Path(self.az.variables["AZURE_CONFIG_DIR"], "ml-endpoint/code", self.name)
        return [*ids, *volumes(self.engine, self.name), *map(str, sorted(snapshots.iterdir()))]

    def own_path(self, file: str) -> Path:
        return self.project.code() / file


@pytest.fixture(scope="module")
def endpoint_that_serves(
    az: Az, engine: docker.DockerClient, sample: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    with endpoints(az, engine) as new_endpoint:
        serving = Serving(az, engine, new_endpoint(), tmp_path_factory.mktemp("project"))
        az(f"ml endpoint create --local -n {serving.name} -f {serving.project.endpoint()}")
        yield serving


@pytest.fixture
def serving(endpoint_that_serves: Serving) -> Iterator[Serving]:
    """Afterwards the same container answers as before, and there is nothing else."""
    before = endpoint_that_serves.state()
    yield endpoint_that_serves
    assert endpoint_that_serves.state() == before
    blue = container(endpoint_that_serves.engine, endpoint_that_serves.name)
    assert "hello" in answer(blue)


def test_a_syntax_error_is_found_before_anything_changes(serving: Serving) -> None:
    said = serving.update(SYNTAX_ERROR)
    assert "/blue/score.py:1:10: the scoring script does not parse: invalid syntax" in said
    assert "deployment blue: " not in said


def test_a_syntax_error_in_a_module_that_the_script_imports_is_shown_where_it_stands(
    serving: Serving,
) -> None:
    script = IMPORTING.format(module="features")
    serving.project.code().mkdir(exist_ok=True)
    serving.own_path("features.py").write_text("RATIO = 1 +\n")
    said = serving.update(script)
    serving.own_path("features.py").unlink()
    assert f'File "{serving.own_path("score.py")}", line 2, in <module>' in said
    assert f'File "{serving.own_path("features.py")}", line 1' in said
    assert "SyntaxError: invalid syntax" in said
    assert "Correct the script, then run the command again." in said


def test_an_init_that_raises_is_shown_as_the_user_wrote_it(serving: Serving) -> None:
    said = serving.update(FAILING)
    frames = re.findall(r'File "(.+)", line \d+, in (\w+)', said)
    own = str(serving.own_path("score.py"))
    assert frames == [(own, "init"), (own, "load_model")]
    assert "RuntimeError: the model is broken" in said
    assert "Deployment blue crashed while it started" in said
    (log,) = re.findall(r"The whole log: (.+)", said)
    assert "Traceback (most recent call last):" in Path(log).read_text()


def test_an_init_that_takes_too_long_ends_at_the_timeout(serving: Serving) -> None:
    said = serving.update(HANGING, "--timeout 5")
    assert "init has begun" in said
    assert "Deployment blue was not ready after 5 s." in said
    assert "raise --timeout" in said


def test_a_package_that_the_conda_file_lacks_is_named(serving: Serving) -> None:
    said = serving.update(IMPORTING.format(module="lightgbm"))
    assert "ModuleNotFoundError: No module named 'lightgbm'" in said
    assert "Add the package of lightgbm to the conda file" in said


def test_a_conda_file_without_the_inference_server_is_told_before_and_after(
    serving: Serving,
) -> None:
    conda_file = serving.project.folder / "conda.yml"
    conda_file.write_text("dependencies: [python, pip]\n")
    environment = {"conda_file": f"file:{conda_file}", "docker": {"image": BASE_IMAGE}}
    said = serving.update(ECHO, environment=environment)
    assert re.search(r"WARNING: .*conda.yml:1:.*azureml-inference-server-http", said)
    assert "azmlinfsrv: not found" in said
    assert "The environment has no inference server: add azureml-inference-server-http" in said


def test_a_port_that_somebody_else_has_is_avoided_or_told(serving: Serving) -> None:
    """Docker tries several ports after the last one that it gave away."""
    last = int(container(serving.engine, serving.name).ports["5001/tcp"][0]["HostPort"])
    with ExitStack() as taken:
        for port in range(last + 1, last + 50):
            listener = taken.enter_context(socket.socket())
            with suppress(OSError):
                listener.bind(("127.0.0.1", port))
                listener.listen()
        said = serving.update(ECHO.replace("echo", "ECHO"))
    assert "another program took the port that Docker had chosen" in said
    assert "Run this command again" in said


def test_a_run_that_raises_shows_the_servers_answer_and_the_traceback(
    az: Az, sample: str, endpoint: str, tmp_path: Path
) -> None:
    project = Project(tmp_path)
    file = project.endpoint(project.deployment(script=RUN_RAISES))
    az(f"ml endpoint create --local -n {endpoint} -f {file}")
    failed = az(["ml", "endpoint", "invoke", "--local", "-n", endpoint, "--data", "1"], expect=1)
    assert failed.stdout == ""
    own = str(project.code() / "score.py")
    frames = re.findall(r'File "(.+)", line \d+, in (\w+)', failed.stderr)
    assert frames == [(own, "run"), (own, "predict")]
    assert "ValueError: these are no ten numbers" in failed.stderr
    assert f"Deployment blue of endpoint {endpoint} answered 500: " in failed.stderr
    assert "An unexpected error occurred in scoring script" in failed.stderr


def test_a_container_that_was_killed_is_told_and_started_again(
    az: Az, engine: docker.DockerClient, sample: str, endpoint: str, tmp_path: Path
) -> None:
    file = Project(tmp_path).endpoint()
    made = az(f"ml endpoint create --local -n {endpoint} -f {file}").json
    container(engine, endpoint).kill()

    shown = az(f"ml endpoint show --local -n {endpoint}").json
    assert shown["provisioning_state"] == "Failed"
    assert shown["scoring_uri"] == made["scoring_uri"]
    (blue,) = shown["deployments"]
    assert (blue["provisioning_state"], blue["state"]) == ("Failed", "exited")
    assert (blue["port"], blue["scoring_uri"]) == (None, None)
    assert blue["last_error"] == "it exited with code 137"

    failed = az(["ml", "endpoint", "invoke", "--local", "-n", endpoint, "--data", "1"], expect=1)
    assert (
        f"Deployment blue of endpoint {endpoint} does not run: it exited with code 137."
        in failed.stderr
    )
    assert "az ml endpoint update" in failed.stderr

    az(f"ml endpoint update --local -n {endpoint} -f {file}")
    assert len(containers(engine, endpoint)) == 1
    assert "hello" in answer(container(engine, endpoint))


def test_a_create_that_fails_leaves_its_log_and_no_endpoint(
    az: Az, engine: docker.DockerClient, sample: str, endpoint: str, tmp_path: Path
) -> None:
    project = Project(tmp_path)
    file = project.endpoint(project.deployment(script=FAILING))
    failed = az(f"ml endpoint create --local -n {endpoint} -f {file}", expect=1)
    assert "RuntimeError: the model is broken" in failed.stderr
    assert containers(engine, endpoint) == []
    assert volumes(engine, endpoint) == []
    az(f"ml endpoint show --local -n {endpoint}", expect=3)
    logged = az(f"ml endpoint get-logs --local -n {endpoint} -d blue")
    assert "RuntimeError: the model is broken" in logged.stdout
    assert "this is the log of its last start" in logged.stderr
