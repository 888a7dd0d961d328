"""Who answers what: routes, and the call that a handler gets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.simulator.message import Json, Reply, Request
from tests.simulator.refusal import Refusal
from tests.simulator.schema import Schema, check

GROUP = "/subscriptions/{subscription}/resourceGroups/{group}"
WORKSPACE = GROUP + "/providers/Microsoft.MachineLearningServices/workspaces/{workspace}"
LOCATION = (
    "/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/locations/{location}"
)


@dataclass(frozen=True)
class Call:
    """A request with the ``names`` that its route found in the path."""

    request: Request
    names: Mapping[str, str]
    now: float

    @property
    def query(self) -> dict[str, str]:
        return self.request.query

    @property
    def api_version(self) -> str:
        return self.query["api-version"]

    def body(self, schema: Schema) -> Json:
        """The body, checked, without nulls. Raises 400 and 415."""
        if not self.request.headers.get("content-type", "").startswith("application/json"):
            raise Refusal(415, "UnsupportedMediaType", "The content type is not JSON.")
        return check(self._parsed(), schema)

    def optional_body(self, schema: Schema) -> Json:
        """Likewise, {} where there is none."""
        return self.body(schema) if self.request.body else {}

    def _parsed(self) -> Any:
        try:
            return json.loads(self.request.body)
        except ValueError as error:
            message = f"The request content was invalid and could not be deserialized: '{error}'."
            raise Refusal(400, "InvalidRequestContent", message) from error


Handler = Callable[[Call], Reply]


@dataclass(frozen=True)
class Route:
    """``path`` has ``{names}``, each for one segment; its case does not matter."""

    method: str
    path: str
    handler: Handler

    def match(self, path: str) -> dict[str, str] | None:
        found = self._pattern.fullmatch(path.rstrip("/"))
        return None if found is None else found.groupdict()

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path), re.IGNORECASE)


def find(routes: Sequence[Route], request: Request) -> tuple[Route, dict[str, str]]:
    """The route of a request, and its names. Raises 404 and 405."""
    matches = [(route, route.match(request.path)) for route in routes]
    fitting = [(route, names) for route, names in matches if names is not None]
    if not fitting:
        message = f"The resource type of '{request.path}' could not be found."
        raise Refusal(404, "InvalidResourceType", message)
    for route, names in fitting:
        if route.method == request.method:
            return route, names
    message = f"The requested resource does not support http method '{request.method}'."
    raise Refusal(405, "MethodNotAllowed", message)
