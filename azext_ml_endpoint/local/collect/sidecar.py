"""What stands beside a server whose script collects data: it writes that down.

    python -I <this file> <folder of what is collected> <command of the server>…

A program of its own, run by whatever Python the server has, from 3.8 on; beside it are
:mod:`..gateway.events`, and ``settings.json``, as :mod:`.collector` puts them. In Azure a container
has that place. The package ``azureml-ai-monitoring`` sends each piece of data to it: a POST with
what is known of it in headers. It ends with the server, whose process this one becomes.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from azext_ml_endpoint.local.gateway.events import Event

PORT, HOST = "AZUREML_MDC_PORT", "127.0.0.1"
"""Where the package looks for the port; the host is its own default."""
_HEADER = "ce-"
_KNOWN = {
    "x-request-id": ("correlationid", "xrequestid"),
    "model-version": ("modelversion",),
    "collect-data-type": ("collectdatatype",),
    "agent": ("agent",),
}
"""What the package's headers are called in Azure's lines, in their order."""
_MOST_BYTES = 256 * 1024 * 1024
_DIGITS = 20
"""Fewer are in a number of bytes."""
_MOST_FILES = 256
"""Descriptors that a process may have inherited."""
_STANDARD = 3


def event(headers: Mapping[str, str], body: bytes, source: str) -> Event:
    """headers: with names in lower case. Raises LookupError, ValueError for what no package sends.

    What a script's own context adds is told under its own name.
    """
    from azext_ml_endpoint.local.gateway.events import Event

    begin = len(_HEADER)
    said = {name[begin:]: headers[name] for name in headers if name.startswith(_HEADER)}
    return Event(
        collection=_collection(said.pop("type")),
        source=source,
        kind=headers.get("content-type", "application/json"),
        time=float(said.pop("time")),
        body=body,
        before={key: said[name] for name, keys in _KNOWN.items() if name in said for key in keys},
        after={name.replace("-", ""): said[name] for name in said if name not in _KNOWN},
        id=headers.get("trace-id") or str(uuid.uuid4()),
    )


def _collection(kind: str) -> str:
    from azext_ml_endpoint.local.gateway.events import TYPE

    if not kind.startswith(TYPE):
        raise ValueError(kind)
    return kind[len(TYPE) :]


class Sidecar(ThreadingHTTPServer):
    """settings: ``port``, or 0, ``source``, ``rolling``. It listens at once. Raises OSError."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        super().__init__((HOST, int(settings["port"])), Taking)
        self._folder, self._settings = folder, settings
        self._group = str(uuid.uuid4())

    def server_bind(self) -> None:
        """Without asking what this machine is called, which may take its time."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, int(self.server_address[1])

    def write(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises LookupError, ValueError, OSError."""
        from azext_ml_endpoint.local.gateway import events

        told = event(headers, body, self._settings["source"])
        events.write(told, self._folder, self._settings["rolling"], self._group)


class Taking(BaseHTTPRequestHandler):
    server: Sidecar

    def do_POST(self) -> None:
        self.send_response(self._status(self.headers.get("Content-Length") or ""))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _status(self, length: str) -> int:
        if not (length.isascii() and length.isdigit() and len(length) < _DIGITS):
            return 400
        size = int(length)
        return 413 if size > _MOST_BYTES else self._taken(self.rfile.read(size))

    def _taken(self, body: bytes) -> int:
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            self.server.write(headers, body)
        except (LookupError, ValueError, OverflowError):
            return 400
        except OSError as error:
            self.log_error("what is collected could not be written: %s", error)
            return 500
        return 200

    def log_request(self, *_: object) -> None:
        """The log is the server's."""


def stand(folder: Path, settings: Mapping[str, Any]) -> None:
    """From then on, until this process ends, whatever it becomes. Raises OSError."""
    listening = Sidecar(folder, settings)
    reading, held = os.pipe()
    if os.fork() == 0:
        os.close(held)
        if os.fork() == 0:  # nobody's child: the server waits for its own
            _serve(listening, reading, int(settings["umask"]))
        os._exit(0)
    os.wait()
    os.close(reading)
    os.set_inheritable(held, True)  # which closes when the last one has ended
    os.environ[PORT] = str(listening.server_address[1])
    _look_here_without_a_proxy()
    listening.socket.close()


def _serve(listening: Sidecar, reading: int, umask: int) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # what the server still sends is taken
    os.umask(umask)
    for each in range(_STANDARD, _MOST_FILES):
        if each not in (reading, listening.fileno()):
            _close(each)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    os.read(reading, 1)
    listening.shutdown()
    listening.server_close()


def _close(descriptor: int) -> None:
    with contextlib.suppress(OSError):  # it is not open
        os.close(descriptor)


def _look_here_without_a_proxy() -> None:
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return
    known = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if HOST not in known.split(","):
        beside = f"{known},{HOST}".lstrip(",")
        os.environ.update({"no_proxy": beside, "NO_PROXY": beside})


def main(folder: Path, command: list[str]) -> None:
    """A server serves, whatever becomes of what it collects."""
    root = Path(__file__).resolve().parents[3]
    sys.path.insert(0, str(root))
    try:
        stand(folder, json.loads((root / "settings.json").read_text(encoding="utf-8")))
    except OSError as error:
        os.write(2, f"What is collected is not taken: {error}\n".encode())
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
