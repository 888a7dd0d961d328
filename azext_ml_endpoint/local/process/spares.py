"""Spares as processes: each in the folder of an instance, which it is not yet.

    <home>/processes/<id>/spare.json     what it can become; values of variables as a salted digest
    <home>/processes/<id>/ahead/         what it waits by: see :mod:`..warm.spare_hook`

Who looks for instances looks for ``instance.json``, which comes when a spare becomes one.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azext_ml_endpoint import disk, foreign_json
from azext_ml_endpoint.local.process import server
from azext_ml_endpoint.local.process.state import Remembered, State
from azext_ml_endpoint.local.runtime import same
from azext_ml_endpoint.local.warm import spare
from azext_ml_endpoint.local.warm.spare import Fit

HOOK = "ahead"
_SPARE = "spare.json"


@dataclass(frozen=True, kw_only=True)
class Spare:
    """environment: a digest. port: that it listens on already."""

    id: str
    endpoint: str
    deployment: str
    environment: str
    port: int
    fit: Fit


class Spares:
    """Those of one home. Its methods raise OSError."""

    def __init__(self, home: Path, state: State) -> None:
        self._processes = home / "processes"
        self._state = state

    def remember(self, waiting: Remembered, fit: Fit) -> Path:
        """Before it is started: nobody may lose one. Answers the folder that it waits by."""
        folder = self._state.folder(waiting.id)
        said = {
            "endpoint": waiting.endpoint,
            "deployment": waiting.deployment,
            "environment": waiting.environment,
            "port": waiting.port,
            "fit": fit.plain(),
        }
        disk.put(folder / _SPARE, json.dumps(said))
        spare.put_hook(folder / HOOK, fit)
        return folder / HOOK

    def all(self, endpoint: str | None = None, deployment: str | None = None) -> list[Spare]:
        return [
            each
            for each in self._found()
            if (endpoint is None or same(endpoint, each.endpoint))
            and (deployment is None or same(deployment, each.deployment))
        ]

    def become(self, waiting: Spare, instance: Remembered) -> None:
        """From now on it is an instance, whatever happens, and has its code to come."""
        self._state.remember(instance)
        (self._state.folder(waiting.id) / _SPARE).unlink()

    def let_go(self, waiting: Spare) -> None:
        """It has its code."""
        spare.let_go(self._state.folder(waiting.id) / HOOK)

    def end(self, waiting: list[Spare]) -> None:
        """At once: it answers nobody."""
        server.end([self._state.folder(each.id) for each in waiting], grace=0)
        for each in waiting:
            self._state.forget_folder(each.id)

    def _found(self) -> Iterator[Spare]:
        """One whose file is damaged ends by itself, and is nobody's."""
        for file in sorted(self._processes.glob(f"*/{_SPARE}")):
            with contextlib.suppress(OSError, LookupError, TypeError, ValueError):
                yield _read(file.parent.name, foreign_json.loads(disk.read_own(file)))


def _read(spare_id: str, said: Any) -> Spare:
    return Spare(
        id=spare_id,
        endpoint=str(said["endpoint"]),
        deployment=str(said["deployment"]),
        environment=str(said["environment"]),
        port=int(said["port"]),
        fit=Fit.read(said["fit"]),
    )
