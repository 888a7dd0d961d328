"""Template deployments: Azure carries out a template alone, each part when it may."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.simulator.backend import Backend
from tests.simulator.faults import FailOperation
from tests.simulator.message import Json, Reply, Request, json_reply
from tests.simulator.operations import Operation
from tests.simulator.refusal import Refusal, resource_not_found
from tests.simulator.resources import Resource, short_timestamp
from tests.simulator.routes import GROUP, Call, Route
from tests.simulator.template import NESTED, SUBMISSION, Part, parts

Dispatch = Callable[[Request, float], Reply]
"""Carries out a request at a time, as the simulator does, but for whoever it is."""
DEPLOYMENT = GROUP + "/providers/Microsoft.Resources/deployments/{template}"


@dataclass
class Progress:
    """What has become of one part. error: ARM's, where it failed."""

    part: Part
    state: str = "Waiting"
    error: Json | None = None
    ended: float | None = None


@dataclass
class Run:
    """A template that is being carried out.

    host: ARM's. follow: the operation that an answer began, None where it is done.
    finish: called at the end, with the time of it.
    """

    progress: list[Progress]
    host: str
    dispatch: Dispatch
    follow: Callable[[Reply], Operation | None]
    finish: Callable[[float], None]
    _finished: bool = field(default=False, init=False)

    def go(self, now: float) -> None:
        """Starts what waits for nothing any more, and ends the run when nothing goes on."""
        while ready := self._ready():
            for each in ready:
                self._start(each, now)
        if not self._finished and not self._in("Running"):
            self._finished = True
            self.finish(now)

    def _ready(self) -> list[Progress]:
        done = {each.part.id.lower() for each in self._in("Succeeded")}
        return [each for each in self._in("Waiting") if each.part.depends <= done]

    def _in(self, *states: str) -> list[Progress]:
        return [each for each in self.progress if each.state in states]

    def _start(self, progress: Progress, now: float) -> None:
        part = progress.part
        url = f"https://{self.host}{part.id}?api-version={part.api_version}"
        headers = {"content-type": "application/json"}
        reply = self.dispatch(Request("PUT", url, headers, json.dumps(part.body).encode()), now)
        operation = self.follow(reply)
        if reply.status >= 400:
            progress.state, progress.error, progress.ended = "Failed", reply.json()["error"], now
        elif operation is None:
            progress.state, progress.ended = "Succeeded", now
        else:
            progress.state = "Running"
            operation.then = lambda ended: self._ended(progress, ended)

    def _ended(self, progress: Progress, operation: Operation) -> None:
        progress.state, progress.ended = operation.status, operation.ends
        if not operation.succeeded:
            progress.error = {
                "code": "ResourceDeploymentFailure",
                "target": progress.part.id,
                "message": "The resource write operation failed to complete successfully, because "
                f"it reached terminal provisioning state '{operation.status}'.",
                "details": [operation.error] if operation.error else [],
            }
        self.go(operation.ends)


class Templates:
    """The handlers of ``Microsoft.Resources/deployments`` in a resource group."""

    def __init__(self, backend: Backend, dispatch: Dispatch) -> None:
        self._backend, self._dispatch = backend, dispatch

    def routes(self) -> list[Route]:
        return [
            Route("GET", DEPLOYMENT.removesuffix("/{template}"), self._list),
            Route("PUT", DEPLOYMENT, self._put),
            Route("GET", DEPLOYMENT, self._get),
            Route("HEAD", DEPLOYMENT, self._head),
            Route("POST", DEPLOYMENT + "/validate", self._validate),
            Route("GET", DEPLOYMENT + "/operations", self._list_operations),
            Route("GET", DEPLOYMENT + "/operationStatuses/{operation}", self._status),
        ]

    def _put(self, call: Call) -> Reply:
        backend = self._backend
        found = parts(call.body(SUBMISSION), backend.world)
        if backend.operations.running(self._id(call)) is not None:
            message = f"Unable to edit or replace deployment '{call.names['template']}': it runs."
            raise Refusal(409, "DeploymentActive", message)
        progress = [Progress(part) for part in found]
        resource = Resource(self._id(call), {"properties": {}}, call.now, call.now, "Accepted")
        resource.extras["progress"] = progress
        backend.resources.add(resource)
        operation = self._begin(call, resource)
        finish = self._finisher(operation, progress)
        host = backend.world.management
        Run(progress, host, self._dispatch, self._followed, finish).go(call.now)
        status = f"https://{backend.world.management}{resource.id}/operationStatuses"
        url = f"{status}/{operation.name}?api-version={call.api_version}"
        answer = json_reply(201, _document(resource), {"azure-asyncoperation": url})
        resource.state = "Running"
        return answer

    def _begin(self, call: Call, resource: Resource) -> Operation:
        """An operation without an end, until its run is finished."""

        def finish(operation: Operation) -> None:
            resource.state = operation.status
            resource.extras["error"] = operation.error
            resource.touch(operation.ends)

        return self._backend.begin(call, resource, "template", float("inf"), finish)

    def _finisher(self, operation: Operation, progress: list[Progress]) -> Callable[[float], None]:
        def finish(now: float) -> None:
            errors = [each.error for each in progress if each.error is not None]
            if errors and operation.outcome is None:
                operation.outcome = FailOperation(_failure(errors))
            operation.ends = now + self._backend.durations.template

        return finish

    def _followed(self, reply: Reply) -> Operation | None:
        url = reply.headers.get("azure-asyncoperation", "")
        return self._backend.operations.find(url.partition("?")[0].rpartition("/")[2])

    def _validate(self, call: Call) -> Reply:
        found = parts(call.body(SUBMISSION), self._backend.world)
        properties = {
            "provisioningState": "Succeeded",
            "validatedResources": [{"id": part.id} for part in found],
        }
        return json_reply(200, {"id": self._id(call), "properties": properties})

    def _list(self, call: Call) -> Reply:
        collection = f"{self._backend.world.group_id}/providers/{NESTED}"
        found = self._backend.resources.children(collection)
        return self._backend.page(call, map(_document, found))

    def _get(self, call: Call) -> Reply:
        return json_reply(200, _document(self._require(call)))

    def _head(self, call: Call) -> Reply:
        self._require(call)
        return Reply(204)

    def _status(self, call: Call) -> Reply:
        operation = self._backend.operations.find(call.names["operation"])
        if operation is None:
            raise Refusal(404, "NotFound", "The specified resource was not found.")
        answer: Json = {"status": operation.status if operation.ended else "Running"}
        if operation.error is not None:
            answer["error"] = operation.error
        return json_reply(200, answer)

    def _list_operations(self, call: Call) -> Reply:
        resource = self._require(call)
        started = [each for each in resource.extras["progress"] if each.state != "Waiting"]
        return self._backend.page(call, [_operation(resource, each) for each in started])

    def _id(self, call: Call) -> str:
        return f"{self._backend.world.group_id}/providers/{NESTED}/{call.names['template']}"

    def _require(self, call: Call) -> Resource:
        found = self._backend.resources.find(self._id(call))
        if found is None:
            raise resource_not_found(NESTED, call.names["template"], call.names["group"])
        return found


def _document(resource: Resource) -> Json:
    properties: Json = {
        "provisioningState": resource.state,
        "mode": "Incremental",
        "timestamp": short_timestamp(resource.modified),
    }
    if resource.extras.get("error"):
        properties["error"] = resource.extras["error"]
    return {
        "id": resource.id,
        "name": resource.name,
        "type": resource.type,
        "properties": properties,
    }


def _operation(resource: Resource, progress: Progress) -> Json:
    part = progress.part
    properties: dict[str, Any] = {
        "provisioningOperation": "Create",
        "provisioningState": progress.state,
        "targetResource": {
            "id": part.id,
            "resourceType": part.type,
            "resourceName": part.id.rpartition("/")[2],
        },
    }
    if progress.ended is not None:
        properties["timestamp"] = short_timestamp(progress.ended)
    if progress.error is not None:
        properties["statusMessage"] = {"status": "Failed", "error": progress.error}
    name = part.id.rpartition("/")[2]
    return {"id": f"{resource.id}/operations/{name}", "operationId": name, "properties": properties}


def _failure(errors: list[Json]) -> Json:
    return {
        "code": "DeploymentFailed",
        "message": "At least one resource deployment operation failed. Please list deployment "
        "operations for details. Please see https://aka.ms/arm-deployment-operations for usage "
        "details.",
        "details": errors,
    }
