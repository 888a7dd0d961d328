"""The gateway's process: ``python -I <this file> <file of routes>``.

It is run by the Python of the gateway's own environment, which knows nothing of az. So this package
stands for itself there without what its own ``__init__`` needs.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from types import ModuleType
from typing import Any

_PACKAGE = "azext_ml_endpoint"


def _bare_package() -> ModuleType:
    package = ModuleType(_PACKAGE)
    package.__path__ = [str(Path(__file__).parents[2])]
    return package


def _run(serving: Coroutine[Any, Any, None]) -> None:
    """On the quicker loop, where there is a build of it for this machine."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(serving)
    else:
        uvloop.run(serving)


if __name__ == "__main__":
    sys.modules[_PACKAGE] = _bare_package()
    os.umask(0o077)  # what it writes is for its owner
    from azext_ml_endpoint.local.gateway.serving import serve

    _run(serve(Path(sys.argv[1])))
