"""Endpoints as processes, asked for or because there is no Docker, with the real az."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from tests.integration.az import AZ, Az, ended
from tests.integration.conftest import FIRST_SAMPLE, SAMPLES, cannot_run
from tests.integration.deployed import post
from tests.integration.project import ECHO, FAILING, HANGING, Project

CONDA_FILE = SAMPLES / "endpoints/online/model-1/environment/conda.yml"
REQUEST = SAMPLES / "endpoints/online/model-1/sample-request.json"
NO_DOCKER = {"DOCKER_HOST": "unix:///no/docker.sock"}
SAID = "Docker is not installed: deployments run as processes (--runtime process)."

ANNOUNCING = """
import os, threading
from pathlib import Path

def init():
    Path(os.environ["BEGUN"]).write_text("yes")
    threading.Event().wait()

def run(data):
    return data
"""


@pytest.fixture(scope="module")
def process_az(az: Az, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Az]:
    """az with a configuration of its own and a daemon that does not answer, so that nothing here
    works by means of Docker. Afterwards no process of it may be left.
    """
    home = tmp_path_factory.mktemp("process-home")
    yield az.having(AZURE_CONFIG_DIR=str(home), **NO_DOCKER)
    left = processes_of(home)
    for each in left:
        each.kill()
    assert not left, f"left behind: {left}"
    assert list((home / "ml-endpoint" / "processes").iterdir()) == []
    assert list((home / "ml-endpoint" / "process-endpoints").iterdir()) == []


def processes_of(folder: Path) -> list[psutil.Process]:
    """Those that have the folder in their environment."""
    return [each for each in psutil.process_iter() if str(folder) in environment_of(each)]


def environment_of(process: psutil.Process) -> str:
    try:
        return str(process.environ())
    except psutil.Error:  # it has ended meanwhile, or is somebody else's
        return ""


@pytest.fixture(scope="module")
def process_sample(process_az: Az) -> Iterator[str]:
    """The first sample as a process. While it lives, so does its environment."""
    name = f"it-{uuid4().hex[:12]}"
    create = f"ml endpoint create --local --runtime process -n {name} -f {FIRST_SAMPLE}"
    process_az(create, timeout=600)
    yield name
    process_az(f"ml endpoint delete --local -n {name} --yes")
    process_az(f"ml endpoint delete --local --runtime process -n {name} --yes", expect=3)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_the_main_sample_serves_as_a_process(process_az: Az, process_sample: str) -> None:
    """After it was created, its runtime is known without being named."""
    invoke = f"ml endpoint invoke --local -n {process_sample} --request-file {REQUEST}"
    assert process_az(invoke).json == pytest.approx([205.486, 68.634], abs=0.001)
    logs = process_az(f"ml endpoint get-logs --local -n {process_sample} -d blue").stdout
    assert "Init complete" in logs and "Request processed" in logs
    (listed,) = process_az("ml endpoint list --local --runtime process").json
    assert listed == process_az(f"ml endpoint show --local -n {process_sample}").json


def test_an_update_is_proven_ready_before_the_old_process_goes(
    process_az: Az, process_sample: str, project: Project
) -> None:
    name = f"it-{uuid4().hex[:12]}"
    file = project.endpoint()
    shown = process_az(f"ml endpoint create --local --runtime process -n {name} -f {file}").json
    update = f"ml endpoint update --local -n {name} -f {file}"
    assert f"{name}: nothing to do" in process_az(update).stderr

    for script, options, message in (
        (FAILING, "", "RuntimeError: the model is broken"),
        (HANGING, "--timeout 5", "Deployment blue was not ready after 5 s."),
    ):
        project.endpoint(project.deployment(script=script))
        failed = process_az(f"{update} {options}", expect=1).stderr
        assert message in failed
        frames = re.findall(r'File "(.+)", line', failed)
        assert set(frames) <= {str(project.code() / "score.py")}
        assert "hello" in post(shown["scoring_uri"], '"hello"')

    project.endpoint(project.deployment(script=ECHO.replace("echo", "updated")))
    updated = process_az(update).json
    assert "updated" in post(updated["scoring_uri"], '"hello"')
    process_az(f"ml endpoint delete --local -n {name} --yes")


def test_a_start_that_is_cut_off_leaves_no_process_or_one_that_the_next_command_ends(
    process_az: Az, process_sample: str, project: Project
) -> None:
    name = f"it-{uuid4().hex[:12]}"
    begun = project.folder / "begun"
    os.mkfifo(begun)
    variables = {"BEGUN": str(begun)}
    blue = project.deployment(script=ANNOUNCING, environment_variables=variables)
    create = f"ml endpoint create --local --runtime process -n {name} -f {project.endpoint(blue)}"

    with process_az.running(create) as process:
        assert begun.read_text() == "yes"  # waits for a writer
        process.send_signal(signal.SIGINT)
        interrupted = ended(process)
    assert interrupted.exit_code == 1
    assert "blue was not ready yet" in interrupted.stderr
    assert processes_of(project.folder) == []

    with process_az.running(create) as process:
        assert begun.read_text() == "yes"
        process.kill()
    assert processes_of(project.folder) != []
    process_az(f"ml endpoint delete --local -n {name} --yes")
    assert processes_of(project.folder) == []


def test_the_runtime_can_be_set_once_for_all(az: Az, tmp_path: Path) -> None:
    configured = az.having(AZURE_CONFIG_DIR=str(tmp_path), **NO_DOCKER)
    configured("config set ml_endpoint.local_runtime=process --only-show-errors")
    configured("ml endpoint show --local -n nobody", expect=3)
    configured("ml endpoint show --local -n nobody --runtime docker", expect=1)


def test_where_docker_is_not_installed_processes_are_used_and_that_is_said(
    process_az: Az, process_sample: str, project: Project
) -> None:
    name = f"it-{uuid4().hex[:12]}"
    created = without_docker(process_az, f"create --local -n {name} -f {project.endpoint()}")
    assert created.count(SAID) == 1
    assert SAID not in without_docker(process_az, f"show --local -n {name}")
    process_az(f"ml endpoint delete --local -n {name} --yes")


def without_docker(az: Az, command: str) -> str:
    """stderr of a command on a machine that has no docker program and no socket of a daemon."""
    if not shutil.which("unshare") or subprocess.run(["unshare", "--mount", "true"]).returncode:
        cannot_run("Docker cannot be hidden from az: unshare --mount needs to be root")
    hidden = "mount -t tmpfs none /run && exec env -u DOCKER_HOST"
    line = f"unshare --mount sh -c '{hidden} PATH={AZ.parent} az ml endpoint {command}'"
    return az.shell(line).stderr


def test_of_two_identical_rollouts_at_once_one_wins(
    process_az: Az, process_sample: str, project: Project
) -> None:
    name = f"it-{uuid4().hex[:12]}"
    process_az(f"ml endpoint create --local --runtime process -n {name} -f {project.endpoint()}")
    green = project.deployment("green", script=ECHO.replace("echo", "green"))
    file = project.endpoint(project.deployment(), green)
    (project.folder / "request.json").write_text('"hello"')
    command = (
        f"ml endpoint rollout --local -n {name} -f {file} --to green --bake 1s --steps 50,100 "
        f"--probe {project.folder / 'request.json'}"
    )

    with process_az.running(command) as one, process_az.running(command) as other:
        results = [ended(one), ended(other)]

    (won,) = [each for each in results if each.exit_code == 0]
    (lost,) = [each for each in results if each.exit_code != 0]
    assert won.json["traffic"] == {"green": 100}
    assert "a rollout to green, begun by" in lost.stderr
    assert "under way; nothing was changed" in lost.stderr
    process_az(f"ml endpoint delete --local -n {name} --yes")


@pytest.mark.parametrize(
    ("end", "message"),
    [
        ("os.kill(os.getpid(), 9)", "ended by SIGKILL, as happens when there is no memory left"),
        ("ctypes.string_at(0)", "its worker was ended by SIGSEGV"),
        ("os._exit(7)", "its worker ended itself with exit code 7"),
    ],
)
def test_a_worker_that_dies_in_init_is_not_waited_for(
    process_az: Az, process_sample: str, project: Project, end: str, message: str
) -> None:
    script = f"import ctypes\nimport os\n\ndef init():\n    {end}\n\ndef run(data):\n    pass\n"
    file = project.endpoint(project.deployment(script=script))
    name = f"it-{uuid4().hex[:12]}"
    create = f"ml endpoint create --local --runtime process -n {name} -f {file} --timeout 3600"
    failed = process_az(create, expect=1).stderr
    assert message in failed
    if "string_at" in end:
        assert f'File "{project.code() / "score.py"}", line 5 in init' in failed


def test_an_installation_that_is_killed_leaves_no_installer_and_is_done_again(
    process_az: Az, process_sample: str, project: Project
) -> None:
    """The installer stands still: it reads from a pipe to which nobody writes."""
    name = f"it-{uuid4().hex[:12]}"
    wait = project.folder / "wait"
    os.mkfifo(wait)
    own = {"conda_file": f"# {name}\n{CONDA_FILE.read_text()}", "docker": {"image": "none"}}
    file = project.endpoint(project.deployment(environment=own))
    create = f"ml endpoint create --local --runtime process -n {name} -f {file}"
    stuck = {"UV_CONSTRAINT": str(wait), "PIP_CONSTRAINT": str(wait)}
    with process_az.running(create, env=stuck) as process, wait.open("w"):  # it reads by now
        group = [each for each in processes_of(wait) if each.pid != process.pid]
        process.kill()
        process.wait()
        gone, left = psutil.wait_procs(group, timeout=30)
    assert gone and not left

    process_az(create, timeout=600)
    process_az(f"ml endpoint delete --local -n {name} --yes")
