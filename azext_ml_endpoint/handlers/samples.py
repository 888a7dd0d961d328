"""A request to begin with: what a deployment says that it takes, or a file beside its code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint import disk
from azext_ml_endpoint.errors import FileAccessError
from azext_ml_endpoint.handlers import described

if TYPE_CHECKING:
    from azext_ml_endpoint.handlers.places import Service

NAMES = ("sample-request.json", "sample_request.json", "request.json")
"""As in the samples of Azure ML and here: in the folder of the code, or beside it."""
_MOST_BYTES = 1 << 20


def found(service: Service, name: str) -> dict[str, str]:
    """``body`` and its ``origin``; empty where there is none. Raises NotFoundError."""
    said = described.sample(service, name)
    if said not in (None, {}):
        return {"body": json.dumps(said), "origin": "swagger.json"}
    for path in _places(service.show(name)["deployments"]):
        if text := _text(path):
            return {"body": text, "origin": str(path)}
    return {}


def _places(deployments: list[Mapping[str, Any]]) -> Iterator[Path]:
    for each in deployments:
        code = (each.get("code_configuration") or {}).get("code")
        if isinstance(code, str) and (folder := Path(code)).is_absolute():
            yield from (place / name for place in (folder, folder.parent) for name in NAMES)


def _text(path: Path) -> str | None:
    """None where there is no such file, or no text in it."""
    try:
        return disk.read(path, _MOST_BYTES).decode()
    except (FileAccessError, UnicodeDecodeError):
        return None
