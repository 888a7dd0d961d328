"""A small endpoint for Azure: all kinds of assets, and quick to upload."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.integration.project import BASE_IMAGE, Project

NAME = "iris"
MODEL = {"model.pkl": b"weights"}


def small_endpoint(
    folder: Path, *deployments: str, model: Mapping[str, bytes] = MODEL, **fields: Any
) -> Path:
    """The endpoint's file. deployments: names, ``blue`` by default. model: its files.

    fields: more of every deployment.
    """
    for name, content in model.items():
        (folder / "model" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "model" / name).write_bytes(content)
    alone = folder / "model" / next(iter(model))
    project = Project(folder)
    same = {
        "model": {"local_path": str(alone if len(model) == 1 else folder / "model")},
        "environment": {"docker": {"image": BASE_IMAGE}},
        **fields,
    }
    names = deployments or ("blue",)
    return project.endpoint(*(project.deployment(name, **same) for name in names))
