"""Deployments as processes: the real inference server, in an environment made with real tools."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import requests

from azext_ml_endpoint.document import server_modules
from azext_ml_endpoint.document.model import Environment
from azext_ml_endpoint.errors import EnvironmentBuildError, Interrupted, StartError
from azext_ml_endpoint.local.addresses import routes
from azext_ml_endpoint.local.process import server as server_process
from azext_ml_endpoint.local.process.environments import Environments
from azext_ml_endpoint.local.process.foreign_command import ForeignCommands
from azext_ml_endpoint.local.process.runtime import ProcessRuntime
from azext_ml_endpoint.local.process.state import Remembered, State
from azext_ml_endpoint.local.readiness import Readiness
from azext_ml_endpoint.local.runtime import SERVER_PORT, Instance, InstanceSpec
from tests.fakes.builders import environment, model, write_files
from tests.fakes.recording_report import RecordingReport
from tests.fakes.runtime_contract import RuntimeContract
from tests.integration.conftest import cannot_run

SAMPLE = Path(__file__).parents[2] / "samples/endpoints/online/model-1"
CONDA_FILE = SAMPLE / "environment" / "conda.yml"
SECRET = "kept-between-us"

ECHO = """
import logging

def init():
    logging.warning("Ready to echo")

def run(data):
    logging.warning("Asked")
    {before_answer}
    return data
"""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment of the sample, installed once for all tests."""
    report = RecordingReport()
    environments = Environments(tmp_path_factory.mktemp("environments"), report)
    try:
        environments.make(sample_environment())
    except EnvironmentBuildError as error:
        cannot_run(f"{error} {error.detail}")
    return environments.programs(sample_environment().digest).parent


@pytest.fixture
def home(tmp_path: Path, made: Path) -> Iterator[Path]:
    """An az of its own, which has the environment; afterwards no process of it may be left."""
    home = tmp_path / "my home"
    place = home / "process-environments" / sample_environment().digest[:16]
    place.mkdir(parents=True)
    (place / "env").symlink_to(made)
    (place / "complete").touch()
    yield home
    runtime = ProcessRuntime(RecordingReport(), home)
    for each in runtime.instances():
        runtime.remove(each)
    left = processes_of(home)
    for process in left:
        process.kill()
    assert not left, f"left behind: {left}"
    assert not list((home / "processes").glob("*"))


@pytest.fixture
def runtime(home: Path) -> ProcessRuntime:
    return ProcessRuntime(RecordingReport(), home)


@pytest.fixture
def spec(tmp_path: Path) -> InstanceSpec:
    return scoring_with(tmp_path, ECHO.format(before_answer="pass"))


class TestProcessRuntime(RuntimeContract):
    """What every runtime must do."""


def test_the_sample_predicts(runtime: ProcessRuntime, tmp_path: Path) -> None:
    spec = InstanceSpec(
        endpoint="houses",
        deployment="blue",
        environment=sample_environment(),
        code=SAMPLE / "onlinescoring",
        code_name="onlinescoring",
        entry_script="score.py",
        model=model(path=SAMPLE / "model" / "sklearn_regression_model.pkl"),
    )
    instance = ready(runtime, spec)
    answer = ask(instance, json.loads((SAMPLE / "sample-request.json").read_text()))
    assert answer.status_code == 200 and len(answer.json()) == 2


def test_it_listens_on_this_machine_only(
    runtime: ProcessRuntime, spec: InstanceSpec, home: Path
) -> None:
    asked = {"SEPERATE_HEALTH_ENDPOINT": "true", "HEALTH_PORT": "5000"}
    instance = ready(runtime, replace(spec, variables=asked))
    _, server = pids_of(home, instance)
    listening = {
        connection.laddr
        for process in (psutil.Process(server), *psutil.Process(server).children())
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {("127.0.0.1", instance.ports[SERVER_PORT])}


def test_it_lives_on_without_the_command_that_started_it(
    runtime: ProcessRuntime, spec: InstanceSpec, home: Path
) -> None:
    instance = ready(runtime, spec)
    _, server = pids_of(home, instance)
    assert os.getpid() not in [each.pid for each in psutil.Process(server).parents()]
    assert os.getsid(server) != os.getsid(0)


def test_values_of_variables_are_nowhere_but_in_the_server(
    runtime: ProcessRuntime, spec: InstanceSpec, home: Path
) -> None:
    variables = {"KEY": SECRET, "my.setting": "with a dot", "GREETING": "grüß dich"}
    instance = ready(runtime, replace(spec, variables=variables))
    assert instance.variables == variables
    on_disk = [each for each in (home / "processes").rglob("*") if each.is_file()]
    assert on_disk and not [each for each in on_disk if SECRET.encode() in each.read_bytes()]
    assert not [each for each in processes_of(home) if SECRET in " ".join(each.cmdline())]


def test_a_script_finds_the_files_beside_it_as_in_azure(
    runtime: ProcessRuntime, tmp_path: Path
) -> None:
    script = (
        "import json\n\ndef init():\n    global labels\n    labels = json.load(open('labels.json'))"
        "\n\ndef run(data):\n    return labels\n"
    )
    spec = scoring_with(tmp_path, script)
    write_files(tmp_path / "my code", {"labels.json": '["cheap", "dear"]'})
    assert ask(ready(runtime, spec)).json() == ["cheap", "dear"]


def test_a_server_whose_notes_are_damaged_is_ended_all_the_same(
    runtime: ProcessRuntime, spec: InstanceSpec, home: Path
) -> None:
    instance = ready(runtime, spec)
    folder = home / "processes" / instance.id
    (folder / "pids").write_text("")
    (folder / "instance.json").write_bytes(b"\xff")
    (damaged,) = runtime.instances("houses")
    assert damaged.damage and damaged.state == "running"
    runtime.remove(damaged)
    assert processes_of(home) == []


def test_a_script_that_fails_to_start_is_explained(runtime: ProcessRuntime, tmp_path: Path) -> None:
    broken = "def init():\n    raise KeyError('no model')\n\ndef run(data):\n    pass\n"
    spec = replace(
        scoring_with(tmp_path, broken), record={"code_folder": "/work/my code", "aspects": {}}
    )
    with pytest.raises(StartError) as raised:
        ready(runtime, spec)
    assert "/work/my code/score.py" in str(raised.value.detail)
    assert "KeyError: 'no model'" in str(raised.value.detail)
    (there,) = runtime.instances()
    whole = list(runtime.logs(there.id, follow=True))
    assert any("KeyError" in line for line in whole)
    (there,) = runtime.instances()
    assert (there.state, there.exit_code, there.ports, there.variables) == ("exited", 3, {}, {})


def test_the_server_has_the_modules_that_are_known(made: Path) -> None:
    (server,) = made.glob(f"lib/python*/site-packages/{server_modules.PACKAGE}/server")
    assert server_modules.of_server(server) == server_modules.KNOWN


@pytest.mark.parametrize("module", ["utils", "config", "routes"])
def test_a_module_that_the_server_has_too_is_explained(
    runtime: ProcessRuntime, tmp_path: Path, module: str
) -> None:
    script = f"import {module}\n\ndef init():\n    {module}.load()\n\ndef run(data):\n    pass\n"
    spec = replace(scoring_with(tmp_path, script), record={"code_folder": "/work/my code"})
    write_files(tmp_path / "my code", {f"{module}.py": "def load():\n    pass\n"})
    with pytest.raises(StartError) as raised:
        ready(runtime, spec)
    assert f"has a module {module} of its own" in str(raised.value.recommendation)


def test_a_server_that_is_killed_takes_its_workers_along(
    runtime: ProcessRuntime, spec: InstanceSpec, home: Path
) -> None:
    instance = ready(runtime, spec)
    _, server = pids_of(home, instance)
    os.kill(server, signal.SIGKILL)
    wait_for_the_end(runtime, instance)
    there = runtime.inspect(instance.id)
    assert there and (there.state, there.exit_code, there.ports) == ("exited", 137, {})
    psutil.wait_procs(processes_of(home), timeout=10)
    assert processes_of(home) == []


def test_a_server_without_its_supervisor_is_still_known_and_ended(
    runtime: ProcessRuntime, spec: InstanceSpec, home: Path
) -> None:
    instance = ready(runtime, spec)
    _, server = pids_of(home, instance)
    os.kill(psutil.Process(server).ppid(), signal.SIGKILL)
    there = runtime.inspect(instance.id)
    assert there and there.state == "running" and ask(there, "x").status_code == 200
    os.kill(server, signal.SIGKILL)
    for worker in processes_of(home):
        worker.kill()
    wait_for_the_end(runtime, instance)
    there = runtime.inspect(instance.id)
    assert there and (there.state, there.exit_code) == ("exited", None)
    assert "ended with the machine" in there.error


def test_a_server_that_is_told_to_end_ends_with_its_own_exit_code(
    runtime: ProcessRuntime, spec: InstanceSpec, home: Path
) -> None:
    instance = ready(runtime, spec)
    group, _ = pids_of(home, instance)
    os.killpg(group, signal.SIGTERM)
    wait_for_the_end(runtime, instance)
    there = runtime.inspect(instance.id)
    assert there and (there.state, there.exit_code) == ("exited", 0)


def test_ids_from_before_a_restart_belong_to_strangers(home: Path) -> None:
    state = State(home)
    state.remember(
        Remembered(
            id="1",
            endpoint="houses",
            deployment="blue",
            environment="e",
            port=1,
            started_at="2026-01-02T03:04:05.678+00:00",
        )
    )
    (state.folder("1") / "server.log").touch()
    runtime = ProcessRuntime(RecordingReport(), home)
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as stranger:
        (state.folder("1") / "pids").write_text(f"{stranger.pid} {stranger.pid}")
        try:
            (there,) = runtime.instances()
            assert there.state == "exited"
            runtime.remove(there)
            assert stranger.poll() is None
        finally:
            stranger.kill()
    assert runtime.instances() == []


def test_a_request_is_answered_while_its_server_is_replaced(
    runtime: ProcessRuntime, tmp_path: Path
) -> None:
    spec = scoring_with(tmp_path, ECHO.format(before_answer="import time; time.sleep(0.3)"))
    old, new = ready(runtime, spec), ready(runtime, spec)
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(ask(old, "x").status_code))
    asking.start()
    next(line for line in runtime.logs(old.id, follow=True) if "Asked" in line)
    runtime.promote(new, (old,))
    asking.join()
    assert answers == [200]
    assert [(each.id, each.promoted) for each in runtime.instances()] == [(new.id, True)]


def test_a_server_that_does_not_want_to_end_is_killed(
    runtime: ProcessRuntime, tmp_path: Path, home: Path
) -> None:
    stubborn = "import time\n\ndef init():\n    print('Stuck')\n    time.sleep(600)\n"
    instance = runtime.start(scoring_with(tmp_path, stubborn + "\ndef run(data):\n    pass\n"))
    next(line for line in runtime.logs(instance.id, follow=True) if "Stuck" in line)
    runtime.remove(instance)
    assert runtime.instances() == []
    assert processes_of(home) == []


def test_a_program_that_is_missing_is_named_in_the_log(
    runtime: ProcessRuntime, spec: InstanceSpec, home: Path
) -> None:
    (home / "process-environments" / sample_environment().digest[:16] / "env").unlink()
    instance = runtime.start(spec)
    wait_for_the_end(runtime, instance)
    there = runtime.inspect(instance.id)
    assert there and there.exit_code == 127
    assert "azmlinfsrv: No such file" in "\n".join(runtime.logs(instance.id))


def test_cancelling_ends_a_program_with_all_that_it_started() -> None:
    commands = ForeignCommands()
    pids: list[int] = []

    def tell(line: str) -> None:
        pids.append(int(line))
        commands.cancel()

    with pytest.raises(Interrupted):
        commands.run(["sh", "-c", "sleep 600 & echo $!; wait"], Path(), os.environ, tell)
    (grandchild,) = pids
    assert gone(grandchild)


def sample_environment() -> Environment:
    return environment(digest="5a" * 32, conda_file=CONDA_FILE.read_text(), conda_path=CONDA_FILE)


def scoring_with(folder: Path, script: str) -> InstanceSpec:
    return InstanceSpec(
        endpoint="Houses",
        deployment="blue",
        environment=sample_environment(),
        code=write_files(folder / "my code", {"score.py": script}),
        code_name="my code",
        entry_script="score.py",
        variables={"COLOUR": "blue"},
        record={"aspects": {}},
    )


def ready(runtime: ProcessRuntime, spec: InstanceSpec) -> Instance:
    candidate = runtime.start(spec)
    return Readiness(runtime, RecordingReport()).wait(candidate, routes(None), 60)


def ask(instance: Instance, data: object = None) -> requests.Response:
    uri = f"http://127.0.0.1:{instance.ports[SERVER_PORT]}/score"
    return requests.post(uri, json=data, timeout=60)


def pids_of(home: Path, instance: Instance) -> tuple[int, int]:
    """Process group and server."""
    found = server_process.pids(home / "processes" / instance.id)
    assert found is not None
    return found


def wait_for_the_end(runtime: ProcessRuntime, instance: Instance) -> None:
    for _ in runtime.logs(instance.id, follow=True):
        pass


def processes_of(home: Path) -> list[psutil.Process]:
    """Those whose command line names a file of this az."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(home) in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).wait(timeout=10) is None
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
