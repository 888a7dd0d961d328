"""The simulator: one method, from a request to its reply."""

from __future__ import annotations

import threading
import time
import traceback
import uuid
from collections.abc import Callable

from tests.simulator import metrics
from tests.simulator.assets import CODES, DATA, ENVIRONMENTS, MODELS, Assets
from tests.simulator.assumptions import Assumptions
from tests.simulator.backend import Backend
from tests.simulator.credentials import Credentials
from tests.simulator.datastores import Datastores
from tests.simulator.deployments import Deployments
from tests.simulator.endpoints import Endpoints
from tests.simulator.faults import Fault, Held, Reset, Slow, Status
from tests.simulator.journal import Entry, Journal
from tests.simulator.keys import Keys
from tests.simulator.logs import Logs
from tests.simulator.message import CUT, Reply, Request, json_reply
from tests.simulator.operations import Durations
from tests.simulator.refusal import Refusal, invalid
from tests.simulator.registries import Registries
from tests.simulator.routes import Call, Route, find
from tests.simulator.scoring import Scorer, Scoring, dressed, one_number_per_row, refusal_reply
from tests.simulator.storage import MemoryStorage, Storage
from tests.simulator.templates import Templates
from tests.simulator.tokens import Tokens
from tests.simulator.versions import require_api_version
from tests.simulator.workspaces import Workspaces, require_scope
from tests.simulator.world import World

KINDS = (MODELS, CODES, ENVIRONMENTS, DATA)


class Simulator:
    """Azure, as far as online endpoints need it.

    Tests read ``journal``; set ``scorer``, ``logs``, ``faults``, ``serialize_deployments`` and
    the fields of ``assumptions``; and get access tokens of ``tokens``. storage: of the workspace;
    shared: of the registry. Safe for many threads: requests are answered one at a time, but
    waiting (a Slow fault) and scoring keep nobody else waiting.
    """

    def __init__(
        self,
        storage: Storage,
        *,
        shared: Storage | None = None,
        clock: Callable[[], float] = time.time,
        durations: Durations | None = None,
        assumptions: Assumptions | None = None,
        world: World | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.world = world or World()
        self.storage = storage
        self.journal = Journal()
        self.logs = Logs()
        self.tokens = Tokens(clock)
        self.scorer: Scorer = one_number_per_row
        self.backend = Backend(
            world=self.world,
            storage=storage,
            durations=durations or Durations(),
            assumptions=assumptions or Assumptions(),
        )
        self.faults = self.backend.faults
        self.datastores = Datastores(self.backend)
        self.workspaces = Workspaces(self.backend)
        self._clock, self._sleep = clock, sleep
        self._lock = threading.RLock()
        keys = Keys(clock)
        self._scoring = Scoring(self.backend, keys, self.tokens)
        self._registries = Registries(self.world, shared or MemoryStorage("registrystorage"))
        self._metrics = metrics.Metrics(self.backend)
        self._routes: list[Route] = [
            *self.backend.routes(),
            *self.workspaces.routes(),
            *self.datastores.routes(),
            *[route for kind in KINDS for route in Assets(self.backend, kind).routes()],
            *Endpoints(self.backend, keys).routes(),
            *Credentials(self.backend, keys).routes(),
            *Deployments(self.backend, self.logs).routes(),
            *self._metrics.routes(),
            *Templates(self.backend, self._carry_out).routes(),
        ]

    @property
    def assumptions(self) -> Assumptions:
        return self.backend.assumptions

    def lag(self, endpoint: str, times: int = 1) -> None:
        """The endpoint's next deployments are refused, as if its own update were not over.

        Pasted by a user, azure-sdk-for-net#36961: right after the endpoint had said Succeeded.
        """
        reason = (
            f"Cannot create a deployment in endpoint {endpoint} because it is in Updating "
            "provisioning state."
        )
        body = self._refused(invalid(reason), str(uuid.uuid4())).json()
        effect = Status(self.assumptions.lagging, body=body)
        self.faults.add(Fault(effect, "PUT", f"/onlineEndpoints/{endpoint}/deployments/", times))

    @property
    def serialize_deployments(self) -> bool:
        return self.backend.serialize_deployments

    @serialize_deployments.setter
    def serialize_deployments(self, value: bool) -> None:
        self.backend.serialize_deployments = value

    def handle(self, request: Request) -> Reply:
        """Answers a request. Raises nothing: what breaks in here is a 500 that the journal has."""
        began = self._clock()
        effect = self.faults.take(request)
        if isinstance(effect, Slow):
            self._sleep(effect.seconds)
        reply = self._faulty(effect) or self._answer(request)
        if isinstance(effect, Held):
            effect.hold()
        if isinstance(effect, Reset):
            reply = Reply(CUT)
        fault = isinstance(effect, (Status, Reset))
        self.journal.add(Entry(request, reply, began, self._clock(), fault))
        return reply

    def _faulty(self, effect: object) -> Reply | None:
        """The answer of a fault, or None where the request is to be carried out."""
        if isinstance(effect, Reset) and not effect.done:
            return Reply(CUT)
        return effect.reply() if isinstance(effect, Status) else None

    def _answer(self, request: Request) -> Reply:
        try:
            if request.host.endswith(self.world.scoring_suffix):
                return self._score(request)
            return self._manage(request)
        except Exception:
            error = {"code": "InternalServerError", "message": traceback.format_exc()}
            return json_reply(500, {"error": error})

    def _score(self, request: Request) -> Reply:
        try:
            with self._lock:
                self.backend.operations.settle(self._clock())
                scored = self._scoring.choose(request)
        except Refusal as refusal:
            return refusal_reply(refusal)
        began = self._clock()
        reply = dressed(self.scorer(scored), scored.deployment)
        taken = self._clock() - began
        self._metrics.note(
            metrics.Scored(scored.endpoint, scored.deployment, reply.status, began, taken)
        )
        return reply

    def _manage(self, request: Request) -> Reply:
        operation = str(uuid.uuid4())
        try:
            with self._lock:
                reply = self._admit(request)
        except Refusal as refusal:
            reply = self._refused(refusal, operation)
        headers = {
            "x-ms-correlation-request-id": operation,
            "x-ms-request-id": str(uuid.uuid4()),
            "x-ms-ratelimit-remaining-subscription-reads": "11999",
            "x-request-time": "0.02",
        }
        return Reply(reply.status, {**headers, **reply.headers}, reply.body)

    def _refused(self, refusal: Refusal, operation: str) -> Reply:
        return refusal.reply(operation, doubled=self.assumptions.doubled_braces)

    def _admit(self, request: Request) -> Reply:
        now = self._clock()
        self.backend.operations.settle(now)
        if self._registries.serves(request.host):
            # The official SDK asks with a token for the one, Microsoft's document for the other.
            audiences = (self.world.ml_audience, *self.world.management_audiences)
            self.tokens.check(request.bearer, *audiences)
            return self._registries.answer(request, now)
        self.tokens.check(request.bearer, *self.world.management_audiences)
        return self._dispatch(request, now)

    def _carry_out(self, request: Request, now: float) -> Reply:
        """A part of a template: nobody asks, and a refusal is an answer, which is told too."""
        try:
            return self._dispatch(request, now)
        except Refusal as refusal:
            reply = self._refused(refusal, str(uuid.uuid4()))
            self.journal.add(Entry(request, reply, now, now))
            return reply

    def _dispatch(self, request: Request, now: float) -> Reply:
        route, names = find(self._routes, request)
        require_api_version(request)
        call = Call(request, names, now)
        require_scope(self.backend, call)
        return route.handler(call)
