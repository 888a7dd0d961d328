"""What the handlers of all kinds of resources share: the state, and the answers of operations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from tests.simulator.assumptions import Assumptions
from tests.simulator.faults import Faults, Outcome
from tests.simulator.message import Json, Reply, json_reply
from tests.simulator.operations import Durations, Operation, Operations
from tests.simulator.refusal import Refusal, duplicate
from tests.simulator.resources import SERVICE, Resource, Resources
from tests.simulator.routes import LOCATION, Call, Route
from tests.simulator.signature import SIGNED, signature
from tests.simulator.storage import Storage
from tests.simulator.world import World

TIMEOUT = {"x-ms-async-operation-timeout": "PT30M"}
UNSIGNED = {
    401: ("AuthenticationFailed", "The signature of the operation's URL is missing."),
    404: ("NotFound", "The specified resource was not found."),
}
"""Status -> code and message for a URL without its signature, if it is refused; made up."""


@dataclass(kw_only=True)
class Backend:
    """``serialize_deployments``: one deployment of an endpoint changes at a time, as on some
    clusters; otherwise they go side by side."""

    world: World
    storage: Storage
    durations: Durations
    serialize_deployments: bool = False
    assumptions: Assumptions = field(default_factory=Assumptions)
    faults: Faults = field(default_factory=Faults)
    resources: Resources = field(default_factory=Resources)
    operations: Operations = field(default_factory=Operations)

    def routes(self) -> list[Route]:
        return [
            Route("GET", LOCATION + "/mfeOperationsStatus/{operation}", self._status),
            Route("GET", LOCATION + "/mfeOperationResults/{operation}", self._result),
        ]

    def begin(
        self,
        call: Call,
        resource: Resource,
        prefix: str,
        seconds: float,
        finish: Callable[[Operation], None],
        result: Callable[[], Json | None] = lambda: None,
        fate: Outcome | None = None,
    ) -> Operation:
        """Starts an operation, and notes it in the resource, where another client can find it.

        fate: how it ends, if no fault decides that.
        """
        operation = self.operations.start(
            f"{prefix}:{self.world.workspace_guid}",
            resource.id,
            now=call.now,
            seconds=seconds,
            finish=finish,
            result=result,
            outcome=self.faults.outcome(call.request) or fate,
        )
        resource.operation = self._address(operation, "mfeOperationsStatus")
        return operation

    def url(self, call: Call, operation: Operation, collection: str) -> str:
        """As it stands in headers: signed (recorded 2025-02 and 2026-03)."""
        address = self._address(operation, collection)
        return f"{address}?api-version={call.api_version}&{signature(address, call.now)}"

    def _address(self, operation: Operation, collection: str) -> str:
        world = self.world
        return (
            f"https://{world.management}/subscriptions/{world.subscription}/providers/{SERVICE}"
            f"/locations/{world.location}/{collection}/{operation.name}"
        )

    def created(self, call: Call, operation: Operation, document: Json) -> Reply:
        """The answer of a PUT that goes on."""
        headers = {
            "azure-asyncoperation": self.url(call, operation, "mfeOperationsStatus"),
            "location": f"https://{self.world.management}{operation.resource}"
            f"?api-version={call.api_version}",
            **TIMEOUT,
        }
        return json_reply(201, document, headers)

    def accepted(self, call: Call, operation: Operation, *, monitored: bool = False) -> Reply:
        """The answer of a PATCH, POST or DELETE that goes on.

        monitored: as that of DELETE was recorded (2025-02, 2026-03), with both URLs and the text
        ``null``.
        """
        headers = {"location": self.url(call, operation, "mfeOperationResults"), **TIMEOUT}
        if not monitored:
            return Reply(202, headers)
        headers["azure-asyncoperation"] = self.url(call, operation, "mfeOperationsStatus")
        return json_reply(202, None, headers)

    def require_idle(self, resource_id: str, *, below: bool = False) -> None:
        """Raises 409 while an operation runs on the resource; below: or inside of it."""
        if self.operations.running(resource_id, below=below) is not None:
            raise duplicate(self.world.workspace)

    def page(self, call: Call, documents: Iterable[Json]) -> Reply:
        """One page of a list: ``$skip``, ``$top`` and ``count`` of the query, and ``nextLink``."""
        everything = list(documents)
        limit = _number(call, "$top") or _number(call, "count") or len(everything)
        start, wanted = _number(call, "$skip"), everything[: max(limit, 0)]
        end = start + self.world.page
        answer: Json = {"value": wanted[start:end]}
        if end < len(wanted):
            answer["nextLink"] = self._next(call, end)
        return json_reply(200, answer)

    def _next(self, call: Call, skip: int) -> str:
        query = call.query | {"$skip": str(skip)}
        return f"https://{self.world.management}{quote(call.request.path)}?{urlencode(query)}"

    def _operation(self, call: Call) -> Operation:
        operation = self.operations.find(call.names["operation"])
        if operation is None:
            raise Refusal(404, "NotFound", "The specified resource was not found.")
        return operation

    def _status(self, call: Call) -> Reply:
        status = self.assumptions.unsigned_monitor
        if status != 200 and not call.query.keys() >= SIGNED:
            raise Refusal(status, *UNSIGNED[status])
        return json_reply(200, self._operation(call).document(call.request.path))

    def _result(self, call: Call) -> Reply:
        operation = self._operation(call)
        if not operation.ended:
            return Reply(202, {"location": call.request.url, **TIMEOUT})
        if not operation.succeeded:
            failure: Any = operation.error or {"code": "OperationFailed", "message": "Failed."}
            return json_reply(400, {"error": failure})
        document = operation.result()
        return Reply(204) if document is None else json_reply(200, document)


def _number(call: Call, name: str) -> int:
    text = call.query.get(name, "0")
    if not text.isdigit():
        raise Refusal(400, "BadRequest", f"The query parameter '{name}' is no number: '{text}'.")
    return int(text)
