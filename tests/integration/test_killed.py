"""A command that is killed or interrupted: the same command again goes on from there."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from azext_ml_endpoint.cloud.blobs.transfer import BLOCK
from tests.integration.az import Result, ended, said_until
from tests.integration.azure import Azure
from tests.integration.small import NAME, small_endpoint
from tests.simulator.blob_front import PASS, BlobRequest
from tests.simulator.faults import Fault, Held
from tests.simulator.journal import Entry
from tests.simulator.operations import DEPLOYMENT, ENDPOINT, Durations

HOURS = 3 * 3600
ASSETS = ("/models/", "/codes/", "/environments/")
REGISTERED = tuple(f"PUT {each}" for each in ASSETS)
ENDPOINT_RUNS = f"/mfeOperationsStatus/{ENDPOINT}:"
DEPLOYMENT_RUNS = f"/mfeOperationsStatus/{DEPLOYMENT}:"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return small_endpoint(tmp_path)


@pytest.fixture
def held(azure: Azure) -> Iterator[Held]:
    """For requests that are under way when the command ends. They never arrive."""
    held = Held()
    yield held
    held.release.set()


@contextmanager
def creating(azure: Azure, file: Path) -> Iterator[subprocess.Popen[str]]:
    with azure.az.running(f"ml endpoint create -n {NAME} -f {file}") as process:
        yield process


def kill(process: subprocess.Popen[str]) -> None:
    """The whole process group of the command, with SIGKILL."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def again(azure: Azure, file: Path) -> Result:
    """The same command, once nothing is in its way any more."""
    azure.simulator.faults.clear()
    azure.blobs.faults.clear()
    done = azure.az(f"ml endpoint create -n {NAME} -f {file}")
    assert done.json["traffic"] == {"blue": 100}
    assert done.json["deployments"][0]["provisioning_state"] == "Succeeded"
    return done


def again_while_it_runs(azure: Azure, file: Path, what: str) -> Result:
    """The same command while Azure is still at work; then that ends."""
    with creating(azure, file) as process:
        said = said_until(process, f"{what}: an earlier command is at work on it")
        azure.simulator.backend.durations = Durations()
        azure.simulator.backend.operations.end_soon()
        done = ended(process)
    assert done.exit_code == 0, said + done.stderr
    assert done.json["traffic"] == {"blue": 100}
    return done


def puts(azure: Azure) -> Counter[str]:
    """What was written in Azure, and how often; the names of assets by their kind."""
    found: Counter[str] = Counter()
    for entry in azure.simulator.journal:
        if entry.request.method == "PUT" and not entry.fault:
            path = entry.request.path
            kind = next((each.strip("/") for each in ASSETS if each in path), None)
            found[kind or path.rpartition("/workspaces/ws/")[2]] += 1
    return found


def uploaded(azure: Azure) -> Counter[str]:
    """What was sent to storage and taken: files, and blocks of files."""
    return Counter(
        each.path + each.query.get("blockid", "")
        for each in azure.blobs.journal.written()
        if each.operation in ("PUT", "PUT block")
    )


def assert_nothing_twice(azure: Azure) -> None:
    assert set(uploaded(azure).values()) == {1}
    assert puts(azure) == {
        "models": 1,
        "codes": 1,
        "environments": 1,
        f"onlineEndpoints/{NAME}": 2,  # the second one sets its traffic
        f"onlineEndpoints/{NAME}/deployments/blue": 1,
    }
    assert azure.simulator.journal.refused() == []


def taken(count: int, operation: str) -> Callable[[Sequence[BlobRequest]], bool]:
    """So many requests to storage have been carried out."""

    def holds(requests: Sequence[BlobRequest]) -> bool:
        done = [each for each in requests if each.operation == operation and each.status == 201]
        return len(done) >= count

    return holds


def asked(*urls: str) -> Callable[[Sequence[Entry]], bool]:
    """Each of these has been asked for or written, as said by ``GET url`` or ``PUT url``."""

    def holds(entries: Sequence[Entry]) -> bool:
        lines = [f"{each.request.method} {each.request.url}" for each in entries]
        return all(any(_fits(line, url) for line in lines) for url in urls)

    return holds


def _fits(line: str, wanted: str) -> bool:
    method, url = wanted.split(" ")
    return line.startswith(method) and url in line


# Killed


def test_killed_in_the_upload_of_many_files(azure: Azure, tmp_path: Path, held: Held) -> None:
    file = small_endpoint(tmp_path, model={f"{number:02}.bin": b"content" for number in range(40)})
    azure.blobs.faults.add(Fault(PASS, "PUT", "LocalUpload", times=12))
    azure.blobs.faults.add(Fault(held, "PUT", "LocalUpload", times=100))
    with creating(azure, file) as process:
        azure.blobs.journal.wait_until(taken(12, "PUT"))
        kill(process)
    again(azure, file)
    assert_nothing_twice(azure)
    assert len([each for each in uploaded(azure) if "LocalUpload" in each]) == 40


def test_killed_in_the_upload_of_a_big_file(azure: Azure, tmp_path: Path, held: Held) -> None:
    content = b"".join(bytes([number]) * BLOCK for number in range(5)) + b"end"
    file = small_endpoint(tmp_path, model={"big.bin": content})
    azure.blobs.faults.add(Fault(PASS, "PUT", "comp=block&", times=3))
    azure.blobs.faults.add(Fault(held, "PUT", "comp=block&", times=100))
    with creating(azure, file) as process:
        azure.blobs.journal.wait_until(taken(3, "PUT block"))
        kill(process)
    again(azure, file)
    assert_nothing_twice(azure)
    blocks = [each for each in azure.blobs.journal.written() if each.operation == "PUT block"]
    assert sum(each.size for each in blocks) == len(content)


@pytest.mark.parametrize("asset", ASSETS)
def test_killed_before_an_asset_is_registered(
    azure: Azure, file: Path, held: Held, asset: str
) -> None:
    azure.simulator.faults.add(Fault(held, "PUT", asset))
    others = [f"PUT {each}" for each in ASSETS if each != asset]
    with creating(azure, file) as process:
        azure.simulator.journal.wait_until(asked(*others, f"GET {ENDPOINT_RUNS}"))
        assert held.reached.wait(60)
        kill(process)
    again(azure, file)
    assert_nothing_twice(azure)


def test_killed_before_it_hears_that_a_model_is_registered(azure: Azure, file: Path) -> None:
    held = Held(done=True)
    azure.simulator.faults.add(Fault(held, "PUT", "/models/"))
    with creating(azure, file) as process:
        assert held.reached.wait(60)
        kill(process)
    held.release.set()
    again(azure, file)
    assert "models" not in puts(azure), "but for the one whose answer was held"
    assert set(uploaded(azure).values()) == {1}


def test_ctrl_c_while_it_follows_an_earlier_command(azure: Azure, file: Path) -> None:
    azure.simulator.backend.durations = Durations(deployment=HOURS)
    with creating(azure, file) as process:
        azure.simulator.journal.wait_until(asked(f"GET {DEPLOYMENT_RUNS}"))
        kill(process)
    with creating(azure, file) as process:
        seen = len(azure.simulator.journal)
        said_until(process, "an earlier command is at work on it")
        azure.simulator.journal.wait_until(
            lambda entries: asked(f"GET {DEPLOYMENT_RUNS}")(entries[seen:])
        )
        process.send_signal(signal.SIGINT)
        done = ended(process)
    assert done.exit_code == 1
    assert "Traceback" not in done.stderr
    assert "deployment blue: interrupted. Azure goes on with it." in done.stderr
    again_while_it_runs(azure, file, "deployment blue")
    assert_nothing_twice(azure)


def test_killed_while_azure_makes_the_endpoint(azure: Azure, file: Path) -> None:
    azure.simulator.backend.durations = Durations(endpoint=HOURS)
    with creating(azure, file) as process:
        azure.simulator.journal.wait_until(asked(*REGISTERED, f"GET {ENDPOINT_RUNS}"))
        kill(process)
    again_while_it_runs(azure, file, f"endpoint {NAME}")
    assert_nothing_twice(azure)


def test_killed_while_azure_makes_the_deployment(azure: Azure, file: Path) -> None:
    azure.simulator.backend.durations = Durations(deployment=HOURS)
    with creating(azure, file) as process:
        azure.simulator.journal.wait_until(asked(f"GET {DEPLOYMENT_RUNS}"))
        kill(process)
    again_while_it_runs(azure, file, "deployment blue")
    assert_nothing_twice(azure)


# Ctrl-C


def test_ctrl_c_says_what_goes_on_and_how_to_go_on(azure: Azure, file: Path) -> None:
    azure.simulator.backend.durations = Durations(deployment=HOURS)
    with creating(azure, file) as process:
        azure.simulator.journal.wait_until(asked(f"GET {DEPLOYMENT_RUNS}"))
        process.send_signal(signal.SIGINT)
        done = ended(process)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "deployment blue: interrupted. Azure goes on with it." in done.stderr
    assert f"az ml endpoint show -n {NAME} -g rg -w ws" in done.stderr
    assert "same command again" in done.stderr
    again_while_it_runs(azure, file, "deployment blue")
    assert_nothing_twice(azure)


def test_ctrl_c_in_an_upload_keeps_what_was_sent(azure: Azure, tmp_path: Path, held: Held) -> None:
    file = small_endpoint(tmp_path, model={f"{number:02}.bin": b"content" for number in range(40)})
    azure.blobs.faults.add(Fault(PASS, "PUT", "LocalUpload", times=12))
    azure.blobs.faults.add(Fault(held, "PUT", "LocalUpload", times=100))
    with creating(azure, file) as process:
        azure.blobs.journal.wait_until(taken(12, "PUT"))
        process.send_signal(signal.SIGINT)
        held.release.set()
        done = ended(process)
    assert done.exit_code == 1
    assert "Traceback" not in done.stderr
    assert "The transfer of files was interrupted." in done.stderr
    assert "the same command goes on from there" in done.stderr
    again(azure, file)
    assert_nothing_twice(azure)


def test_the_second_ctrl_c_waits_for_nothing(azure: Azure, file: Path, held: Held) -> None:
    """An answer that does not come keeps the first one waiting, but not the second."""
    azure.simulator.backend.durations = Durations(deployment=HOURS)
    azure.simulator.faults.add(Fault(held, "GET", DEPLOYMENT_RUNS))
    with creating(azure, file) as process:
        assert held.reached.wait(60)
        process.send_signal(signal.SIGINT)
        said_until(process, "Ctrl-C again stops at once")
        process.send_signal(signal.SIGINT)
        done = ended(process)
        assert not held.release.is_set()
    assert done.exit_code == -signal.SIGINT
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    again_while_it_runs(azure, file, "deployment blue")
