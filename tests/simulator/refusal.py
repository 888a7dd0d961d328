"""Refusals, and the JSON that they become: ARM's ErrorResponse, common-types v3."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping

from tests.simulator.message import Json, Reply, json_reply


class Refusal(Exception):
    """The request is not done. ``details`` are ARM's nested errors, ``headers`` extra ones."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: list[Json] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message
        self.details, self.headers = details or [], headers or {}

    def reply(self, operation: str) -> Reply:
        """operation: id of the request, which ARM calls the correlation's operation."""
        error = {
            "code": self.code,
            "message": self.message,
            "target": None,
            "details": self.details,
            "additionalInfo": correlation(operation),
        }
        return json_reply(self.status, {"error": error}, self.headers)


def correlation(operation: str) -> list[Json]:
    """What support asks for, as every answer of the workspace's service carries it."""
    request = uuid.uuid4().hex[:16]
    return [
        {"type": "ComponentName", "info": {"value": "managementfrontend"}},
        {"type": "Correlation", "info": {"value": {"operation": operation, "request": request}}},
    ]


def detail(code: str, message: str, target: str | None = None) -> Json:
    """A nested error."""
    nothing: list[Json] = []
    return {
        "code": code,
        "message": message,
        "target": target,
        "details": nothing,
        "additionalInfo": nothing,
    }


def invalid(reason: str, member: str = "") -> Refusal:
    """400 of the inference service: the reason is JSON text, in JSON text, inside of details."""
    problem = {
        "errors": {member: [reason]},
        "type": "https://tools.ietf.org/html/rfc9110#section-15.5.1",
        "title": "One or more validation errors occurred.",
        "status": 400,
        "traceId": f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01",
    }
    text = json.dumps({"error": {"code": "Validation", "message": json.dumps(problem)}})
    details = [detail("InferencingClientCallFailed", text)]
    return Refusal(400, "BadRequest", "The request is invalid.", details=details)


def conflict(reason: str) -> Refusal:
    """409 of the inference service, wrapped likewise."""
    text = json.dumps({"title": "Conflict", "status": 409, "detail": reason})
    details = [detail("InferencingClientCallFailed", text)]
    message = "The request conflicts with the current state of the resource."
    return Refusal(409, "Conflict", message, details=details)


def user_error(reason: str, status: int = 400) -> Refusal:
    """What the asset service says."""
    return Refusal(status, "UserError", reason)


def resource_not_found(kind: str, name: str, group: str) -> Refusal:
    """404 of ARM itself. kind: such as ``Microsoft.X/workspaces/onlineEndpoints``."""
    return Refusal(
        404,
        "ResourceNotFound",
        f"The Resource '{kind}/{name}' under resource group '{group}' was not found. For more "
        "details please go to https://aka.ms/ARMResourceNotFoundFix",
    )
