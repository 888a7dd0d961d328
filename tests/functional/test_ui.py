"""`ui`: the page's server, asked as a browser would, over endpoints in memory."""

from __future__ import annotations

import http.client
import json
import os
import queue
import re
import signal
import socket
import socketserver
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from azext_ml_endpoint.handlers import page
from azext_ml_endpoint.page.guard import HEADERS
from azext_ml_endpoint.scoring import Answer
from tests.fakes.interrupt import PATIENCE, ctrl_c_within
from tests.fakes.memory_runtime import Behaviour, MemoryRuntime
from tests.functional.in_process_az import Result, az
from tests.functional.visiting import Visitor

BLUE = "endpoints/online/managed/simple-flow/1-create-endpoint-with-blue.yml"
GREEN = "endpoints/online/managed/simple-flow/3-create-green.yml"


def swagger(example: Any) -> bytes:
    body = {"in": "body", "schema": {"example": example}}
    return json.dumps({"paths": {"/score": {"post": {"parameters": [body]}}}}).encode()


pytestmark = pytest.mark.usefixtures("samples")


Visit = Callable[[Visitor], None]
Ui = Callable[..., Result]


@pytest.fixture
def ui(monkeypatch: pytest.MonkeyPatch) -> Ui:
    """Runs the command while somebody visits the page, and ends it by a signal."""
    monkeypatch.setenv("DISPLAY", ":0")

    def run(visit: Visit, *arguments: str, end: signal.Signals = signal.SIGTERM) -> Result:
        failures: list[BaseException] = []

        def visited(url: str) -> None:
            try:
                visit(Visitor(url))
            except BaseException as error:
                failures.append(error)
            finally:
                os.kill(os.getpid(), end)

        def opened(url: str) -> None:
            threading.Thread(target=visited, args=(url,)).start()

        monkeypatch.setattr(page, "_open", opened)
        done = az("ml", "endpoint", "ui", "--local", *arguments)
        for each in failures:
            raise each
        return done

    return run


@pytest.fixture
def houses(runtime: MemoryRuntime) -> str:
    """An endpoint with two deployments; blue gets all traffic."""
    runtime.behaviours["blue"] = Behaviour(swagger=swagger([1]), request_log=("asked",))
    done = az("ml", "endpoint", "create", "--local", "-n", "houses", "-f", GREEN)
    assert done.exit_code == 0, done.stderr
    return "houses"


def test_the_address_is_told_on_stderr_and_the_end_is_no_failure(ui: Ui, houses: str) -> None:
    seen: list[str] = []

    def visit(visitor: Visitor) -> None:
        seen.append(visitor.url)
        visitor.get("api/endpoints")

    for end in (signal.SIGINT, signal.SIGTERM):
        done = ui(visit, "-n", "Houses", end=end)
        assert (done.exit_code, done.stdout) == (0, "")
        assert f"The page is at {seen[-1]} until Ctrl-C." in done.stderr
        assert done.stderr.count(seen[-1].split("/")[3]) == 1, "no request is logged"
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/#houses", seen[-1])
    assert seen[0].split("/")[3] != seen[1].split("/")[3], "each page has a token of its own"


def test_the_page_and_its_files_come_with_their_headers(ui: Ui) -> None:
    def visit(visitor: Visitor) -> None:
        kinds = {"": "html", "page.html": "html", "page.js": "javascript", "page.css": "css"}
        for name, kind in kinds.items():
            reply = visitor.get(name)
            assert reply.status == 200 and kind in reply.headers["Content-Type"]
            assert reply.body and HEADERS.items() <= reply.headers.items()
            assert not {"Server", "Access-Control-Allow-Origin"} & reply.headers.keys()
        assert visitor.get("api/endpoints").json == []

    ui(visit)


def test_it_listens_on_this_machine_only(ui: Ui) -> None:
    def visit(visitor: Visitor) -> None:
        visitor.get("api/endpoints")
        port = int(visitor.host.partition(":")[2])
        known = psutil.Process().net_connections("tcp")
        listening = [each.laddr for each in known if each.status == psutil.CONN_LISTEN]
        assert [each.ip for each in listening if each.port == port] == ["127.0.0.1"]

    ui(visit)


def test_endpoints_are_listed_and_shown(ui: Ui, houses: str) -> None:
    def visit(visitor: Visitor) -> None:
        (listed,) = visitor.get("api/endpoints").json
        shown = visitor.get("api/endpoints/houses").json
        assert listed == shown
        assert [each["state"] for each in shown["deployments"]] == ["running", "running"]
        missing = visitor.get("api/endpoints/castles")
        assert missing.status == 404
        assert "castles" in missing.json["message"] and missing.json["recommendation"]

    ui(visit)


def test_traffic_is_changed_as_update_does_and_noted(ui: Ui, houses: str) -> None:
    def visit(visitor: Visitor) -> None:
        reply = visitor.post("api/endpoints/houses/traffic", {"blue": 90, "green": 10})
        assert reply.json["traffic"] == {"blue": 90, "green": 10}
        newest = visitor.get("api/endpoints/houses/history").json[0]
        assert (newest["what"], newest["traffic"]) == ("ui", {"blue": 90, "green": 10})
        refused = visitor.post("api/endpoints/houses/traffic", {"blue": 90, "green": 5})
        assert refused.status == 400
        assert "95" in json.dumps(refused.json)
        unknown = visitor.post("api/endpoints/houses/traffic", {"blue": 90, "red": 10})
        assert unknown.status == 400 and "red" in json.dumps(unknown.json)

    done = ui(visit)
    assert "blue" in done.stderr, "what is changed is told in the terminal too"
    shown = az("ml", "endpoint", "show", "--local", "-n", "houses").json
    assert shown["traffic"] == {"blue": 90, "green": 10}


def test_a_request_is_sent_once_or_often(ui: Ui, houses: str, runtime: MemoryRuntime) -> None:
    def visit(visitor: Visitor) -> None:
        found = visitor.get("api/endpoints/houses/sample").json
        assert found == {"body": "[1]", "origin": "swagger.json"}
        sample = {"body": found["body"]}
        once = visitor.post("api/endpoints/houses/invoke", sample).json
        assert (once["status"], once["deployment"]) == (200, "blue")
        assert json.loads(once["body"]) == [1]
        wish = {**sample, "deployment": "green", "times": 20}
        often = visitor.post("api/endpoints/houses/invoke", wish).json
        assert {each["deployment"] for each in often["all"]} == {"green"}
        assert len(often["all"]) == 20
        gone = visitor.post("api/endpoints/houses/invoke", {"body": "", "deployment": "red"})
        assert gone.status == 404

    ui(visit)


@pytest.mark.parametrize("description", [b"", swagger({})])
def test_what_is_not_described_may_be_beside_the_code(
    ui: Ui, samples: Path, runtime: MemoryRuntime, description: bytes
) -> None:
    runtime.behaviours["blue"] = Behaviour(swagger=description)
    file = samples / "endpoints/online/model-1/sample-request.json"
    az("ml", "endpoint", "create", "--local", "-n", "houses", "-f", BLUE)

    def visit(visitor: Visitor) -> None:
        ask = "api/endpoints/houses/sample"
        assert visitor.get(ask).json == {"body": file.read_text(), "origin": str(file)}
        within = file.parent / "onlinescoring" / "sample_request.json"
        within.write_text("[2]")
        assert visitor.get(ask).json == {"body": "[2]", "origin": str(within)}
        for each in (within, file):
            each.write_bytes(b"\xff")
        assert visitor.get(ask).json == {}
        (own := file.with_name("request.json")).write_text("[3]")
        assert visitor.get(ask).json == {"body": "[3]", "origin": str(own)}

    ui(visit)


def test_what_fails_is_told_with_its_answer(ui: Ui, runtime: MemoryRuntime) -> None:
    runtime.behaviours["blue"] = Behaviour(answer=lambda _: Answer(status=500, body=b"broken"))
    az("ml", "endpoint", "create", "--local", "-n", "houses", "-f", BLUE)

    def visit(visitor: Visitor) -> None:
        failed = visitor.post("api/endpoints/houses/invoke", {"body": "{}"}).json
        assert (failed["status"], failed["body"]) == (500, "broken")
        assert "answered 500" in failed["error"]["message"]

    ui(visit)


def test_no_request_holds_up_the_end(ui: Ui, houses: str, runtime: MemoryRuntime) -> None:
    asked, go = threading.Semaphore(0), threading.Event()

    def answer(_: object) -> Answer:
        asked.release()
        go.wait()
        return Answer(status=200, body=b"")

    runtime.behaviours["green"] = Behaviour(answer=answer)
    az("ml", "endpoint", "create", "--local", "-n", "slow", "-f", GREEN)
    before = set(threading.enumerate())

    def visit(visitor: Visitor) -> None:
        wish = {"body": "", "deployment": "green", "times": 3}
        path = "api/endpoints/slow/invoke"
        waiting = threading.Thread(target=visitor.post, args=(path, wish))
        waiting.start()
        for _ in range(3):
            asked.acquire()
        ours = {*before, waiting, threading.current_thread()}
        others = set(threading.enumerate()) - ours
        go.set()
        waiting.join()
        assert others and all(each.daemon for each in others)

    assert ui(visit).exit_code == 0


def test_a_change_is_finished_before_the_end(
    ui: Ui, houses: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go, changed = threading.Event(), threading.Event(), threading.Event()

    def update(*_: object) -> dict[str, Any]:
        began.set()
        go.wait()
        changed.set()
        return {}

    monkeypatch.setattr(page.change, "update", update)

    def visit(visitor: Visitor) -> None:
        asked = ("api/endpoints/houses/traffic", {"blue": 50, "green": 50})
        threading.Thread(target=visitor.post, args=asked).start()
        began.wait()
        threading.Timer(0.5, go.set).start()

    assert ui(visit).exit_code == 0
    assert changed.is_set()


def test_who_has_been_let_in_is_answered_whenever_the_end_comes(
    houses: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies: queue.SimpleQueue[int] = queue.SimpleQueue()

    def visit(url: str) -> None:
        replies.put(Visitor(url).get("api/endpoints").status)

    def opened(url: str) -> None:
        threading.Thread(target=visit, args=(url,)).start()

    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(page, "_open", opened)
    with ctrl_c_within(monkeypatch, socketserver.ThreadingMixIn, "process_request"):
        assert az("ml", "endpoint", "ui", "--local").exit_code == 0
    assert replies.get(timeout=PATIENCE) == 200


def test_a_log_is_followed_and_goes_on_where_it_was_left(
    ui: Ui, houses: str, runtime: MemoryRuntime
) -> None:
    def events(visitor: Visitor, last: str = "") -> Any:
        connection = http.client.HTTPConnection(visitor.host, timeout=60)
        path = f"{visitor.path}api/endpoints/houses/logs/blue"
        connection.request("GET", path, headers={"Last-Event-ID": last} if last else {})
        return connection, connection.getresponse()

    def visit(visitor: Visitor) -> None:
        connection, stream = events(visitor)
        assert stream.headers["Content-Type"] == "text/event-stream"
        first = stream.readline()
        assert stream.readline() == b'data: "Worker ready for serving traffic"\n'
        visitor.post("api/endpoints/houses/invoke", {"body": "[1]"})
        assert [stream.readline() for _ in range(3)][2] == b'data: "asked"\n'
        connection.close()
        connection, stream = events(visitor, first.decode().removeprefix("id: ").strip())
        assert [stream.readline() for _ in range(2)][1] == b'data: "asked"\n'
        runtime.kill("blue")
        assert stream.read().endswith(b"event: end\ndata: \n\n")
        assert visitor.get("api/endpoints/houses/logs/red").status == 404

    ui(visit)


def test_others_are_refused_whatever_they_ask_for(ui: Ui, houses: str) -> None:
    def visit(visitor: Visitor) -> None:
        traffic = "api/endpoints/houses/traffic"
        foreign = visitor.post(traffic, {"blue": 0, "green": 100}, Origin="http://evil.example")
        rebound = visitor.post(traffic, {"blue": 0, "green": 100}, Host="evil.example")
        form = visitor.post(traffic, {"blue": 0, "green": 100}, **{"Content-Type": "text/plain"})
        stranger = Visitor(f"http://{visitor.host}/").get("api/endpoints")
        replies = [foreign, rebound, form, stranger]
        assert [each.status for each in replies] == [403, 403, 415, 403]
        for each in replies:
            assert each.json["message"] and HEADERS.items() <= each.headers.items()
        assert visitor.get("../page/server.py").status == 404
        assert visitor.get("server.py").status == 404

    ui(visit)
    shown = az("ml", "endpoint", "show", "--local", "-n", "houses").json
    assert shown["traffic"]["blue"] == 100


def test_what_is_no_request_is_answered_without_a_page_of_pythons(ui: Ui) -> None:
    def visit(visitor: Visitor) -> None:
        host, port = visitor.host.split(":")
        for sent in (b"NONSENSE\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"G\0T / HTTP/1.1\r\n\r\n"):
            with socket.create_connection((host, int(port)), timeout=60) as connection:
                connection.sendall(sent)
                answer = connection.makefile("rb").read()
            assert b"<" not in answer and b"Traceback" not in answer
        assert visitor.get("").status == 200, "it goes on"

    ui(visit)


def test_a_defect_is_told_without_its_traceback(
    ui: Ui, houses: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("/home/me")

    monkeypatch.setattr(page.rollout, "history", broken)

    def visit(visitor: Visitor) -> None:
        reply = visitor.get("api/endpoints/houses/history")
        assert reply.status == 500
        assert reply.json["message"] == "This is a defect of the page: RuntimeError."

    assert "Traceback" not in ui(visit).stderr


def test_without_a_display_no_browser_is_opened(ui: Ui, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(page, "_open", opened.append)
    monkeypatch.setattr(page.sys, "platform", "linux")
    monkeypatch.setattr("azext_ml_endpoint.page.server.Page.serve", lambda _: None)
    az("ml", "endpoint", "ui", "--local", "--no-browser")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    az("ml", "endpoint", "ui", "--local")
    assert opened == []
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    az("ml", "endpoint", "ui", "--local")
    assert len(opened) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "ui is for endpoints on this machine: add --local."),
        (("--local", "-n", "castles"), 3, "castles"),
        (("--local", "--ui-port", "0"), 2, "is no port"),
        (("--local", "--ui-port", "99999"), 2, "is no port"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(
    arguments: tuple[str, ...], code: int, told: str
) -> None:
    refused = az("ml", "endpoint", "ui", *arguments)
    assert refused.exit_code == code
    assert told in refused.stderr


def test_a_port_that_is_taken_is_told(ui: Ui) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = az("ml", "endpoint", "ui", "--local", "--ui-port", str(taken.getsockname()[1]))
    assert refused.exit_code == 1
    assert "Give another one with --ui-port" in refused.stderr
