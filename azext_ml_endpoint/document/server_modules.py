"""Modules of the inference server that Python finds before those of the code folder.

azureml-inference-server-http appends its own folder ``server`` to ``sys.path`` when it is imported
(``__init__.py``, in all versions from 0.8.4 to 1.5.1), and only then the folder of the scoring
script (``AML_APP_ROOT``). So ``import utils`` is the server's, whatever the code folder has.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "azureml_inference_server_http"
KNOWN = frozenset(
    {
        "aml_blueprint",
        "appinsights_client",
        "config",
        "create_app",
        "entry",
        "exceptions",
        "input_parsers",
        "routes",
        "swagger",
        "user_script",
        "utils",
    }
)
"""Of version 1.5.1, and of all others since 0.8.4."""


@functools.cache
def taken() -> frozenset[str]:
    """Those that are known, and those of a server that is installed beside this tool."""
    spec = importlib.util.find_spec(PACKAGE)
    places = (spec and spec.submodule_search_locations) or ()
    return KNOWN.union(*(of_server(Path(place) / "server") for place in places))


def of_server(folder: Path) -> frozenset[str]:
    """The modules in the folder that the server appends."""
    packages = {each.parent.name for each in folder.glob("*/__init__.py")}
    return frozenset({each.stem for each in folder.glob("*.py")} - {"__init__"} | packages)


def hidden(folder: Path) -> Iterator[Path]:
    """The modules and packages of a folder that nobody will import by their names."""
    for name in sorted(taken()):
        module, package = folder / f"{name}.py", folder / name
        if module.is_file():
            yield module
        elif package.is_dir() and any(package.glob("*.py")):
            yield package
