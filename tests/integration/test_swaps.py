"""Fifty requests a second through all that replaces a deployment: none of them fails."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from tests.integration.az import Az, ended, said_until
from tests.integration.project import BASE_IMAGE, Project

RATE = 50
SAVES = 20
ANSWERING = """
import time

def init():
    pass

def run(data):
    time.sleep(0.012)
    return "{word}"
"""
ENVIRONMENT = {
    "conda_file": "dependencies: [python=3.11, pip, {pip: [azureml-inference-server-http]}]",
    "docker": {"image": BASE_IMAGE},
}


@dataclass
class Load:
    """What came of requests at a constant rate: the answers, how often, and what failed."""

    answers: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, uri: str) -> None:
        try:
            answer = requests.post(uri, json="hello", timeout=30)
            failed = "" if answer.status_code == 200 else f"{answer.status_code} {answer.text}"
        except requests.RequestException as error:
            failed = str(error)
        with self.lock:
            if failed:
                self.failures.append(failed)
            else:
                self.answers[answer.json()] = self.answers.get(answer.json(), 0) + 1


@contextmanager
def load(uri: str) -> Iterator[Load]:
    """Runs beside what is done meanwhile."""
    found, ended = Load(), threading.Event()

    def run(pool: ThreadPoolExecutor) -> None:
        began, sent = time.monotonic(), 0
        while not ended.wait(max(0.0, began + sent / RATE - time.monotonic())):
            pool.submit(found.ask, uri)
            sent += 1

    with ThreadPoolExecutor(64) as pool, ThreadPoolExecutor(1) as pacing:
        paced: Future[None] = pacing.submit(run, pool)
        try:
            yield found
        finally:
            ended.set()
            paced.result()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def swapped_under_load(az: Az, name: str, project: Project, options: str) -> Load:
    """Through an update, a rollout to another deployment, and the way back."""
    request = project.folder / "request.json"
    request.write_text('"hello"')

    def document(**words: str) -> Path:
        described = [
            project.deployment(each, script=ANSWERING.format(word=word), environment=ENVIRONMENT)
            for each, word in words.items()
        ]
        return project.endpoint(*described)

    made = az(
        f"ml endpoint create --local -n {name} -f {document(blue='first')} {options}", timeout=600
    ).json
    uri = made["scoring_uri"]
    assert uri != made["deployments"][0]["scoring_uri"]
    with load(uri) as found:
        updated = az(f"ml endpoint update --local -n {name} -f {document(blue='second')}").json
        file = document(blue="second", green="third")
        az(
            f"ml endpoint rollout --local -n {name} -f {file} --to green --bake 1s "
            f"--steps 20,100 --probe {request}"
        )
        back = az(f"ml endpoint rollback --local -n {name}").json
        az(f"ml endpoint delete --local -n {name} -d green --yes")
    assert updated["scoring_uri"] == back["scoring_uri"] == uri
    return found


def test_nothing_is_lost_where_processes_are_swapped(
    az: Az, tmp_path: Path, project: Project
) -> None:
    own = az.having(AZURE_CONFIG_DIR=str(tmp_path / "azure"))
    name = f"it-{uuid4().hex[:12]}"
    found = swapped_under_load(own, name, project, "--runtime process")
    own(f"ml endpoint delete --local -n {name} --yes")
    assert_nothing_lost(found)


def test_nothing_is_lost_where_containers_are_swapped(
    az: Az, endpoint: str, project: Project
) -> None:
    assert_nothing_lost(swapped_under_load(az, endpoint, project, "--runtime docker"))


def saved_under_load(az: Az, name: str, project: Project, options: str) -> Load:
    """Twenty saves of a watched script, each once the one before is served."""
    described = project.deployment(
        "blue", script=ANSWERING.format(word="save 0"), environment=ENVIRONMENT
    )
    file = project.endpoint(described)
    with az.running(f"ml endpoint watch --local -n {name} -f {file} {options}") as process:
        said_until(process, "watching")
        uri = az(f"ml endpoint show --local -n {name}").json["scoring_uri"]
        with load(uri) as found:
            for number in range(1, SAVES + 1):
                script = project.code("blue") / "score.py"
                script.write_text(ANSWERING.format(word=f"save {number}"))
                said_until(process, "blue: score.py served")
        process.send_signal(signal.SIGINT)
        assert ended(process).exit_code == 0
    return found


def test_nothing_is_lost_while_processes_are_watched(
    az: Az, tmp_path: Path, project: Project
) -> None:
    own = az.having(AZURE_CONFIG_DIR=str(tmp_path / "azure"))
    name = f"it-{uuid4().hex[:12]}"
    found = saved_under_load(own, name, project, "--runtime process")
    own(f"ml endpoint delete --local -n {name} --yes")
    assert_all_saves_served(found)


def test_nothing_is_lost_while_containers_are_watched(
    az: Az, endpoint: str, project: Project
) -> None:
    assert_all_saves_served(saved_under_load(az, endpoint, project, "--runtime docker"))


def assert_all_saves_served(found: Load) -> None:
    assert found.failures == []
    assert set(found.answers) >= {f"save {number}" for number in range(SAVES)}


def assert_nothing_lost(found: Load) -> None:
    assert found.failures == []
    assert set(found.answers) == {"first", "second", "third"}
    assert min(found.answers.values()) > RATE / 2
