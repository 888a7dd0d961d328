"""What is remembered of a gateway: its port, above all, which is to stay the same."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from azext_ml_endpoint import disk, foreign_json
from azext_ml_endpoint.errors import FileAccessError
from azext_ml_endpoint.local import flock
from azext_ml_endpoint.local.lock import file_name

_GATEWAY = "gateway.json"
_MOST_PORTS = 65535
_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Remembered:
    """token: for az's questions. made_of: a digest of what the running process was started from."""

    port: int
    token: str
    made_of: str

    @classmethod
    def new(cls, port: int, made_of: str) -> Remembered:
        return cls(port=port, token=secrets.token_hex(16), made_of=made_of)


class GatewayState:
    """The files of one gateway. runtime: an endpoint of that name may be in the other one too."""

    def __init__(self, home: Path, endpoint: str, runtime: str) -> None:
        name = f"{file_name(endpoint)}.{runtime}"
        self._all = home / "gateways"
        self._lock = home / "locks" / f"{name}.gateway"
        self.folder = self._all / name
        self.run = self.folder / "run"
        self.before = self.folder / "run-before"
        self.routes = self.folder / "routes.json"

    @contextmanager
    def alone(self) -> Iterator[IO[str]]:
        """Nobody else reads who answers, or writes it, meanwhile: the last one knows the latest."""
        disk.make_folder(self._lock.parent)
        with self._lock.open("a+") as lock:
            flock.take(lock)
            yield lock

    def remembered(self) -> Remembered | None:
        """None for what is not there, and for what nobody can read."""
        return _read(self.folder / _GATEWAY)

    def remember(self, gateway: Remembered) -> None:
        disk.put(self.folder / _GATEWAY, json.dumps(asdict(gateway)))

    def others_ports(self) -> set[int]:
        files = (each for each in self._all.glob(f"*/{_GATEWAY}") if each.parent != self.folder)
        return {found.port for each in files if (found := _read(each))}

    def put_routes(self, text: str) -> None:
        """Only where they differ: whoever looks at an endpoint writes nothing.

        A gateway that is not told goes on asking who is gone. So where there is no room for
        another file, they go into the one that is there.
        """
        if self.has_routes(text):
            return
        try:
            disk.put(self.routes, text)
        except FileAccessError:
            if not _write_over(self.routes, text.encode()):
                raise

    def has_routes(self, text: str) -> bool:
        try:
            return disk.read_own(self.routes) == text.encode()
        except OSError:
            return False

    def clear(self) -> None:
        """Before a start: a process is known by the folder it was started in.

        The one before it may be answering still, and keeps its own.
        """
        shutil.rmtree(self.before, ignore_errors=True)
        with suppress(OSError):
            self.run.rename(self.before)
        shutil.rmtree(self.run, ignore_errors=True)
        disk.make_folder(self.run)

    def forget(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _write_over(file: Path, text: bytes) -> bool:
    """Whether there was room. It grows by blanks, with which JSON may end: it stays whole."""
    with suppress(OSError), file.open("r+b", buffering=0) as opened:
        more = max(0, len(text) - opened.seek(0, os.SEEK_END))
        if opened.write(b" " * more) < more:
            return False
        opened.seek(0)
        opened.write(text)
        opened.truncate()
        return True
    return False


def _read(file: Path) -> Remembered | None:
    try:
        said = foreign_json.loads(disk.read_own(file))
        port, token, made_of = (said[key] for key in ("port", "token", "made_of"))
    except (OSError, ValueError, LookupError, TypeError):
        return None
    sound = (
        isinstance(port, int)
        and port is not True
        and 0 < port <= _MOST_PORTS
        and isinstance(token, str)
        and _TOKEN.fullmatch(token)
    )
    return Remembered(port, token, str(made_of)) if sound else None
