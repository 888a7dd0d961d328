"""What the page's calls do, on the endpoints that they are given; and what is told of failures."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from azext_ml_endpoint.errors import (
    ConflictError,
    DocumentError,
    EndpointError,
    NotFoundError,
    ScoringError,
    UsageError,
)
from azext_ml_endpoint.harmless import harmless
from azext_ml_endpoint.page import routes
from azext_ml_endpoint.page.guard import Refusal
from azext_ml_endpoint.page.routes import Call, Sending

_STATUSES: Mapping[type[EndpointError], int] = {
    NotFoundError: 404,
    UsageError: 400,
    DocumentError: 400,
    ConflictError: 409,
    ScoringError: 502,
}


class Endpoints(Protocol):
    """What the page asks of this machine: plain data. Called from any thread.

    Every method raises EndpointError and its kin only.
    """

    def every(self) -> list[dict[str, Any]]: ...

    def show(self, name: str) -> dict[str, Any]: ...

    def set_traffic(self, name: str, shares: dict[str, int]) -> dict[str, Any]:
        """The endpoint as it is then."""

    def invoke(self, name: str, sending: Sending) -> dict[str, Any]: ...

    def sample(self, name: str) -> dict[str, Any]:
        """``body``: a request that the endpoint takes, and its ``origin``; or nothing."""

    def history(self, name: str) -> list[dict[str, Any]]: ...

    def logs(self, name: str, deployment: str, tail: int) -> Iterator[str]:
        """Goes on until the deployment ends. Raises before the first line."""


class Calls:
    """Changes are made one after the other, and are not left halfway."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._changing = threading.Lock()
        self._ended = False

    def answer(self, call: Call, body: bytes) -> Any:
        """Data for JSON. Raises Refusal, EndpointError. Logs are none of these calls."""
        name, there = call.endpoint, self._endpoints
        match call.verb:
            case "endpoints":
                return there.every()
            case "endpoint":
                return there.show(name)
            case "traffic":
                return self._changed(name, routes.traffic(body))
            case "invoke":
                return there.invoke(name, routes.sending(body))
            case "sample":
                return there.sample(name)
            case "history":
                return there.history(name)
        raise Refusal(404, "There is nothing at this address.")

    def finish(self) -> None:
        """Waits for a change that is being made; afterwards none is begun."""
        with self._changing:
            self._ended = True

    def _changed(self, name: str, shares: dict[str, int]) -> dict[str, Any]:
        with self._changing:
            if self._ended:
                raise Refusal(503, "The page has ended.")
            return self._endpoints.set_traffic(name, shares)


def failure(error: Exception) -> tuple[int, dict[str, str | None]]:
    """Status and body for what a call has raised. Of a defect no more is told than its name."""
    if isinstance(error, Refusal):
        return error.status, told(error.message)
    if isinstance(error, EndpointError):
        kinds = (status for kind, status in _STATUSES.items() if isinstance(error, kind))
        return next(kinds, 500), told(error.message, error.recommendation, error.detail)
    return 500, told(f"This is a defect of the page: {type(error).__name__}.")


def told(
    message: str, recommendation: str | None = None, detail: str | None = None
) -> dict[str, str | None]:
    """As a command would say it: made harmless."""
    said = {"message": message, "recommendation": recommendation, "detail": detail}
    return {name: text and harmless(text) for name, text in said.items()}


def dumped(data: Any) -> bytes:
    """What is no text any more, as bytes in a log, stays what JSON can say of it."""
    return json.dumps(data, default=str).encode("ascii")
