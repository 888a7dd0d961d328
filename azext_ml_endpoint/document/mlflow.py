"""A model of MLflow that comes without a script: what its MLmodel says of its packages.

Whoever serves it makes its environment of the conda file that MLmodel names for python_function,
as the service does. Findings stand in these two files, which nobody has seen yet when the document
is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

from azext_ml_endpoint.document import conda, folders, spelling
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.node import plain
from azext_ml_endpoint.document.spelling import Text
from azext_ml_endpoint.document.spot import Spot, shown

MLMODEL = "MLmodel"
_NEEDS_CODE = "Give the deployment code_configuration and environment, or save the model anew."


def check(deployment: Spot) -> Iterator[Finding]:
    """Of a deployment that has a model and nothing to serve it by."""
    model = deployment.get("model")
    local = spelling.local_path(model) if model else None
    folder = spelling.absolute(local) if local else None
    is_alone = not (deployment.has("code_configuration") or deployment.has("environment"))
    if local and folder and is_alone and folders.is_mlflow(folder):
        yield from _described(local, folder)


def conda_file(said: Any) -> str | None:
    """What MLmodel names. Newer ones name several kinds of environments."""
    named = _at(said, "flavors", "python_function", "env")
    found = _at(named, "conda") if isinstance(named, dict) else named
    return found if isinstance(found, str) else None


def is_within(name: str) -> bool:
    """Whether it is a file of the model's folder: others may have made the model."""
    return not PurePath(name).is_absolute() and ".." not in PurePath(name).parts


def _described(local: Spot, folder: Path) -> Iterator[Finding]:
    node, findings = conda.parsed(_text(local, folder, MLMODEL))
    yield from findings
    if node:
        yield from _packages(replace(local, node=node), local, folder)


def _packages(described: Spot, local: Spot, folder: Path) -> Iterator[Finding]:
    name = conda_file(plain(described.node))
    if name is None:
        yield described.finding(
            f"{MLMODEL} names no conda file for its python_function, so that nobody knows the "
            "packages of the model",
            _NEEDS_CODE,
            severity="warning",
        )
    elif not is_within(name):
        yield described.finding(
            f"{MLMODEL} names a conda file that is not in the model's folder: {name}", _NEEDS_CODE
        )
    else:
        yield from conda.check(_text(local, folder, name), needs_server=False)


def _text(local: Spot, folder: Path, name: str) -> Text:
    return Text(local, f"{name} of {local.key} {shown(local.node)}", file=folder / name)


def _at(said: Any, *keys: str) -> Any:
    for key in keys:
        said = said.get(key) if isinstance(said, dict) else None
    return said
