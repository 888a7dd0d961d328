"""Requests on their way: each in its turn, and followed until Azure is done with it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from azext_ml_endpoint.cloud.arm import providers
from azext_ml_endpoint.cloud.arm.operations import Operations, duration
from azext_ml_endpoint.cloud.arm.turns import Turns
from azext_ml_endpoint.cloud.contract import Arm, Json, Response
from azext_ml_endpoint.cloud.workspace import Workspace
from azext_ml_endpoint.cloud.writes import Target, Write
from azext_ml_endpoint.errors import Interrupted, ServiceError
from azext_ml_endpoint.plan.observed import ProvisioningState
from azext_ml_endpoint.report import Report


class Sender:
    """follow: whether a request is done when its operation has ended, or once it is accepted.

    cancelled: is set to send nothing more. Called from any thread.
    """

    def __init__(
        self,
        arm: Arm,
        turns: Turns,
        operations: Operations,
        workspace: Workspace,
        report: Report,
        *,
        cancelled: threading.Event,
        follow: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._arm, self._turns, self._operations = arm, turns, operations
        self._workspace, self._report, self._clock = workspace, report, clock
        self._cancelled = cancelled
        self.follows = follow
        self.state: ProvisioningState = "Succeeded" if follow else "Updating"
        """In which a resource is when its request is done."""

    def send(self, write: Write) -> Response:
        """Once, and at once."""
        path = write.target.path
        match write.method:
            case "PUT":
                return self._arm.put(path, write.body)
            case "PATCH":
                return self._arm.patch(path, write.body)
            case "DELETE":
                return self._arm.delete(path)

    def get(self, target: Target) -> Json:
        return self._arm.get(target.path).body

    def find(self, target: Target) -> Json | None:
        return self._arm.find(target.path)

    def location(self) -> str:
        """Of the workspace."""
        return str(self._arm.get("").body["location"])

    def carry_out(self, target: Target, attempt: Callable[[], Response]) -> Response:
        """attempt: sends once; it is called again where others were at work on the endpoint."""
        if self._cancelled.is_set():
            raise Interrupted(f"Interrupted before Azure was asked to change {target}.")
        try:
            return self._in_turn(target, attempt)
        except ServiceError as failure:
            providers.complete(failure, self._arm, self._workspace)
            raise

    def _in_turn(self, target: Target, attempt: Callable[[], Response]) -> Response:
        resource = f"{self._workspace.id}/{target.path}"
        answer = self._turns.take(target.endpoint, str(target), attempt, resource)
        if self.follows:
            began = self._clock()
            self._operations.follow(answer, what=str(target), resource=resource)
            self._report.step(f"{target}: done in {duration(self._clock() - began)}")
        return answer
