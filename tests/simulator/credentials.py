"""Keys and tokens of endpoints, as ARM gives them out."""

from __future__ import annotations

from tests.simulator import fields
from tests.simulator.backend import Backend
from tests.simulator.endpoints import ENDPOINT, require_endpoint
from tests.simulator.keys import Keys
from tests.simulator.message import Reply, json_reply
from tests.simulator.operations import ENDPOINT as PREFIX
from tests.simulator.operations import Operation
from tests.simulator.refusal import invalid
from tests.simulator.resources import Resource
from tests.simulator.routes import Call, Route

_NAMES = {"Primary": "primaryKey", "Secondary": "secondaryKey"}


class Credentials:
    """The handlers that give them out and renew them. Each is for one authentication mode."""

    def __init__(self, backend: Backend, keys: Keys) -> None:
        self._backend, self._keys = backend, keys

    def routes(self) -> list[Route]:
        return [
            Route("POST", ENDPOINT + "/listKeys", self._list_keys),
            Route("POST", ENDPOINT + "/regenerateKeys", self._regenerate_keys),
            Route("POST", ENDPOINT + "/token", self._token),
        ]

    def _list_keys(self, call: Call) -> Reply:
        endpoint = self._with_auth(call, "Key")
        return json_reply(200, self._keys.of(endpoint.id))

    def _regenerate_keys(self, call: Call) -> Reply:
        body = call.body(fields.KEY_REQUEST)
        endpoint = self._with_auth(call, "Key")
        self._backend.require_idle(endpoint.id, below=True)

        def finish(operation: Operation) -> None:
            if operation.succeeded:
                name = _NAMES[body["keyType"]]
                self._keys.set(endpoint.id, name, body.get("keyValue"))

        backend = self._backend
        seconds = backend.durations.endpoint
        operation = backend.begin(
            call, endpoint, PREFIX, seconds, finish, lambda: dict(self._keys.of(endpoint.id))
        )
        return backend.accepted(call, operation)

    def _token(self, call: Call) -> Reply:
        return json_reply(200, self._keys.token(self._with_auth(call, "AMLToken").id))

    def _with_auth(self, call: Call, mode: str) -> Resource:
        endpoint = require_endpoint(self._backend, call)
        actual = endpoint.properties["authMode"]
        if actual != mode:
            raise invalid(f"The endpoint's authentication mode is '{actual}', not '{mode}'.")
        return endpoint
