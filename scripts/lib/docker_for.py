"""Whether Docker can serve here: docker_for.py IMAGE.

Prints nothing if an engine answers and has the base image or has pulled it now; otherwise why not.
"""

from __future__ import annotations

import sys

from azext_ml_endpoint.errors import RuntimeUnavailableError
from azext_ml_endpoint.local.docker.contract import DaemonError, Engine, Facts
from azext_ml_endpoint.local.docker.engine import connect

STANDIN = "ml-endpoint.standin"


def why_not(engine: Engine, image: str) -> str:
    try:
        there = engine.image(image) or pulled(engine, image)
    except RuntimeUnavailableError:
        return "no Docker Engine answers"
    if not there:
        return f"Docker has no {image} and cannot pull it"
    if STANDIN in (there["Config"].get("Labels") or {}):
        say(f"{image} is here a stand-in for tests; 'scripts/base-image remove' removes it.")
    return ""


def pulled(engine: Engine, image: str) -> Facts | None:
    say(f"pulling {image}")
    try:
        for _ in engine.pull(image):
            pass
        return engine.image(image)
    except DaemonError:
        return None


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    print(why_not(connect(), sys.argv[1]), end="")
