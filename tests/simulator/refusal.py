"""Refusals, and the JSON that they become: ARM's ErrorResponse, common-types v3."""

from __future__ import annotations

import json
import re
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

    def reply(self, operation: str, *, doubled: bool = False) -> Reply:
        """operation: id of the request, which ARM calls the correlation's operation.

        doubled: JSON inside of details has each brace twice.
        """
        error = {
            "code": self.code,
            "message": self.message,
            "target": None,
            "details": [_doubled(each) for each in self.details] if doubled else self.details,
            "additionalInfo": correlation(operation),
        }
        return json_reply(self.status, {"error": error}, self.headers)


def _doubled(error: Json) -> Json:
    message = error["message"]
    packed = message.startswith("{")
    return error | {"message": re.sub(r"[{}]", r"\g<0>\g<0>", message) if packed else message}


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
    """400 of the inference service: the reason is JSON text inside of details.

    Pasted by users: Azure/carnegie-mop, ``AmlEndpointCreating.md`` (2023); two logs of 2026-08.
    """
    problem = {"errors": {member: [reason]}, "title": "One or more validation errors occurred."}
    details = [detail("InferencingClientCallFailed", json.dumps(problem))]
    return Refusal(400, "BadRequest", "The request is invalid.", details=details)


def duplicate(workspace: str) -> Refusal:
    """409 while another operation runs. Pasted: Azure/carnegie-mop, ``AmlEndpoint.md``."""
    reason = (
        "Conflict of operation, another operation on same entity is already running in workspace "
        f"{workspace}."
    )
    details = [detail("OperationDuplicationConflict", reason)]
    return Refusal(409, "Conflict", "Conflict", details=details)


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
