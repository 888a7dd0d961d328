"""az's questions to a gateway that runs."""

from __future__ import annotations

from urllib.parse import urlencode

from azext_ml_endpoint import foreign_json, scoring
from azext_ml_endpoint.errors import ScoringError
from azext_ml_endpoint.local.gateway.proxy import CONTROL
from azext_ml_endpoint.local.gateway.state import Remembered

_PATIENCE = 5.0
"""Seconds for the answer itself."""


def under_way(gateway: Remembered, instance: str, seconds: float) -> int | None:
    """How many requests an instance is answering; None where the gateway does not say.

    seconds: how long to wait until there are none.
    """
    asked = urlencode({"instance": instance, "seconds": seconds})
    request = scoring.Request(body=b"", headers={CONTROL: gateway.token})
    uri = f"http://127.0.0.1:{gateway.port}/?{asked}"
    try:
        with scoring.connected(proxies=False) as score:
            answer = score(uri, request, timeout=seconds + _PATIENCE)
        return int(foreign_json.loads(answer.body)["under_way"])
    except (ScoringError, ValueError, LookupError, TypeError):
        return None
