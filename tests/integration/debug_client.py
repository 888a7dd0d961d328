"""A debugger as an editor's is: the Debug Adapter Protocol, over a socket.

https://microsoft.github.io/debug-adapter-protocol/specification
"""

from __future__ import annotations

import itertools
import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SECONDS = 30.0


class DebugClient:
    """Breakpoints are set by the lines of one's own files; mappings says where those are there."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = connection.makefile("rb")
        self._numbers = itertools.count(1)
        self._waiting: list[dict[str, Any]] = []

    def attach(self, mappings: Sequence[Mapping[str, str]], file: Path, lines: list[int]) -> None:
        """Once it returns the server goes on."""
        self._ask("initialize", adapterID="debugpy", pathFormat="path")
        attaching = self._send("attach", pathMappings=mappings, justMyCode=True)
        self._event("initialized")
        points = [{"line": line} for line in lines]
        answer = self._ask("setBreakpoints", source={"path": str(file)}, breakpoints=points)
        assert [each["verified"] for each in answer["breakpoints"]] == [True] * len(lines)
        self._ask("configurationDone")
        self._answer(attaching)

    def stopped(self) -> dict[str, Any]:
        """The innermost frame, once a breakpoint is hit: ``name``, ``line``, ``source``."""
        self._thread = self._event("stopped")["threadId"]
        self._frame = self._ask("stackTrace", threadId=self._thread)["stackFrames"][0]
        return dict(self._frame)

    def variables(self) -> dict[str, str]:
        """The local ones of that frame, as they are shown."""
        scopes = self._ask("scopes", frameId=self._frame["id"])["scopes"]
        place = next(each for each in scopes if each["name"] == "Locals")["variablesReference"]
        found = self._ask("variables", variablesReference=place)["variables"]
        return {each["name"]: each["value"] for each in found}

    def evaluate(self, expression: str) -> str:
        """There, however long it takes."""
        frame = self._frame["id"]
        return str(self._ask("evaluate", expression=expression, frameId=frame)["result"])

    def go_on(self) -> None:
        self._ask("continue", threadId=self._thread)

    def _ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        return self._answer(self._send(command, **arguments))

    def _send(self, command: str, **arguments: Any) -> int:
        number = next(self._numbers)
        message = {"seq": number, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(message).encode()
        self._connection.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return number

    def _answer(self, number: int) -> dict[str, Any]:
        found = self._next(type="response", request_seq=number)
        assert found["success"], found
        return dict(found.get("body") or {})

    def _event(self, name: str) -> dict[str, Any]:
        return dict(self._next(type="event", event=name).get("body") or {})

    def _next(self, **wanted: Any) -> dict[str, Any]:
        """What has come before in the meantime, or comes; all others are kept."""
        while True:
            for each in self._waiting:
                if wanted.items() <= each.items():
                    self._waiting.remove(each)
                    return each
            self._waiting.append(self._read())

    def _read(self) -> dict[str, Any]:
        length = 0
        while line := self._stream.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, f"the debugger hung up; before: {self._waiting}"
        return dict(json.loads(self._stream.read(length)))


@contextmanager
def debugging(port: int) -> Iterator[DebugClient]:
    with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as connection:
        yield DebugClient(connection)
