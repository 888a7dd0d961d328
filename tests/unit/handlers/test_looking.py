"""What commands that only look cost: modules that are loaded, and requests to Docker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.local import flock
from azext_ml_endpoint.local.collect import collection
from azext_ml_endpoint.local.docker.runtime import DockerRuntime
from azext_ml_endpoint.local.gateway import routes
from azext_ml_endpoint.local.gateway.state import GatewayState, Remembered
from azext_ml_endpoint.local.process import server
from azext_ml_endpoint.local.process.runtime import ProcessRuntime
from azext_ml_endpoint.local.runtime import EndpointRecord, InstanceSpec
from tests.fakes.builders import OWN_ROUTES, environment
from tests.fakes.docker_daemon import Daemon, as_engine
from tests.fakes.memory_engine import MemoryEngine
from tests.fakes.recording_report import RecordingReport

PACKAGE = "azext_ml_endpoint"
HEAVY = frozenset(
    {
        *("docker", "requests", "urllib3", "paramiko", "jsonschema", "yaml", "aiohttp", "psutil"),
        *("azure.core", "azure.identity", "azure.mgmt", "azure.storage"),
        *("asyncio", "http.server", "urllib.request", "tarfile"),
        f"{PACKAGE}.cloud",
        f"{PACKAGE}.content",
        f"{PACKAGE}.document.load",
        f"{PACKAGE}.local.docker.image",
        f"{PACKAGE}.local.driver",
        f"{PACKAGE}.local.readiness",
        f"{PACKAGE}.local.service",
        f"{PACKAGE}.local.process.environment_build",
        f"{PACKAGE}.plan.planner",
        f"{PACKAGE}.plan.steps",
        f"{PACKAGE}.scoring",
    }
)
"""What plans, changes, builds, installs and talks to others."""

COMMAND = """
import json, sys
from types import SimpleNamespace
from azext_ml_endpoint.errors import EndpointError
from azext_ml_endpoint.handlers import endpoint
from azext_ml_endpoint.handlers.places import Place
home, runtime, command, options = sys.argv[1:]
config = SimpleNamespace(config_dir=home, get=lambda *_, fallback: fallback)
asked = SimpleNamespace(data={})
context = SimpleNamespace(config=config, only_show_errors=False, data={}, invocation=asked)
cmd = SimpleNamespace(cli_ctx=context)
place = Place(local=True, runtime=runtime or None, resource_group=None, workspace=None)
try:
    result = getattr(endpoint, command)(cmd, place=place, **json.loads(options))
except EndpointError as error:
    result = error.message
print(json.dumps([result, sorted(sys.modules)]))
"""
SHOW = ("show", {"endpoint_name": "houses"})
LIST: tuple[str, dict[str, str]] = ("list_endpoints", {})
ALL_THAT_THERE_IS = ("/_ping", "/volumes", "/containers/json")
OWN = environment("own-1", image=None, dockerfile="FROM scratch\n", inference_config=OWN_ROUTES)


@dataclass(frozen=True)
class Command:
    """As az calls it, in a process of its own. config: az's folder."""

    config: Path
    variables: dict[str, str]

    def run(self, command: str, options: dict[str, str], runtime: str = "") -> tuple[Any, set[str]]:
        """Its result, and the modules that were loaded."""
        words = [sys.executable, "-c", COMMAND, str(self.config), runtime, command]
        done = subprocess.run(
            [*words, json.dumps(options)],
            env=self.variables,
            capture_output=True,
            text=True,
            check=True,
        )
        result, modules = json.loads(done.stdout)
        return result, set(modules)


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    with (
        tempfile.TemporaryDirectory(prefix="ml") as folder,
        Daemon(Path(folder, "one.sock")) as daemon,
    ):
        yield daemon
        daemon.shutdown()


@pytest.fixture
def az(tmp_path: Path, daemon: Daemon) -> Command:
    """In Docker there is an endpoint that serves, and in processes there is another."""
    ProcessRuntime(RecordingReport(), tmp_path / "ml-endpoint").put_endpoint(
        EndpointRecord(name="flats", properties={"traffic": {}})
    )
    as_engine(daemon, serving())
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    path = str(Path(__file__).parents[3])
    variables = {"HOME": str(tmp_path), "PYTHONPATH": path, "DOCKER_HOST": daemon.url}
    return Command(tmp_path, {**kept, **variables})


def serving() -> MemoryEngine:
    engine = MemoryEngine()
    runtime = runtime_of(engine)
    runtime.make_environment(OWN)
    for name in ("houses", "boats"):
        runtime.put_endpoint(EndpointRecord(name=name, properties={"traffic": {"blue": 100}}))
        spec = InstanceSpec(endpoint=name, deployment="blue", environment=OWN)
        runtime.promote(runtime.start(spec), ())
    return engine


def runtime_of(engine: MemoryEngine) -> DockerRuntime:
    return DockerRuntime(engine, RecordingReport(), Path("/nowhere"))


@contextmanager
def gateway(config: Path, engine: DockerRuntime, name: str, port: int) -> Iterator[None]:
    """One runs, and does already what is there: who holds the lock of its log is it."""
    home = config / "ml-endpoint"
    state, known = GatewayState(home, name, "docker"), Remembered.new(port, "")
    (record,) = [each for each in engine.endpoints() if each.name == name]
    there = routes.of(record, engine.instances(name), known.token, (), collection.root(home, name))
    state.clear()
    state.remember(known)
    state.put_routes(routes.text(there))
    with (state.run / server.LOG).open("w") as log:
        flock.take(log)
        yield


def loaded(modules: set[str]) -> list[str]:
    """What is heavy of them."""
    return sorted(
        each for each in modules if any(each == one or each.startswith(f"{one}.") for one in HEAVY)
    )


def inspected(endpoint: str) -> str:
    """The path at which Docker is asked for its only container."""
    (found,) = runtime_of(serving()).instances(endpoint)
    return f"/containers/{found.id}/json"


def paths(asked: Sequence[str]) -> list[str]:
    return [each.partition("?")[0].removeprefix("GET ").replace("/v1.47", "") for each in asked]


@pytest.mark.parametrize(
    ("command", "options", "runtime"),
    [
        (*SHOW, ""),
        (*SHOW, "docker"),
        ("show", {"endpoint_name": "flats"}, ""),
        ("show", {"endpoint_name": "flats"}, "process"),
        (*LIST, ""),
    ],
)
def test_who_looks_loads_nothing_heavy(
    az: Command, command: str, options: dict[str, str], runtime: str
) -> None:
    result, modules = az.run(command, options, runtime)
    assert result and f"{PACKAGE}.local.looking" in modules
    assert loaded(modules) == []


def test_who_asks_loads_what_asks_besides(az: Command) -> None:
    told, modules = az.run("invoke", {"endpoint_name": "flats", "data": "1"}, "process")
    assert told == "No deployment of local endpoint flats receives traffic."
    assert loaded(modules) == [f"{PACKAGE}.scoring"]


def test_processes_are_shown_without_docker(az: Command) -> None:
    _, modules = az.run("show", {"endpoint_name": "flats"}, "process")
    assert not [each for each in modules if each.startswith(f"{PACKAGE}.local.docker.")]


def test_show_asks_docker_once_for_everything(az: Command, daemon: Daemon) -> None:
    shown, _ = az.run(*SHOW)
    assert [each["state"] for each in shown["deployments"]] == ["running"]
    assert paths(daemon.asked) == [*ALL_THAT_THERE_IS, inspected("houses")]


@pytest.mark.parametrize(
    ("command", "options", "names"),
    [(*SHOW, ["houses"]), (*LIST, ["boats", "houses"])],
)
def test_a_gateway_that_does_what_is_there_is_no_reason_to_ask_again(
    az: Command, daemon: Daemon, command: str, options: dict[str, str], names: list[str]
) -> None:
    engine = runtime_of(serving())
    with (
        gateway(az.config, engine, "houses", 20001),
        gateway(az.config, engine, "boats", 20001),
    ):
        result, _ = az.run(command, options)
    shown = [each for each in ([result] if command == "show" else result) if each["deployments"]]
    assert [each["name"] for each in shown] == names
    assert all(each["scoring_uri"].startswith("http://127.0.0.1:20001/") for each in shown)
    asked = sorted([*ALL_THAT_THERE_IS, *map(inspected, names)])
    assert sorted(paths(daemon.asked)) == asked
