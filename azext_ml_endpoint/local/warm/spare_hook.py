"""How a server waits: this runs in it, as its ``sitecustomize`` module, and knows nothing else.

The server's worker is stopped where it is about to import the application, with the packages
imported that it is going to need. When the file ``wait`` beside this one has gone it goes on, and
is from then on what any server is. Nothing is forked after the imports, and nobody who asks
Python for its path or its variables finds a trace.

It runs on whatever Python the environment has. The folder may be read-only.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import site
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WAIT = HERE / "wait"
APPLICATION = "azureml_inference_server_http.server.entry"
FACTORY = "azureml_inference_server_http.server.create_app"
PAUSE = 0.01
IDLE_SECONDS = 1800
"""After these nobody is going to come: az has been killed."""
_BOOT_ERROR = 3  # with which gunicorn ends all of itself


class Stop:
    """Among Python's finders: is asked where a module is before it is imported, and never knows."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        del path, target
        if name != APPLICATION:
            return
        _vanish()
        if WAIT.exists():
            import_ahead(json.loads((HERE / "imports.json").read_text(encoding="utf-8")))
            wait()


def wait() -> None:
    deadline, beat = time.monotonic() + IDLE_SECONDS, _heart()
    while WAIT.exists():
        if time.monotonic() > deadline:
            raise SystemExit(_BOOT_ERROR)
        beat()
        time.sleep(PAUSE)
    importlib.invalidate_caches()


def import_ahead(names: Iterable[str]) -> None:
    """What fails here fails again, and is told, where the script imports it."""
    for name in [FACTORY, *names]:
        module, _, member = name.partition(":")
        try:
            if _is_installed(module.partition(".")[0]):
                __import__(module, fromlist=[member] if member else [])
        except Exception:  # pylint: disable=broad-exception-caught
            continue


def _is_installed(package: str) -> bool:
    found = importlib.util.find_spec(package)
    places = [found.origin or "", *(found.submodule_search_locations or ())] if found else []
    sites = [os.path.realpath(each) + os.sep for each in site.getsitepackages()]
    return any(os.path.realpath(place).startswith(tuple(sites)) for place in places)


def _heart() -> Callable[[], object]:
    """gunicorn ends a worker of which it hears nothing for a while."""
    # pylint: disable-next=protected-access
    frame = sys._getframe().f_back
    while frame:
        worker: Any = frame.f_locals.get("self")
        if hasattr(worker, "notify") and hasattr(worker, "tmp"):
            beat: Callable[[], object] = worker.notify
            return beat
        frame = frame.f_back
    return lambda: None


def _vanish() -> None:
    """From what the scoring script can see. Before, programs that start the server pass it on."""
    sys.meta_path[:] = [each for each in sys.meta_path if not isinstance(each, Stop)]
    os.environ.pop("PYTHONPATH", None)  # nobody gets a spare who has one of his own


def _make_way() -> None:
    """What would have been imported in our place comes now."""
    sys.path[:] = [each for each in sys.path if each != str(HERE)]
    own = sys.modules.pop(__name__)
    try:
        importlib.import_module(__name__)
    except ImportError:
        sys.modules[__name__] = own


if __name__ == "sitecustomize":
    sys.meta_path.insert(0, Stop())
    _make_way()
