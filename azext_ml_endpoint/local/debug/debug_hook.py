"""How a server is debugged: this runs in it as its ``sitecustomize``, and knows nothing else.

The server's worker is stopped where it is about to import the application, listens for a
debugger, and goes on to ``init()`` once one is attached. It is the only worker, and nobody ends it
because it takes its time. All the rest is the unchanged server.

It runs on whatever Python the environment has. The folder may be read-only.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
APPLICATION = "azureml_inference_server_http.server.entry"
WAITS = "ml-endpoint: waits for a debugger"
PAUSE, PATIENCE = 0.1, 10.0
"""Seconds. Who had the port before may still be ending."""
VARIABLES = {
    "WORKER_COUNT": "1",
    "WORKER_TIMEOUT": "0",  # none
    "WORKER_PRELOAD": "false",
    "SCORING_TIMEOUT_MS": str(7 * 24 * 3600 * 1000),
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a warning about Python's own frozen modules
}


class Stop:
    """Among Python's finders: is asked where a module is before it is imported, and never knows."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        del path, target
        if name == APPLICATION:
            _vanish()
            attach(json.loads((HERE / "debugger.json").read_text(encoding="utf-8")))


def attach(said: dict[str, Any]) -> None:
    """said: ``host`` and ``port`` to listen on."""
    sys.path.append(str(HERE / "packages"))
    debugpy: Any = importlib.import_module("debugpy")
    _listen(debugpy, (said["host"], said["port"]))
    os.write(2, f"{WAITS}\n".encode())
    debugpy.wait_for_client()


def _listen(debugpy: Any, address: tuple[str, int]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            debugpy.listen(address)
            return
        except (RuntimeError, OSError):
            if time.monotonic() > deadline:
                raise
        time.sleep(PAUSE)


def _vanish() -> None:
    """From what the scoring script can see. Before, programs that start the server pass it on."""
    sys.meta_path[:] = [each for each in sys.meta_path if not isinstance(each, Stop)]
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)[1:]  # ours is the first
    if others:
        os.environ["PYTHONPATH"] = os.pathsep.join(others)
    else:
        os.environ.pop("PYTHONPATH", None)


def _make_way() -> None:
    """What would have been imported in our place comes now."""
    sys.path[:] = [each for each in sys.path if each != str(HERE)]
    own = sys.modules.pop(__name__)
    try:
        importlib.import_module(__name__)
    except ImportError:
        sys.modules[__name__] = own


if __name__ == "sitecustomize":
    os.environ.update(VARIABLES)
    sys.meta_path.insert(0, Stop())
    _make_way()
