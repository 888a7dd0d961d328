"""What is taken of what a script collects, and how its server comes to be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.local.collect import collector, sidecar
from azext_ml_endpoint.local.collect.collector import Whose
from tests.fakes.builders import deployment
from tests.fakes.interrupt import PATIENCE

SENT = {
    "Content-Type": "application/json",
    "trace-id": "t-1",
    "ce-time": "1669884690",
    "ce-type": "azureml.inference.model_inputs",
    "ce-collect-data-type": "pandas.core.frame.DataFrame",
    "ce-agent": "azureml-ai-monitoring/1.0.0",
    "ce-x-request-id": "c-1",
    "ce-model-version": "default",
    "ce-my-header": "own",
}
"""As the package sends it; the last one is of a context of the script's own."""
LINE = {
    "specversion": "1.0",
    "id": "t-1",
    "source": "blue",
    "type": "azureml.inference.model_inputs",
    "datacontenttype": "application/json",
    "time": "2022-12-01T08:51:30Z",
    "data": [{"a": 1}],
    "correlationid": "c-1",
    "xrequestid": "c-1",
    "modelversion": "default",
    "collectdatatype": "pandas.core.frame.DataFrame",
    "agent": "azureml-ai-monitoring/1.0.0",
    "contentrange": "bytes 0-8/9",
    "myheader": "own",
}
BODY = b'[{"a":1}]'


def lines(folder: Path) -> list[dict[str, Any]]:
    files = folder.glob("model_inputs/2022/12/01/*.jsonl")
    return [json.loads(each) for file in files for each in file.read_text().splitlines()]


def post(port: int, headers: dict[str, str], body: bytes = BODY) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("POST", "/modeldata/log", body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    settings = {"port": 0, "source": "blue", "rolling": "day"}
    server = sidecar.Sidecar(tmp_path / "blue", settings)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_what_the_package_sends_is_a_line_as_in_azure(tmp_path: Path, port: int) -> None:
    assert [post(port, SENT), post(port, {**SENT, "trace-id": "t-2"})] == [200, 200]
    first, second = lines(tmp_path / "blue")
    assert list(first.items()) == list(LINE.items())
    assert second["id"] == "t-2"


@pytest.mark.parametrize(
    "wrong",
    [
        {"ce-type": "other"},
        {"ce-type": None},
        *({"ce-time": time} for time in ("soon", "nan", "1e300", "-inf")),
        *({"Content-Length": length} for length in ("-1", "many", "9" * 30)),
    ],
)
def test_what_no_package_sends_is_refused(
    tmp_path: Path, port: int, wrong: dict[str, str | None]
) -> None:
    headers = {name: value for name, value in {**SENT, **wrong}.items() if value}
    assert post(port, headers) == 400
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses_is_told(
    tmp_path: Path, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "blue").touch()
    assert post(port, SENT) == 500
    assert "could not be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("there", "after"),
    [
        ({}, None),
        ({"HTTP_PROXY": "http://proxy"}, "127.0.0.1"),
        ({"https_proxy": "http://proxy", "NO_PROXY": "a.example"}, "a.example,127.0.0.1"),
        ({"https_proxy": "http://proxy", "no_proxy": "127.0.0.1"}, "127.0.0.1"),
    ],
)
def test_no_proxy_gets_what_is_collected(
    monkeypatch: pytest.MonkeyPatch, there: dict[str, str], after: str | None
) -> None:
    monkeypatch.setattr(os, "environ", dict(there))
    sidecar._look_here_without_a_proxy()
    assert os.environ.get("no_proxy") == after


# A server with a sidecar, as a process

SERVER = """
import http.client, os, sys
connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["AZUREML_MDC_PORT"]))
connection.request("POST", "/modeldata/log", sys.argv[2], dict(eval(sys.argv[1])))
print(os.getpid(), connection.getresponse().status)
"""


def test_a_server_has_it_beside_itself_and_it_ends_with_it(tmp_path: Path) -> None:
    said = {"collections": {"model_inputs": {"enabled": True}}, "rolling_rate": "day"}
    made = collector.of(deployment("blue", data_collector=said), Whose(tmp_path, "houses", False))
    assert made
    own = [sys.executable, "-c", SERVER, repr(list(SENT.items())), BODY.decode()]
    started = subprocess.Popen(
        [sys.executable, *collector.command(made), *own], stdout=subprocess.PIPE, text=True
    )
    told, _ = started.communicate(timeout=PATIENCE)  # to the end of all who have its stdout
    assert told.split() == [str(started.pid), "200"]
    (file,) = Path(made.folder).rglob("*.jsonl")
    assert file.stat().st_mode & 0o777 == 0o600
    assert lines(Path(made.folder)) == [
        {**LINE, "source": "/onlineEndpoints/houses/deployments/blue"}
    ]


def test_a_server_serves_whatever_becomes_of_it(tmp_path: Path) -> None:
    said = {"collections": {"model_inputs": {"enabled": True}}}
    made = collector.of(deployment("blue", data_collector=said), Whose(tmp_path, "houses", False))
    assert made
    (Path(made.program) / "settings.json").unlink()
    command = [sys.executable, *collector.command(made), sys.executable, "-c", "print('served')"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "served\n" and "What is collected is not taken" in done.stderr
