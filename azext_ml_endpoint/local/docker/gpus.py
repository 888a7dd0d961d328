"""The GPUs that a container gets, as ``docker run --gpus`` has them. Pure.

``all``, a number, or ``device=0,1``; ``none`` takes them away. Source: docker's reference of
``docker container run``, and the Engine API's ``DeviceRequests``.
"""

from __future__ import annotations

from typing import Any

from azext_ml_endpoint.local.docker.contract import Facts

NONE, _ALL, _DEVICES = "none", "all", "device="
_EVERY = -1


def requests(said: str) -> list[dict[str, Any]]:
    """The ``DeviceRequests`` of a container. said: of a form that the option has checked."""
    if said == NONE:
        return []
    asked: dict[str, Any] = {"Driver": "", "Capabilities": [["gpu"]], "Options": {}}
    if said.startswith(_DEVICES):
        return [{**asked, "Count": 0, "DeviceIDs": said.removeprefix(_DEVICES).split(",")}]
    return [{**asked, "Count": _EVERY if said == _ALL else int(said)}]


def of(container: Facts) -> str:
    """What a container in full has."""
    for each in container["HostConfig"].get("DeviceRequests") or ():
        if ["gpu"] in (each.get("Capabilities") or ()):
            return _said(each)
    return NONE


def _said(request: Facts) -> str:
    if devices := request.get("DeviceIDs"):
        return _DEVICES + ",".join(devices)
    count = request.get("Count")
    return _ALL if count == _EVERY else str(count)


def added(config: Facts, asked: list[dict[str, Any]]) -> dict[str, Any]:
    """The body of a request for a container, with GPUs in it."""
    return {**config, "HostConfig": {**config["HostConfig"], "DeviceRequests": asked}}


def refusal(waiting: Facts, config: Facts) -> str:
    """Why a spare cannot become what ``config`` asks for; nothing where it can."""
    return "" if of(waiting) == of(config) else "its GPUs have changed"
