"""Models and environments as `show` prints them, in the keys of the document."""

from __future__ import annotations

from typing import Any

from azext_ml_endpoint.cloud.contract import Json
from azext_ml_endpoint.cloud.wire import values


def container(there: Json) -> dict[str, Any]:
    """All versions of one asset, as `list` prints them."""
    own = there.get("properties", {})
    return values.said(
        {
            "id": there.get("id"),
            "name": there["name"],
            "latest_version": own.get("latestVersion"),
            "description": own.get("description"),
            "tags": own.get("tags"),
            "creation_context": _creation(there),
        }
    )


def model(there: Json) -> dict[str, Any]:
    own = there.get("properties", {})
    said = {
        "type": own.get("modelType"),
        "path": own.get("modelUri"),
        "flavors": own.get("flavors"),
        "properties": values.users_own(own.get("properties")),
    }
    return _version(there, said)


def environment(there: Json) -> dict[str, Any]:
    own = there.get("properties", {})
    build = own.get("build") or {}
    said = {
        "image": own.get("image"),
        "conda_file": own.get("condaFile"),
        "build": values.said(
            {"path": build.get("contextUri"), "dockerfile_path": build.get("dockerfilePath")}
        ),
        "inference_config": _routes(own.get("inferenceConfig") or {}),
        "os_type": str(own.get("osType", "Linux")).lower(),
    }
    return _version(there, said)


def _version(there: Json, said: dict[str, Any]) -> dict[str, Any]:
    """An id is ``…/models/name/versions/version``; a body's own name is its version."""
    own = there.get("properties", {})
    shown = {
        "id": there["id"],
        "name": there["id"].split("/")[-3:][0],
        "version": there["name"],
        **said,
        "description": own.get("description"),
        "tags": own.get("tags"),
        "creation_context": _creation(there),
    }
    return {name: value for name, value in shown.items() if value not in (None, {})}


def _routes(config: Json) -> dict[str, Any]:
    names = {
        "liveness_route": "livenessRoute",
        "readiness_route": "readinessRoute",
        "scoring_route": "scoringRoute",
        "startup_route": "startupRoute",
    }
    return values.said({name: config.get(key) for name, key in names.items()})


def _creation(there: Json) -> dict[str, Any] | None:
    known = there.get("systemData")
    if not known:
        return None
    return values.said(
        {
            "created_at": known.get("createdAt"),
            "created_by": known.get("createdBy"),
            "created_by_type": known.get("createdByType"),
            "last_modified_at": known.get("lastModifiedAt"),
        }
    )
