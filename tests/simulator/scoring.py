"""The scoring plane: ``https://{endpoint}.{location}.inference.ml.azure.com``."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from tests.simulator.backend import Backend
from tests.simulator.keys import Keys
from tests.simulator.message import Reply, Request, json_reply
from tests.simulator.refusal import Refusal
from tests.simulator.resources import Resource
from tests.simulator.tokens import Tokens

DEPLOYMENT = "azureml-model-deployment"


@dataclass(frozen=True)
class Scored:
    """What a scorer is asked: the names, and the request as it came."""

    endpoint: str
    deployment: str
    request: Request


Scorer = Callable[[Scored], Reply]


def one_number_per_row(scored: Scored) -> Reply:
    """A model that answers a list: a number for each row of ``data``."""
    try:
        document = json.loads(scored.request.body)
    except ValueError as error:
        return model_error(500, str(error))
    rows = document.get("data", [document]) if isinstance(document, dict) else document
    return json_reply(200, [float(number) for number, _ in enumerate(rows)])


def model_error(status: int, reason: str) -> Reply:
    """424: the model's own answer was ``status`` with ``reason``."""
    headers = {
        "ms-azureml-model-error-statuscode": str(status),
        "ms-azureml-model-error-reason": reason,
    }
    return json_reply(424, {"message": "An unexpected error occurred in scoring script."}, headers)


class Scoring:
    """Checks credentials, chooses a deployment, and lets the scorer answer."""

    def __init__(self, backend: Backend, keys: Keys, tokens: Tokens) -> None:
        self._backend, self._keys, self._tokens = backend, keys, tokens
        self._random = random.Random(0)

    def choose(self, request: Request) -> Scored:
        """Who is to answer. Raises 401, 403, 404, 405."""
        endpoint = self._endpoint(request)
        self._authenticate(request, endpoint)
        if request.method != "POST":
            raise Refusal(405, "MethodNotAllowed", "Scoring is a POST.")
        wanted = request.headers.get(DEPLOYMENT)
        name = self._by_traffic(endpoint) if wanted is None else self._named(endpoint, wanted)
        return Scored(endpoint.name, name, request)

    def _endpoint(self, request: Request) -> Resource:
        world = self._backend.world
        name = request.host.partition(".")[0]
        endpoint = self._backend.resources.find(f"{world.workspace_id}/onlineEndpoints/{name}")
        known = endpoint is not None and request.host == world.scoring_host(endpoint.name)
        if endpoint is None or endpoint.live is None or not known:
            raise Refusal(404, "NotFound", f"There is no endpoint '{name}'.")
        return endpoint

    def _authenticate(self, request: Request, endpoint: Resource) -> None:
        mode = (endpoint.live or endpoint.body)["properties"]["authMode"]
        if mode == "Key":
            self._keys.check_key(endpoint.id, request.bearer)
        elif mode == "AMLToken":
            self._keys.check_token(endpoint.id, request.bearer)
        else:
            self._check_entra(request.bearer)

    def _check_entra(self, token: str | None) -> None:
        """A 401 has no body: assumed, for nobody pasted one."""
        try:
            self._tokens.check(token, self._backend.world.ml_audience)
        except Refusal as refusal:
            raise Refusal(401, "Unauthorized", "") from refusal

    def _by_traffic(self, endpoint: Resource) -> str:
        traffic: dict[str, int] = (endpoint.live or endpoint.body)["properties"]["traffic"]
        if not any(traffic.values()):
            raise Refusal(404, "NotFound", "No deployment of the endpoint receives traffic.")
        return self._random.choices(list(traffic), list(traffic.values()))[0]

    def _named(self, endpoint: Resource, name: str) -> str:
        deployment = self._backend.resources.find(f"{endpoint.id}/deployments/{name}")
        if deployment is None or deployment.live is None:
            raise Refusal(404, "NotFound", f"There is no deployment '{name}'.")
        return deployment.name


def dressed(reply: Reply, deployment: str) -> Reply:
    """The scorer's answer with the headers that the service puts around it."""
    headers = {
        DEPLOYMENT: deployment,
        "x-request-id": str(uuid.uuid4()),
        "x-ms-run-fn-exec-ms": "7.5",
        "x-ms-run-function-failed": str(reply.status == 424),
        "server": "azureml-frontdoor",
    }
    return Reply(reply.status, {**headers, **reply.headers}, reply.body)


def refusal_reply(refusal: Refusal) -> Reply:
    """The scoring plane's own errors: a few words of text."""
    headers = {"server": "azureml-frontdoor", "x-request-id": str(uuid.uuid4()), **refusal.headers}
    if refusal.status == 401:
        headers["www-authenticate"] = "Bearer"
    return Reply(
        refusal.status, {"content-type": "text/plain", **headers}, refusal.message.encode()
    )
