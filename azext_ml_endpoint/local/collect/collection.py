"""The data that deployments of this machine collect: what of it, and where.

    <home>/modelDataCollector/<endpoint>/<deployment>/<collection>/yyyy/MM/dd/HH/*.jsonl

as in the storage of a workspace. It is the user's: nothing here removes any of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azext_ml_endpoint.local.gateway.collecting import REQUEST, RESPONSE, Collected
from azext_ml_endpoint.local.gateway.events import HOUR
from azext_ml_endpoint.local.lock import file_name

KEY, SHOWN = "data_collector", "collected_data"
"""Where a deployment says it, and where `show` says the folder."""
PAYLOADS = (REQUEST, RESPONSE)
"""The collections that are filled without the scoring script."""
_FOLDER = "modelDataCollector"


def root(home: Path, endpoint: str) -> Path:
    """Of all that an endpoint collects."""
    return home / _FOLDER / file_name(endpoint)


def source(endpoint: str, deployment: str) -> str:
    """What events call a deployment: the end of its id in Azure."""
    return f"/onlineEndpoints/{endpoint}/deployments/{deployment}"


def enabled(said: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The names of the collections that are. said: a deployment's ``data_collector``.

    What is remembered may have been edited: what is no collection is none.
    """
    collections = (said or {}).get("collections")
    if not isinstance(collections, Mapping):
        return ()
    return tuple(
        name
        for name, each in collections.items()
        if isinstance(each, Mapping) and each.get("enabled") is True
    )


def rate(said: Mapping[str, Any]) -> float:
    """The share of requests that are collected."""
    found = said.get("sampling_rate")
    return float(found) if isinstance(found, int | float) else 1.0


def rolling(said: Mapping[str, Any]) -> str:
    return str(said.get("rolling_rate") or HOUR).lower()


def passing(
    said: Mapping[str, Any] | None, folder: Path, endpoint: str, deployment: str
) -> Collected | None:
    """What the gateway collects; None where it is nothing. folder: :func:`root`."""
    payloads = tuple(name for name in PAYLOADS if name in enabled(said))
    if said is None or not payloads:
        return None
    return Collected(
        folder=str(folder / file_name(deployment)),
        source=source(endpoint, deployment),
        collections=payloads,
        rate=rate(said),
        rolling=rolling(said),
        headers=_headers(said.get("request_logging")),
    )


def told(shown: Mapping[str, Any], home: Path) -> dict[str, Any]:
    """An endpoint as it is shown, with the folders of what its deployments collect."""
    folder = root(home, shown["name"])
    return {**shown, "deployments": [_told(each, folder) for each in shown["deployments"]]}


def _told(shown: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    if not enabled(shown.get(KEY)):
        return dict(shown)
    return {**shown, SHOWN: str(folder / file_name(shown["name"]))}


def _headers(logging: object) -> tuple[str, ...]:
    said = logging.get("capture_headers") if isinstance(logging, Mapping) else None
    return tuple(map(str, said)) if isinstance(said, list | tuple) else ()
