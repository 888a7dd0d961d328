"""Why an instance that runs is not ready, by what is answered where it is asked."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from typing import TypeAlias

from azext_ml_endpoint.document.model import Route
from azext_ml_endpoint.local.addresses import uri
from azext_ml_endpoint.local.runtime import SERVER_PORT, Instance

Refuses: TypeAlias = Callable[[int], bool]
"""Whether nobody listens at a port of 127.0.0.1, which a container has that runs."""

_SECONDS = 1.0
_SLOW = "If init() needs longer, raise --timeout."
_ROUTES = "Correct liveness_route and readiness_route of inference_config."
_ELSEWHERE = (
    f"{_SLOW} If Docker is another machine's, run this command there; if the command itself runs "
    "in a container, let that have its machine's network (docker run --network host)."
)
_REFUSED, _UNREADY = range(400, 500), (408, 425, 429)


def refuses(port: int) -> bool:
    """Where Docker is of this machine, it listens itself, whatever the server does."""
    try:
        socket.create_connection(("127.0.0.1", port), _SECONDS).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


def unknown(port: int) -> bool:
    """Where it says nothing: a server of this machine listens once it has begun."""
    del port
    return False


def explain(
    instance: Instance,
    asked: Iterable[Route],
    probe: Callable[[str], int | None],
    refuses: Refuses,
) -> tuple[str, str]:
    """A sentence, empty where nothing is known, and the next step."""
    for route in asked:
        address = uri(instance, route)
        status = probe(address) if address else None
        if status is not None and status >= _REFUSED.start:
            return f"{address} answers {status}.", _step(route, status)
        if address and status is None and refuses(instance.ports[route.port]):
            return f"Nothing listens at {address}, though its container runs.", _ELSEWHERE
    return "", _SLOW


def _step(route: Route, status: int) -> str:
    """What has been refused for good, by a server of the user's own, is another path's."""
    own = route.port != SERVER_PORT and status in _REFUSED and status not in _UNREADY
    return _ROUTES if own else _SLOW
