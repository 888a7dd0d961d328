"""score.py under a debugger, in both runtimes: the real server, debugpy, and a client of it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import docker
import psutil
import pytest

from tests.integration.az import Az, ended, said_until
from tests.integration.debug_client import DebugClient, debugging
from tests.integration.project import BASE_IMAGE, Project
from tests.integration.test_without_docker import processes_of

SCRIPT = """
import json, os

def init():
    global factor
    wanted = 2
    factor = wanted

def run(data):
    product = json.loads(data)["x"] * factor
    return [product, os.environ.get("PYTHONPATH")]
"""
IN_INIT, IN_RUN = 7, 11
ENVIRONMENT = {
    "conda_file": "dependencies: [python=3.11, pip, {pip: [azureml-inference-server-http]}]",
    "docker": {"image": BASE_IMAGE},
}
IMPATIENT = {"initial_delay": 1, "period": 1, "timeout": 1, "failure_threshold": 1}
THEIR_PATH = {"PYTHONPATH": "/of/their/own"}
VARIABLES = {**THEIR_PATH, "WORKER_COUNT": "3", "WORKER_TIMEOUT": "1"}
WAITS = "waits for a debugger at 127.0.0.1:"
REQUEST = '{"x": 21}'
LONG = "__import__('time').sleep(3) or wanted"
"""Longer than any time that the file, or the command, allows."""


OWN = """\
{ // of the team
  "version": "0.2.0",
  "configurations": [
    {"name": "tests", "type": "debugpy", "request": "launch"}, // stays
  ],
}
"""
OWN_LINES = set(OWN.splitlines())


@dataclass
class Debugged:
    """An endpoint whose file allows no time, and the folder that an editor has open."""

    az: Az
    name: str
    project: Project
    runtime: str

    @property
    def script(self) -> Path:
        return self.project.code() / "score.py"

    def file(self, variables: dict[str, str] = VARIABLES, **fields: Any) -> Path:
        described = self.project.deployment(
            script=SCRIPT,
            environment=ENVIRONMENT,
            environment_variables=variables,
            liveness_probe=IMPATIENT,
            request_settings={"request_timeout_ms": 1000},
            **fields,
        )
        return self.project.endpoint(described)

    def command(self, name: str, *options: str) -> list[str]:
        place = ["--local", "--runtime", self.runtime, "-n", self.name]
        return ["ml", "endpoint", name, *place, *options]

    @property
    def mappings(self) -> Any:
        """As the editor has them."""
        entry = self.launch["configurations"][0]
        folder = str(self.project.folder)
        return [
            {key: text.replace("${workspaceFolder}", folder) for key, text in each.items()}
            for each in entry["pathMappings"]
        ]

    @property
    def launch(self) -> Any:
        text = (self.project.folder / ".vscode/launch.json").read_text()
        assert set(text.splitlines()) >= OWN_LINES, "all else stays as it is"
        return json.loads(re.sub(r"(?m)//.*$|,(?=\s*(?://.*\s*)*[\]}])", "", text))

    def shown(self) -> Any:
        return self.az(f"ml endpoint show --local --runtime {self.runtime} -n {self.name}").json


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("debug-home")


@pytest.fixture
def in_process(az: Az, home: Path, project: Project) -> Iterator[Debugged]:
    az = az.having(AZURE_CONFIG_DIR=str(home)).within(project.folder)
    yield from _debugged(az, project, "process")
    ended_by_themselves(home)


@pytest.fixture
def in_container(
    az: Az, engine: docker.DockerClient, home: Path, project: Project
) -> Iterator[Debugged]:
    az = az.having(AZURE_CONFIG_DIR=str(home)).within(project.folder)
    yield from _debugged(az, project, "docker")


def _debugged(az: Az, project: Project, runtime: str) -> Iterator[Debugged]:
    (project.folder / ".vscode").mkdir(parents=True)
    (project.folder / ".vscode/launch.json").write_text(OWN)
    found = Debugged(az, f"it-{uuid4().hex[:12]}", project, runtime)
    yield found
    az(found.command("delete", "--yes"), expect=None)


@pytest.mark.parametrize(
    "runtime", ["in_process", pytest.param("in_container", marks=pytest.mark.docker)]
)
def test_breakpoints_are_hit_in_init_and_in_run(
    runtime: str, request: pytest.FixtureRequest
) -> None:
    there: Debugged = request.getfixturevalue(runtime)
    port = free_port()
    debugger = ("--vscode-debug", "--debug-port", str(port))
    options = ("-f", str(there.file()), "--simulate", "--timeout", "1", *debugger)
    with there.az.running(there.command("create", *options)) as creating:
        assert waits_at(creating) == port
        with debugging(port) as client:
            stopped_in_init(there, client)
            made = ended(creating)
            assert made.exit_code == 0, made.stderr
            stopped_in_run(there, client)
    (blue,) = there.shown()["deployments"]
    assert blue["debug_port"] == port
    assert blue["environment_variables"] == VARIABLES
    same = there.az(there.command("update", "-f", str(there.file()), "--vscode-debug"))
    assert "nothing to do" in same.stderr
    patient = str(there.file(THEIR_PATH))
    normal = there.az(there.command("update", "-f", patient, "--simulate", "false"))
    assert "no debugger any more" in normal.stderr
    assert "debug_port" not in normal.json["deployments"][0]
    answer = there.az(there.command("invoke", "--data", REQUEST)).json
    assert answer == [42, "/of/their/own"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def ended_by_themselves(home: Path) -> None:
    """debugpy's adapter ends when it finds out that its server has."""
    assert psutil.wait_procs(processes_of(home), timeout=30)[1] == []


@pytest.mark.parametrize(
    "runtime", ["in_process", pytest.param("in_container", marks=pytest.mark.docker)]
)
def test_every_save_waits_at_the_same_place_whatever_is_stopped_there(
    runtime: str, request: pytest.FixtureRequest
) -> None:
    there: Debugged = request.getfixturevalue(runtime)
    watch = there.command("watch", "-f", str(there.file()), "--vscode-debug")
    invoke = there.command("invoke", "--data", REQUEST)
    with there.az.running(watch) as watching:
        port = waits_at(watching)
        mappings = there.mappings
        with debugging(port) as client:
            client.attach(mappings, there.script, [IN_RUN])
            said_until(watching, "watching")
            with there.az.running(invoke) as asking:
                assert client.stopped()["line"] == IN_RUN
                there.script.write_text(SCRIPT.replace("wanted = 2", "wanted = 3"))
                assert waits_at(watching) == port
                assert ended(asking).exit_code != 0, "whom it asked has gone"
        with debugging(port) as client:
            client.attach(mappings, there.script, [IN_INIT])
            client.stopped()
            assert client.variables() == {"wanted": "3"}
            client.go_on()
            said_until(watching, "served")
        watching.send_signal(signal.SIGINT)
        assert ended(watching).exit_code == 0
    assert there.az(there.command("invoke", "--data", REQUEST)).json[0] == 63


def test_who_waits_for_nobody_ends_with_ctrl_c(in_process: Debugged, home: Path) -> None:
    create = in_process.command("create", "-f", str(in_process.file()), "--debug-port")
    with in_process.az.running(create) as creating:
        waits_at(creating)
        creating.send_signal(signal.SIGINT)
        assert ended(creating).exit_code == 1
    in_process.az(in_process.command("show"), expect=3)
    ended_by_themselves(home)


def waits_at(process: subprocess.Popen[str]) -> int:
    """The port, once somebody can attach."""
    found = re.search(rf"{WAITS}(\d+)", said_until(process, WAITS))
    assert found
    return int(found[1])


def stopped_in_init(there: Debugged, client: DebugClient) -> None:
    client.attach(there.mappings, there.script, [IN_INIT, IN_RUN])
    stopped = client.stopped()
    assert (stopped["name"], stopped["line"]) == ("init", IN_INIT)
    assert stopped["source"]["path"] == str(there.script)
    assert client.evaluate(LONG) == "2"
    client.go_on()


def stopped_in_run(there: Debugged, client: DebugClient) -> None:
    invoke = there.command("invoke", "--data", REQUEST, "--timeout", "1")
    with there.az.running(invoke) as asking:
        assert client.stopped()["line"] == IN_RUN
        assert client.variables()["product"] == "42"
        client.evaluate("__import__('time').sleep(3)")
        client.go_on()
        answered = ended(asking)
    assert answered.exit_code == 0, answered.stderr
    assert answered.json == [42, "/of/their/own"]
