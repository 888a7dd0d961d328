"""What stands before the deployments of endpoints in memory, at ports of its own."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

from azext_ml_endpoint import scoring
from azext_ml_endpoint.errors import ConflictError
from azext_ml_endpoint.local import simulation
from azext_ml_endpoint.local.asking import Open
from azext_ml_endpoint.local.front import OWN_ANSWER, Address, See
from azext_ml_endpoint.local.gateway import routes
from azext_ml_endpoint.local.gateway.credentials import Credentials
from azext_ml_endpoint.local.gateway.limits import refused
from azext_ml_endpoint.local.gateway.routing import Routes, points
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance
from azext_ml_endpoint.scoring import Answer, Read, Request, Score, whole

FIRST_PORT = 20001


class MemoryFront:
    """A :class:`azext_ml_endpoint.local.front.Front`.

    asked: the port that was asked for. taken: ports that others have. broken: nothing can stand.
    drained: the instances that were waited for; at_drain is called with each.
    respond: what it answers, or raises, in place of what the deployments do.
    """

    def __init__(self) -> None:
        self.asked: int | None = None
        self.taken: set[int] = set()
        self.broken = False
        self.ports: dict[str, int] = {}
        self.routes: dict[str, Routes] = {}
        self.drained: list[str] = []
        self.prepared: list[str] = []
        self.at_drain: Callable[[Instance], object] = lambda _: None
        self.respond: Callable[[], Answer] | None = None
        self.known: dict[str, Credentials] = {}
        self._points = points(0.0)
        self._lock = threading.Lock()

    def require(self, endpoint: str) -> None:
        if self.asked in self.taken:
            raise ConflictError(f"Port {self.asked} is taken.", "Choose another with --port.")

    def prepare(self, endpoint: str, see: See) -> None:
        self.prepared.append(endpoint)
        self.stand(endpoint, see)

    def stand(self, endpoint: str, see: See) -> Address | None:
        if self.broken:
            return None
        key = endpoint.lower()
        with self._lock:
            record, instances = see()
            openers = self.credentials(endpoint).openers(simulation.auth_mode(record))
            self.routes[key] = routes.of(record, instances, "", openers)
            port = self.asked or self.ports.get(key, FIRST_PORT + len(self.ports))
            self.ports[key] = port
        return Address(port, self.routes[key].path)

    def standing(self, record: EndpointRecord, instances: Sequence[Instance]) -> Address | None:
        key = record.name.lower()
        there, port = self.routes.get(key), self.ports.get(key)
        if self.broken or there is None or port is None or self.asked not in (None, port):
            return None
        is_so = there == routes.of(record, instances, "")  # never of one that has openers
        return Address(port, there.path) if is_so else None

    def drain(self, instance: Instance) -> None:
        self.drained.append(instance.id)
        self.at_drain(instance)

    def credentials(self, endpoint: str) -> Credentials:
        known = self.known.get(endpoint.lower()) or Credentials.new()
        self.known[endpoint.lower()] = known.with_token(time.time())
        return self.known[endpoint.lower()]

    def regenerate(self, endpoint: str, key_type: str) -> None:
        self.known[endpoint.lower()] = self.credentials(endpoint).regenerated(key_type)

    def leave(self, endpoint: str) -> None:
        self.known.pop(endpoint.lower(), None)
        self.ports.pop(endpoint.lower(), None)
        self.routes.pop(endpoint.lower(), None)

    def cancel(self) -> None:
        pass

    # What clients find there

    @contextmanager
    def connect(self, behind: Open, **options: bool) -> Iterator[Score]:
        """behind: what is at the ports of the deployments themselves."""
        with behind(**options) as score:
            yield functools.partial(self._score, score)

    def _score(
        self, behind: Score, uri: str, request: Request, *, timeout: float, read: Read = whole
    ) -> Answer:
        answer = self._answer(behind, uri, request, timeout)
        return replace(answer, body=read(replace(answer, body=b""), iter([answer.body])))

    def _answer(self, behind: Score, uri: str, request: Request, timeout: float) -> Answer:
        asked = urlsplit(uri)
        mine = [name for name, port in self.ports.items() if port == asked.port]
        if not mine:
            return behind(uri, request, timeout=timeout)
        if self.respond:
            return self.respond()
        known = self.routes[mine[0]]
        authorization = request.headers.get("Authorization")
        no = known.openers is not None and refused(known.openers, authorization, time.time())
        if no:
            return Answer(status=no[0], body=no[1].encode(), headers={})
        target = known.choose(request.headers.get(scoring.DEPLOYMENT), next(self._points))
        if target is None:
            return Answer(status=404, body=b"nobody", headers={OWN_ANSWER: "nobody"})
        by = {scoring.DEPLOYMENT: target.deployment}
        if target.place is None:
            return Answer(status=502, body=b"gone", headers={**by, OWN_ANSWER: "unreachable"})
        path = known.path_at(target, asked.path)
        answer = behind(f"http://127.0.0.1:{target.place.port}{path}", request, timeout=timeout)
        return Answer(status=answer.status, body=answer.body, headers={**answer.headers, **by})

    def weights(self, endpoint: str) -> dict[str, int]:
        return {each.deployment: each.weight for each in self.routes[endpoint].targets}

    def instances(self, endpoint: str) -> list[str]:
        return [each.instance for each in self.routes[endpoint].targets]
