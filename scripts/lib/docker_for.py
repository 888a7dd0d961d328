"""Whether Docker can serve here: docker_for.py IMAGE.

Prints nothing if an engine answers and has the base image or has pulled it now; otherwise why not.
"""

from __future__ import annotations

import sys

from azext_ml_endpoint.errors import EndpointError
from azext_ml_endpoint.local.engine import Engine, connect


def why_not(engine: Engine, image: str) -> str:
    try:
        there = engine.image(image) is not None
    except EndpointError:
        return "no Docker Engine answers"
    return "" if there or pulled(engine, image) else f"Docker has no {image} and cannot pull it"


def pulled(engine: Engine, image: str) -> bool:
    print(f"pulling {image}", file=sys.stderr, flush=True)
    try:
        for _ in engine.pull(image):
            pass
        return engine.image(image) is not None
    except EndpointError:
        return False


if __name__ == "__main__":
    print(why_not(connect(), sys.argv[1]), end="")
