"""invoke against the real inference server: streams, bodies of all kinds, and measuring."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.integration.az import AZ, Az, ended
from tests.integration.azure import Azure
from tests.integration.conftest import cannot_run
from tests.integration.project import BASE_IMAGE, Project
from tests.integration.small import small_endpoint

CONDA_FILE = """
dependencies:
  - pip:
      - azureml-inference-server-http>=1.5,<2
"""
SCRIPT = """
import json, os

from azureml_inference_server_http.api.aml_request import rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse

PNG = bytes([0x89]) + b"PNG\\r\\n" + bytes(8)

def init():
    pass

@rawhttp
def run(request):
    kind, body = request.headers["Content-Type"], request.get_data()
    if kind == "image/png":
        return AMLResponse(body, 200, {"Content-Type": "image/png"})
    asked = json.loads(body)
    if "gate" in asked:
        return AMLResponse(events(asked["gate"]), 200, {"Content-Type": "text/event-stream"})
    if "bell" in asked:
        ring(asked["bell"])
    return AMLResponse({"team": request.headers.get("X-Team")}, 200, json_str=True)

def events(gate):
    yield 'data: {"text": "one"}\\n\\n'
    with open(gate) as opened:
        opened.read()
    yield 'data: {"text": "two"}\\n\\n'

def ring(bell):
    try:
        descriptor = os.open(bell, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:  # nobody listens
        return
    os.write(descriptor, b"!")
    os.close(descriptor)
"""
PNG = b"\x89PNG\r\n\x00\x01"
TEAM = {"type": "object", "properties": {"bell": {"type": "string"}}}
SWAGGER = {
    "swagger": "2.0",
    "info": {"title": "teams", "version": "1"},
    "paths": {
        "/score": {"post": {"parameters": [{"in": "body", "name": "asked", "schema": TEAM}]}}
    },
}
"""Beside the script: the server hands it out."""


@pytest.fixture(scope="module")
def invoke(az: Az, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The beginning of a command that calls an endpoint as a process."""
    name, folder = f"it-{uuid4().hex[:12]}", tmp_path_factory.mktemp("streaming")
    conda = folder / "conda.yml"
    conda.write_text(CONDA_FILE)
    environment = {"conda_file": f"file:{conda}", "docker": {"image": BASE_IMAGE}}
    project = Project(folder)
    file = project.endpoint(project.deployment(script=SCRIPT, environment=environment))
    (project.code() / "swagger2.json").write_text(json.dumps(SWAGGER))
    made = az(f"ml endpoint create --local --runtime process -n {name} -f {file}", expect=None)
    if "Failed to fetch" in made.stderr:
        cannot_run(made.stderr)
    assert made.exit_code == 0, made.stderr
    yield ["ml", "endpoint", "invoke", "--local", "-n", name]
    az(f"ml endpoint delete --local -n {name} --yes")


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """Whoever opens it to read waits for one who opens it to write, and the other way round."""
    os.mkfifo(tmp_path / "fifo")
    return tmp_path / "fifo"


def test_an_event_is_printed_before_the_next_one_is_sent(
    az: Az, invoke: list[str], fifo: Path
) -> None:
    data = json.dumps({"gate": str(fifo)})
    with az.running([*invoke, "--data", data, "--include", "--timeout", "30"]) as process:
        assert process.stdout
        assert process.stdout.readline() == 'data: {"text": "one"}\n'
        fifo.write_text("")  # only now the script goes on
        result = ended(process)
    assert result.exit_code == 0
    assert result.stdout == '\ndata: {"text": "two"}\n\n'
    assert "transfer-encoding: chunked" in result.stderr
    assert re.search(r"^Time to first byte: [\d.]+ ms$", result.stderr, re.MULTILINE)


def test_a_stream_that_fails_shows_what_had_come_and_the_scripts_traceback(
    az: Az, invoke: list[str], tmp_path: Path
) -> None:
    data = json.dumps({"gate": str(tmp_path / "none")})
    with az.running([*invoke, "--data", data]) as process:
        result = ended(process)
    assert (result.exit_code, result.stdout) == (1, 'data: {"text": "one"}\n\n')
    assert "in events" in result.stderr
    assert "FileNotFoundError" in result.stderr
    assert "broke off its answer" in result.stderr


def test_events_are_data_for_a_query(az: Az, invoke: list[str], fifo: Path) -> None:
    data = json.dumps({"gate": str(fifo)})
    query = ["--query", "[].data.text", "-o", "tsv"]
    with az.running([*invoke, "--data", data, *query]) as process:
        fifo.write_text("")
        assert ended(process).stdout == "one\ntwo\n"


def test_a_file_asks_for_the_text_of_a_stream_and_when_it_begins(
    az: Az, invoke: list[str], fifo: Path, tmp_path: Path
) -> None:
    expected = {"text": "onetwo", "first_token_ms": 60_000}
    asked = {"data": {"gate": str(fifo)}, "expect": expected}
    project = Project(tmp_path / "tested")
    file = ["-f", str(project.endpoint(project.deployment(tests=[asked])))]
    with az.running(["ml", "endpoint", "test", *invoke[3:], *file]) as process:
        fifo.write_text("")
        assert [each["outcome"] for each in ended(process).json] == ["passed"]


def test_a_picture_goes_out_and_comes_back(az: Az, invoke: list[str], tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(PNG)
    request = ["--request-file", str(tmp_path / "cat.png")]
    az([*invoke, *request, "--out", str(tmp_path / "answer.png")])
    assert (tmp_path / "answer.png").read_bytes() == PNG
    refused = az([*invoke, *request, "--out", str(tmp_path / "cat.png"), "--yes"], expect=1)
    assert "this command reads that file" in refused.stderr


def test_a_picture_does_not_go_to_a_terminal(az: Az, invoke: list[str], tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(PNG)
    command = [str(AZ), *invoke, "--request-file", str(tmp_path / "cat.png")]
    ours, terminal = pty.openpty()
    done = subprocess.run(
        command, env=az.variables, stdin=subprocess.DEVNULL, stdout=terminal, stderr=subprocess.PIPE
    )
    os.write(terminal, b"end\n")  # a terminal that nobody has written to cannot be read
    shown = os.read(ours, 1000)
    os.close(ours)
    os.close(terminal)
    assert done.returncode == 1
    assert shown == b"end\r\n"
    assert b"is no text" in done.stderr and b"--out FILE" in done.stderr


def test_headers_reach_the_script(az: Az, invoke: list[str]) -> None:
    sent = az([*invoke, "--data", "{}", "--header", "X-Team: houses"])
    assert sent.json == {"team": "houses"}


def test_many_requests_are_measured(az: Az, invoke: list[str]) -> None:
    measured = az([*invoke, "--data", "{}", "--repeat", "50", "--concurrency", "4"])
    assert (measured.json["requests"], measured.json["failed"]) == (50, 0)
    assert measured.json["deployments"] == {"blue": 50}
    assert "50 requests in" in measured.stderr


def test_an_endpoint_in_azure_is_measured_with_its_key(azure: Azure, tmp_path: Path) -> None:
    azure.az(f"ml endpoint create -f {small_endpoint(tmp_path)} -n measured")
    invoke = "ml endpoint invoke -n measured --data [1] --concurrency 4 -o json"
    measured = azure.az(f"{invoke} --repeat 20")
    assert (measured.json["requests"], measured.json["failed"]) == (20, 0)
    assert measured.json["deployments"] == {"blue": 20}
    assert {"p50", "p95", "p99"} <= set(measured.json["latency_ms"])
    assert "20 requests in" in measured.stderr
    long = azure.az(f"{invoke} --duration 500ms").json
    assert long["requests"] >= 1 and long["seconds"] >= 0.5
    asked = [each.path.rpartition("/")[2] for each in azure.simulator.journal.requests()]
    assert asked.count("listKeys") == 2, "once for each command"
    wrong = azure.az(f"{invoke} --repeat 3 --header 'Authorization: Bearer wrong'", expect=1)
    assert wrong.json["errors"] == {"401": 3}


def test_ctrl_c_ends_measuring_with_what_there_is(az: Az, invoke: list[str], fifo: Path) -> None:
    data = json.dumps({"bell": str(fifo)})
    with az.running([*invoke, "--data", data, "--duration", "1h"]) as process:
        for _ in range(2):  # the second one is asked for once the first one has been counted
            fifo.read_bytes()
        process.send_signal(signal.SIGINT)
        result = ended(process)
    assert result.exit_code == 0
    assert result.json["requests"] >= 1 and result.json["failed"] == 0
    assert "Interrupted" in result.stderr and "Traceback" not in result.stderr


def test_a_request_is_compared_with_what_the_server_describes(az: Az, invoke: list[str]) -> None:
    refused = az([*invoke, "--check", "--data", '{"bell": 1}'], expect=1)
    assert "$.bell: 1 is not of type 'string'" in refused.stderr
    assert az([*invoke, "--check", "--data", "{}"]).json == {"team": None}
