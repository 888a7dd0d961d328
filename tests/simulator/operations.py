"""What takes time: asynchronous operations, as recorded.

PUT answers 201 with ``Azure-AsyncOperation``; PATCH, DELETE and POST answer 202 with ``Location``.
The status monitor says ``Updating`` until it says how it ended, 0.0 percent from first to last, and
never when to ask again (recorded 2025-02 and 2026-03, azure-sdk-assets, ``online_services``; in
2022 it ended with 100.0). Time is the injected clock's: nothing happens between two requests.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from tests.simulator.faults import CancelOperation, FailOperation, Outcome
from tests.simulator.message import Json
from tests.simulator.resources import timestamp

ENDPOINT, DEPLOYMENT = "oeidp", "odidp"
"""What the names of their operations begin with (recorded 2025-02, ``oe`` and ``od`` in 2022)."""
NEVER = "0001-01-01T00:00:00+00:00"
"""The end of what has not ended (recorded 2025-02)."""


@dataclass(frozen=True, kw_only=True)
class Durations:
    """Seconds that an operation takes: of an endpoint, a deployment, a deletion, a scaling, and
    of a template deployment beyond what its parts take."""

    endpoint: float = 0
    deployment: float = 0
    delete: float = 0
    scale: float = 0
    template: float = 0


@dataclass
class Operation:
    """One of them.

    name: with its prefix, ENDPOINT or DEPLOYMENT. resource: its id.
    result: what ``Location`` answers in the end, None for no content.
    then: called when it has ended, after ``finish``; it may start other operations.
    """

    name: str
    resource: str
    began: float
    ends: float
    finish: Callable[[Operation], None]
    result: Callable[[], Json | None]
    outcome: Outcome | None = None
    ended: bool = False
    then: Callable[[Operation], None] | None = None

    @property
    def status(self) -> str:
        if not self.ended:
            return "Updating"
        if self.outcome is None:
            return "Succeeded"
        return "Canceled" if isinstance(self.outcome, CancelOperation) else "Failed"

    @property
    def succeeded(self) -> bool:
        return self.status == "Succeeded"

    @property
    def error(self) -> Json | None:
        return self.outcome.error if isinstance(self.outcome, FailOperation) else None

    def document(self, resource_id: str) -> Json:
        """The status monitor's answer."""
        document: Json = {
            "id": resource_id,
            "name": self.name,
            "startTime": timestamp(self.began),
            "endTime": timestamp(self.ends) if self.ended else NEVER,
            "percentComplete": 0.0,
            "status": self.status,
        }
        if self.error is not None:
            document["error"] = self.error
        return document


class Operations:
    """All operations, running and ended."""

    def __init__(self) -> None:
        self._all: dict[str, Operation] = {}

    def start(
        self,
        prefix: str,
        resource: str,
        *,
        now: float,
        seconds: float,
        finish: Callable[[Operation], None],
        result: Callable[[], Json | None] = lambda: None,
        outcome: Outcome | None = None,
    ) -> Operation:
        """finish: called once when it ends, however that is."""
        name = f"{prefix}:{uuid.uuid4()}"
        ends = now + seconds
        operation = Operation(name, resource, now, ends, finish, result, outcome)
        self._all[name.lower()] = operation
        return operation

    def settle(self, now: float) -> None:
        """Ends what is over by now, the earliest first, and what that has started in turn."""
        while over := [each for each in self._all.values() if not each.ended and each.ends <= now]:
            moment = min(each.ends for each in over)
            together = [each for each in over if each.ends == moment]
            for operation in together:
                operation.ended = True
                operation.finish(operation)
            for operation in together:
                if operation.then is not None:
                    operation.then(operation)

    def end_soon(self) -> None:
        """What runs is over when somebody asks next, however long it was to take."""
        for operation in list(self._all.values()):
            operation.ends = min(operation.ends, operation.began)

    def find(self, name: str) -> Operation | None:
        return self._all.get(name.lower())

    def running(self, resource: str, *, below: bool = False) -> Operation | None:
        """One that runs on the resource; below: or on what is inside of it."""
        root = resource.lower()
        for operation in self._all.values():
            on = operation.resource.lower()
            if not operation.ended and (on == root or (below and on.startswith(root + "/"))):
                return operation
        return None
