"""Whom the gateway asks, how it is swapped, and how it lives on."""

from __future__ import annotations

import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
import requests

from azext_ml_endpoint.local.front import Address
from azext_ml_endpoint.local.gateway import control, gateways
from azext_ml_endpoint.local.gateway.environment import GatewayEnvironment
from azext_ml_endpoint.local.gateway.state import GatewayState
from azext_ml_endpoint.local.process import server as server_process
from azext_ml_endpoint.local.runtime import SERVER_PORT, Instance, Near
from azext_ml_endpoint.scoring import DEPLOYMENT
from tests.fakes.interrupt import PATIENCE
from tests.integration.gateway_world import Server, World, ask, processes_of, standing, until


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the environment, which is made but once."""
    return tmp_path_factory.mktemp("gateway")


@pytest.fixture
def world(home: Path) -> Iterator[World]:
    with standing(home) as world:
        yield world


# Who answers


def test_ten_thousand_requests_are_split_as_the_weights_say(world: World) -> None:
    world.serve("blue")
    world.serve("green")
    world.traffic = {"blue": 90, "green": 10}
    port = world.stand().port

    def many(count: int) -> Counter[str | None]:
        with closing(http.client.HTTPConnection("127.0.0.1", port)) as client:
            return Counter(_who(client) for _ in range(count))

    with ThreadPoolExecutor(8) as pool:
        counted = sum(pool.map(many, [1250] * 8), Counter[str | None]())
    assert counted["blue"] + counted["green"] == 10_000
    assert counted["green"] == pytest.approx(1000, abs=100)


def _who(client: http.client.HTTPConnection) -> str | None:
    client.request("POST", "/score", b"{}")
    answer = client.getresponse()
    answer.read()
    return answer.getheader(DEPLOYMENT)


def test_a_request_may_name_who_is_to_answer(world: World) -> None:
    world.serve("blue")
    world.serve("green").go.set()
    address = world.stand()
    assert ask(address, "/slow", **{DEPLOYMENT: "green"}) == "green"
    unknown = requests.post(address.scoring_uri, headers={DEPLOYMENT: "red"}, timeout=PATIENCE)
    assert (unknown.status_code, DEPLOYMENT in unknown.headers) == (404, False)
    assert "No valid deployments to route to" in unknown.text


def test_who_is_gone_is_named(world: World) -> None:
    world.serve("blue").stop()
    refused = requests.post(world.stand().scoring_uri, timeout=PATIENCE)
    assert (refused.status_code, refused.headers[DEPLOYMENT]) == (502, "blue")
    assert "closed the connection or refused it" in refused.text
    world.servers[0].port = 0
    stopped = requests.post(world.stand().scoring_uri, timeout=PATIENCE)
    assert (stopped.status_code, stopped.text) == (502, "Deployment blue does not run.")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no 127.0.1.1")
def test_a_container_is_asked_itself_as_long_as_its_process_lives(world: World) -> None:
    """Both have an answer of their own to this path, which is the name of their deployment."""
    published, living = world.serve("blue"), subprocess.Popen(["sleep", "1000"])
    published.instance = Path("/proc/self/cgroup").read_text()  # where a container's has its id
    itself = Server("itself", SERVER_PORT, host="127.0.1.1")
    published.near = Near(host="127.0.1.1", pid=living.pid)
    for each in (published, itself):
        each.go.set()
    address = world.stand()
    assert ask(address, "/slow") == "itself"
    living.kill()
    living.wait()
    with pytest.raises(AssertionError, match="Deployment blue does not run"):
        ask(address, "/slow")  # its port may be another container's by now
    published.near = Near(host="127.0.1.1", pid=os.getpid())
    assert ask(world.stand(), "/slow") == "itself"
    itself.stop()
    assert ask(address, "/slow") == "blue"


def test_only_az_is_told_what_is_under_way(world: World) -> None:
    world.serve("blue")
    address = world.stand()
    assert json.loads(ask(address, **{"ml-endpoint-gateway": "guessed"}))["body"] == "{}"


# Swapping


def test_a_request_whose_instance_is_gone_reaches_the_next_one_whole(world: World) -> None:
    """Where the file of routes does not look newer than it is known."""
    gone, new = world.serve("blue"), Server("blue")
    gone.stop()
    address, file = world.stand(), world.run.with_name("routes.json")
    known = file.stat()
    with pytest.raises(AssertionError, match="refused"):
        ask(address)
    file.write_text(file.read_text().replace(str(gone.port), str(new.port)))
    os.utime(file, ns=(known.st_atime_ns, known.st_mtime_ns))
    assert json.loads(ask(address, body=b'{"a": 1}'))["body"] == '{"a": 1}'
    new.stop()


def test_a_new_instance_gets_the_next_request_and_the_old_one_finishes(world: World) -> None:
    old = world.serve("blue")
    address = world.stand()
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(ask, address, "/slow")
        assert old.begun.wait(PATIENCE)
        new = world.serve("blue", "blue-2")
        new.deployment, world.servers = "blue", [new]
        world.stand()
        assert json.loads(ask(address))["path"] == "/score"
        assert new.headers
        instance = Instance(
            id="blue-1", endpoint="houses", deployment="blue", promoted=False, state="running"
        )
        drained = pool.submit(world.gateways().drain, instance)
        until(lambda: bool(world.report.steps))
        assert not drained.done()
        old.go.set()
        assert running.result(PATIENCE) == "blue"
        drained.result(PATIENCE)
    assert "waiting for 1 running request of the old instance" in world.report.steps[0]
    old.stop()


@contextmanager
def few_files() -> Iterator[int]:
    """How many whoever is started meanwhile has: few more than are open here."""
    before, few = resource.getrlimit(resource.RLIMIT_NOFILE), psutil.Process().num_fds() + 40
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, before[1]))
    try:
        yield few
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_it_has_connections_for_more_requests_than_a_shell_lets_it_have_files(world: World) -> None:
    blue = world.serve("blue")
    world.gateways().leave("houses")
    with few_files() as few:
        world.gateways().prepare("houses", world.see)
    address, known = world.stand(), GatewayState(world.home, "houses", "process").remembered()
    assert known
    with ThreadPoolExecutor(few) as pool:  # each of them needs two
        asked = [pool.submit(ask, address, "/slow") for _ in range(few)]
        until(
            lambda: (
                control.under_way(known, "blue-1", 0) == few or any(each.done() for each in asked)
            )
        )
        blue.go.set()
        assert [each.result() for each in asked] == ["blue"] * few


# Living on


def test_a_gateway_that_is_killed_is_there_again_at_its_address(world: World) -> None:
    world.serve("blue")
    address = world.stand()
    assert world.stand() == address
    pids = server_process.pids(world.run)
    assert pids
    os.killpg(pids[0], signal.SIGKILL)
    until(lambda: not server_process.running(world.run))
    assert world.stand() == address
    assert server_process.pids(world.run) != pids
    ask(address)


@pytest.mark.parametrize("left", ["", '{"port": 22', '{"port": 20001, "token": "", "made_of": ""}'])
def test_one_whose_file_is_damaged_keeps_its_address(world: World, left: str) -> None:
    world.serve("blue")
    address, file = world.stand(), world.run.with_name("gateway.json")
    pids = server_process.pids(world.run)
    file.write_text(left)
    assert world.stand() == address
    assert server_process.pids(world.run) != pids
    file.unlink()
    assert world.stand() == address
    ask(address)


def test_a_gateway_that_runs_is_left_alone(world: World) -> None:
    world.serve("blue")
    world.stand()
    pids = server_process.pids(world.run)
    world.traffic = {"blue": 50}
    world.stand()
    assert server_process.pids(world.run) == pids


def test_one_of_another_version_is_replaced_once_its_packages_are_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.serve("blue")
    address, pids = world.stand(), server_process.pids(world.run)
    monkeypatch.setattr(gateways, "_made_of", lambda: "another version")
    with monkeypatch.context() as offline:
        offline.setattr(GatewayEnvironment, "there", False)
        assert world.stand() == address
        assert server_process.pids(world.run) == pids
    assert world.stand() == address
    assert server_process.pids(world.run) != pids
    ask(address)


@contextmanager
def slow(world: World, blue: Server) -> Iterator[Future[str]]:
    """A request that the gateway of before has begun to answer when another one stands."""
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, world.stand(), "/slow")
        assert blue.begun.wait(PATIENCE)
        yield asked
        blue.go.set()


def test_what_a_replaced_one_is_answering_it_answers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with slow(world, world.serve("blue")) as asked:
        address = world.stand()
        monkeypatch.setattr(gateways, "_made_of", lambda: "another version")
        assert world.stand() == address
        ask(address)
        assert not asked.done()
    assert asked.result() == "blue"


def test_what_one_is_answering_that_moves_it_answers(world: World) -> None:
    with slow(world, world.serve("blue")) as asked:
        moved = world.gateways(free_port()).stand("houses", world.see)
        assert moved
        ask(moved)
        assert not asked.done()
    assert asked.result() == "blue"


def test_an_endpoint_that_goes_waits_for_none_of_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with slow(world, world.serve("blue")) as asked:
        monkeypatch.setattr(gateways, "_made_of", lambda: "another version")
        world.stand()
        world.gateways().leave("houses")
        assert not processes_of(world.home)
    with pytest.raises(requests.ConnectionError):
        asked.result()


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_another_port_moves_it_and_is_kept(world: World) -> None:
    world.serve("blue")
    before, port = world.stand(), free_port()
    moved = world.gateways(port)
    moved.require("houses")
    address = moved.stand("houses", world.see)
    assert address and address.port == port != before.port
    moved.require("houses")
    ask(world.stand())
    assert world.stand() == address
    with pytest.raises(requests.ConnectionError):
        ask(before)


def test_a_port_that_somebody_has_taken_meanwhile_is_told_of(world: World) -> None:
    world.serve("blue")
    address = world.stand()
    pids = server_process.pids(world.run)
    assert pids
    os.killpg(pids[0], signal.SIGKILL)
    until(lambda: not server_process.running(world.run))
    with closing(socket.create_server(("127.0.0.1", address.port))):
        assert world.gateways().stand("houses", world.see) is None
    (told,) = world.report.warnings
    assert f"cannot have port {address.port} of 127.0.0.1: another program" in told
    assert told.endswith("Choose another with --port.")
    assert world.stand() == address


def test_of_several_who_prepare_it_at_once_one_starts_it(world: World) -> None:
    world.serve("blue")
    world.gateways().leave("houses")
    assert world.gateways().stand("houses", world.see) is None  # who looks makes none

    def prepare(_: int) -> Address:
        world.gateways().prepare("houses", world.see)
        return world.stand()

    with ThreadPoolExecutor(8) as pool:
        (address,) = set(pool.map(prepare, range(8)))
    ask(address)  # by then there is a server
    python = processes_of(world.home)
    assert len(python) == 2  # the supervisor and its server
