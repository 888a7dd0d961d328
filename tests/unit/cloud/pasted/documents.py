"""How such documents are built."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GUIDE = "Please see troubleshooting guide, available here: https://aka.ms/oe-tsg"


class Pasted(NamedTuple):
    """document: ARM's. code, shown: what is told of it. words: of the remedy."""

    document: dict[str, Any]
    code: str | None
    shown: str
    words: tuple[str, ...]


def error(code: str | None, message: str, *details: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "details": list(details)}}


def detail(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "message": message, "details": [], "additionalInfo": []}


def invalid(code: str, **errors: list[str]) -> dict[str, Any]:
    """What the client of the inferencing service makes of a problem document."""
    return error("BadRequest", "The request is invalid.", detail(code, problem(**errors)))


def problem(
    words: str = "InferencingClient HttpRequest error, error detail: ", **errors: Any
) -> str:
    document = {
        "errors": {name.strip("_"): texts for name, texts in errors.items()},
        "type": "https://tools.ietf.org/html/rfc7231#section-6.5.1",
        "title": "One or more validation errors occurred.",
        "status": 400,
        "traceId": "00-3eb668e879d9273d87790a81c78c020f-ad804ab26cffa0ce-01",
    }
    return f"{words}{json.dumps(document)}"


def failed(code: str, message: str) -> dict[str, Any]:
    """A failed operation of the service; on a cluster the code is in the message."""
    return error(None, f"{code}: {message}")
