"""`az ml endpoint watch`: the real files, the real server; what is saved is what serves."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import docker
import psutil
import pytest

from tests.integration.az import Az, ended, said_until
from tests.integration.deployed import containers, image, post
from tests.integration.project import BASE_IMAGE, Project
from tests.integration.test_update import SERVER_FOLDER
from tests.integration.test_without_docker import CONDA_FILE

ANSWERING = """
import os
import flask_cors

def init():
    pass

def run(data):
    return ["{word}", os.environ.get("GREETING")]
"""
LOOKING = """
import os, sys
import flask_cors

def init():
    pass

def run(data):
    finders = [type(each).__name__ for each in sys.meta_path if not isinstance(each, type)]
    ours = [each for each in sys.path if "ahead" in each]
    return [os.environ.get("PYTHONPATH"), ours, finders, os.getcwd(), __file__]
"""
LISTING = """
import importlib.util, os
from pathlib import Path

def init():
    pass

def run(data):
    model = Path(os.environ["AZUREML_MODEL_DIR"]) / "model.txt"
    return [importlib.util.find_spec("sklearn") is not None, model.read_text()]
"""
ENVIRONMENT = {
    "conda_file": "dependencies: [python=3.11, pip, {pip: [azureml-inference-server-http]}]",
    "docker": {"image": BASE_IMAGE},
}
SERVED = "served"


@dataclass
class Watched:
    """An endpoint that is watched, and the files that it is made of."""

    az: Az
    name: str
    project: Project
    runtime: str
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def script(self) -> Path:
        return self.project.code() / "score.py"

    def document(self, word: str, **fields: Any) -> Path:
        described = self.project.deployment(
            script=ANSWERING.format(word=word),
            environment_variables=self.variables,
            **{"environment": ENVIRONMENT, **fields},
        )
        return self.project.endpoint(described)

    def save(self, word: str) -> None:
        self.script.write_text(ANSWERING.format(word=word))

    def shown(self) -> Any:
        return self.az(f"ml endpoint show --local -n {self.name}").json

    def answer(self) -> Any:
        return json.loads(post(self.shown()["scoring_uri"], "{}"))

    @contextmanager
    def watching(self, file: Path, command: str = "watch") -> Iterator[subprocess.Popen[str]]:
        where = f"--local --runtime {self.runtime} -n {self.name} -f {file}"
        with self.az.running(f"ml endpoint {command} {where}") as process:
            said_until(process, "watching")
            yield process


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


@pytest.fixture(scope="module")
def process_az(az: Az, tmp_path_factory: pytest.TempPathFactory) -> Az:
    return az.having(AZURE_CONFIG_DIR=str(tmp_path_factory.mktemp("watch-home")))


@pytest.fixture
def in_process(process_az: Az, project: Project) -> Iterator[Watched]:
    """As processes; afterwards none of them may be left, and no file."""
    name = f"it-{uuid4().hex[:12]}"
    yield Watched(process_az, name, project, "process")
    process_az(f"ml endpoint delete --local -n {name} --yes", expect=None)
    assert processes_of(process_az, name) == []


@pytest.fixture
def in_docker(az: Az, endpoint: str, project: Project) -> Watched:
    return Watched(az, endpoint, project, "docker")


@pytest.fixture(
    params=["in_process", pytest.param("in_docker", marks=pytest.mark.docker)],
)
def watched(request: pytest.FixtureRequest) -> Watched:
    found: Watched = request.getfixturevalue(request.param)
    return found


def processes_of(az: Az, name: str) -> list[Path]:
    return list(Path(az.variables["AZURE_CONFIG_DIR"], "ml-endpoint/processes").glob(f"{name}.*"))


def spares(watched: Watched, engine: docker.DockerClient | None = None) -> list[str]:
    if engine:
        found = containers(engine, watched.name)
        return [str(each.name) for each in found if ".spare-" in str(each.name)]
    return [
        str(each)
        for each in processes_of(watched.az, watched.name)
        if (each / "spare.json").exists()
    ]


def test_a_saved_script_is_served_and_a_broken_one_is_not(watched: Watched) -> None:
    with watched.watching(watched.document("first")) as process:
        assert watched.answer() == ["first", None]

        watched.save("second")
        said = said_until(process, SERVED)
        assert "blue: score.py served" in said and "cold start" not in said
        assert watched.answer() == ["second", None]

        watched.script.write_text("def init():\n    pass\n\ndef run(data)\n    return 3\n")
        said = said_until(process, "goes on serving")
        assert f"{watched.script}:4:14: the scoring script does not parse" in said
        assert watched.answer() == ["second", None]

        watched.script.write_text(
            "def init():\n    raise KeyError('x')\n\ndef run(data):\n    return 3\n"
        )
        said = said_until(process, "goes on serving")
        assert f'{watched.script}", line 2, in init' in said
        assert watched.answer() == ["second", None]

        watched.save("third")
        said_until(process, SERVED)
        assert watched.answer() == ["third", None]
        process.send_signal(signal.SIGINT)
        assert ended(process).exit_code == 0
    assert watched.answer() == ["third", None]


def test_what_else_is_saved_counts_for_what_it_is(watched: Watched) -> None:
    file = watched.document("first")
    (watched.project.code() / ".amlignore").write_text("notes.txt\n")
    with watched.watching(file) as process:
        (watched.project.code() / "__pycache__").mkdir()
        (watched.project.code() / "__pycache__" / "x.pyc").write_bytes(b"")
        (watched.project.code() / "notes.txt").write_text("to do")

        watched.variables = {"GREETING": "hello"}
        watched.document("first")
        said = said_until(process, SERVED)
        assert "environment_variables" in said and "blue: endpoint.yml served" in said
        assert "a cold start, because more than its code has changed" in said
        assert said.count(SERVED) == 1
        assert watched.answer() == ["first", "hello"]
        process.terminate()
        assert ended(process).exit_code == 0
    assert watched.answer() == ["first", "hello"]


def test_packages_and_models_that_are_saved_are_served_too(watched: Watched) -> None:
    model, conda = watched.project.folder / "model.txt", watched.project.folder / "conda.yml"
    file = watched.document(
        "first",
        model={"name": "words", "version": 1, "local_path": str(model)},
        environment={"conda_file": f"file:{conda}", "docker": {"image": BASE_IMAGE}},
    )
    watched.script.write_text(LISTING)
    conda.write_text(ENVIRONMENT["conda_file"])
    model.write_text("one")
    with watched.watching(file) as process:
        assert watched.answer() == [False, "one"]

        model.write_text("two")
        said = said_until(process, SERVED)
        assert "blue: model.txt served" in said
        assert watched.answer() == [False, "two"]

        conda.write_text(CONDA_FILE.read_text())
        said = said_until(process, SERVED)
        assert "update deployment blue: environment changed" in said
        assert "blue: conda.yml served" in said
        assert watched.answer() == [True, "two"]
        process.send_signal(signal.SIGINT)
        assert ended(process).exit_code == 0


def test_another_image_and_its_dockerfile_are_built(
    in_docker: Watched, engine: docker.DockerClient
) -> None:
    with in_docker.watching(in_docker.document("first")) as process:
        (made,) = engine.images.get(image(engine, in_docker.name)).tags
        dockerfile = in_docker.project.folder / "Dockerfile"
        dockerfile.write_text(f"FROM {made}\nENV {SERVER_FOLDER} GREETING='hello'\n")
        build = {"build": {"dockerfile": f"file:{dockerfile}"}}
        in_docker.document("first", environment={"docker": build})
        said = said_until(process, SERVED)
        assert "update deployment blue: environment changed" in said
        assert in_docker.answer() == ["first", "hello"]

        dockerfile.write_text(dockerfile.read_text().replace("hello", "good evening"))
        assert "blue: Dockerfile served" in said_until(process, SERVED)
        assert in_docker.answer() == ["first", "good evening"]
        process.send_signal(signal.SIGINT)
        assert ended(process).exit_code == 0


def test_nothing_waits_once_nobody_watches(
    watched: Watched, request: pytest.FixtureRequest
) -> None:
    docker_engine = request.getfixturevalue("engine") if watched.runtime == "docker" else None
    with watched.watching(watched.document("first"), "create --watch") as process:
        assert len(spares(watched, docker_engine)) == 1
        shown = watched.shown()
        assert [each["name"] for each in shown["deployments"]] == ["blue"]
        process.send_signal(signal.SIGINT)
        ended(process)
    assert spares(watched, docker_engine) == []


def test_what_others_have_changed_is_warm_again_before_the_next_save(
    watched: Watched, request: pytest.FixtureRequest
) -> None:
    docker_engine = request.getfixturevalue("engine") if watched.runtime == "docker" else None
    file = watched.document("first")
    where = f"--local -n {watched.name}"
    change = "--set deployments[blue].environment_variables.GREETING=hello"
    with watched.watching(file) as process:
        (before,) = spares(watched, docker_engine)
        watched.az(f"ml endpoint update {where} -f {file} {change}")
        assert watched.answer() == ["first", "hello"]
        until(lambda: spares(watched, docker_engine) not in ([], [before]))
        watched.save("second")
        said = said_until(process, SERVED)
        assert "cold start" not in said
        assert watched.answer() == ["second", None], "as the file says"
        watched.az(f"ml endpoint delete {where} --yes")
        assert ended(process).exit_code == 3
    assert spares(watched, docker_engine) == []


def test_an_update_after_an_edit_leaves_a_spare_to_the_next(in_process: Watched) -> None:
    run = f"ml endpoint {{}} --local --runtime process -n {in_process.name} -f {{}}"
    in_process.az(run.format("create", in_process.document("first")), timeout=600)
    assert spares(in_process) == []
    for word in ("second", "third"):
        in_process.az(run.format("update", in_process.document(word)))
        (spare,) = spares(in_process)
    in_process.az(run.format("update", in_process.document("fourth")))
    (now,) = [each for each in processes_of(in_process.az, in_process.name) if str(each) == spare]
    assert (now / "instance.json").exists(), "it is what serves"
    assert in_process.answer() == ["fourth", None]
    in_process.az("config set ml_endpoint.local_spare=false --only-show-errors")
    in_process.az(run.format("update", in_process.document("fifth")))
    in_process.az(run.format("update", in_process.document("sixth")))
    assert spares(in_process) == []
    in_process.az("config unset ml_endpoint.local_spare --only-show-errors")


def test_the_script_sees_nothing_of_its_having_waited(in_process: Watched) -> None:
    file = in_process.document("first")
    in_process.script.write_text(LOOKING)
    with in_process.watching(file) as process:
        cold = in_process.answer()
        in_process.script.write_text(LOOKING + "\n")
        said_until(process, SERVED)
        warm = in_process.answer()
        process.send_signal(signal.SIGINT)
    assert cold[:3] == warm[:3] == [None, [], cold[2]]
    assert Path(warm[4]).parent == Path(warm[3]) != Path(cold[3])


def test_a_spare_that_has_died_is_told_of(in_process: Watched) -> None:
    with in_process.watching(in_process.document("first")) as process:
        (spare,) = spares(in_process)
        server = int((Path(spare) / "pids").read_text().split()[1])
        psutil.Process(server).kill()
        psutil.wait_procs([psutil.Process(server)] if psutil.pid_exists(server) else [])
        in_process.save("second")
        said = said_until(process, SERVED)
        assert "blue: a cold start, because its spare has ended" in said
        assert in_process.answer() == ["second", None]


def test_a_worker_that_dies_later_is_replaced_by_one_that_waits_for_nothing(
    in_process: Watched,
) -> None:
    with in_process.watching(in_process.document("first")) as process:
        in_process.save("second")
        said_until(process, SERVED)
        (promoted,) = (
            each for each in processes_of(in_process.az, in_process.name) if each.is_file()
        )
        serving = promoted.with_name(json.loads(promoted.read_text()))
        master = psutil.Process(int((serving / "pids").read_text().split()[1]))
        (worker,) = master.children()
        worker.kill()
        psutil.wait_procs([worker], timeout=10)
        assert in_process.answer() == ["second", None]
        process.send_signal(signal.SIGINT)


def test_many_saves_at_once_are_one(watched: Watched) -> None:
    with watched.watching(watched.document("first")) as process:
        for number in range(20):
            watched.save(f"number {number}")
        said = said_until(process, SERVED)
        until(lambda: watched.answer() == ["number 19", None])
        process.send_signal(signal.SIGINT)
        said += ended(process).stderr
    assert said.count("after it was saved") <= 4, "of twenty, on a machine that may be busy"


def test_an_init_that_never_returns_is_corrected_by_saving(watched: Watched) -> None:
    with watched.watching(watched.document("first")) as process:
        stuck = ANSWERING.format(word="stuck").replace(
            "    pass", "    __import__('time').sleep(9999)"
        )
        watched.script.write_text(stuck)
        said_until(process, "still starting")
        assert watched.answer() == ["first", None]
        watched.save("second")
        said_until(process, "given up, as it was saved anew")
        said_until(process, SERVED)
        assert watched.answer() == ["second", None]


def until(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        threading.Event().wait(0.1)
    pytest.fail("it does not come to be so in a minute")
