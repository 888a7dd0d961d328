"""What is known of a published file, and the words that its files share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Data = dict[str, Any]

LATEST = "https://azuremlschemas.azureedge.net/latest"
EARLY = "https://azuremlsdk2.blob.core.windows.net/latest"
ENDPOINT = f"{LATEST}/managedOnlineEndpoint.schema.json"
DEPLOYMENT = f"{LATEST}/managedOnlineDeployment.schema.json"
OPENMPI = "mcr.microsoft.com/azureml/openmpi3.1.2-ubuntu18.04"
MINIMAL = "mcr.microsoft.com/azureml/minimal-ubuntu20.04"

LOCAL_MODEL = "local_path is 2021's spelling"
LOCAL_CODE = "code.local_path is 2021's spelling"
"""Of files of the first months of two files."""


class Plain(str):
    """Written without quotes, as it came: ``{{NAME}}`` is no text to YAML then."""

    __slots__ = ()


@dataclass(frozen=True)
class Example:
    """path: below ``cli/endpoints/online``.

    wrong: the beginnings of what is rightly found in it as it stands; without them it is right.
    fill: what somebody writes in the place of words that stand for their own.
    told: the beginnings of warnings that are right, filled or not.
    """

    path: str
    said: Mapping[str, Any]
    wrong: tuple[str, ...] = ()
    fill: Mapping[str, str] | None = None
    told: tuple[str, ...] = ()


def deployment(name: str, endpoint: str, size: str | None = "Standard_DS3_v2", **said: Any) -> Data:
    """A file of today's, with one instance."""
    first: Data = {"$schema": DEPLOYMENT, "name": name, "endpoint_name": endpoint}
    return {**first, **said, "instance_type": size, "instance_count": 1}


def scored(
    model: Any, code: str, image: str, conda: str, script: str = "score.py"
) -> dict[str, Any]:
    """A model, a script, and an image with a conda file."""
    return {
        "model": {"path": model} if isinstance(model, str) else model,
        "code_configuration": {"code": code, "scoring_script": script},
        "environment": {"image": image, "conda_file": conda},
    }


def sklearn(up: str, number: int = 1, **said: Any) -> Data:
    """The model and the script that most of the files share. up: ``../..`` or the like."""
    folder = f"{up}/model-{number}"
    return {
        "model": {"path": f"{folder}/model/"},
        "code_configuration": {"code": f"{folder}/onlinescoring/", "scoring_script": "score.py"},
        **said,
    }


def own_server(image: str, port: int, live: str, score: str, **more: Any) -> Data:
    """An image that serves by itself. ready: where that is asked elsewhere than ``live``."""
    ready = more.pop("ready", live)
    routes = {"liveness_route": live, "readiness_route": ready, "scoring_route": score}
    config = {name: {"port": port, "path": path} for name, path in routes.items()}
    return {**more, "image": image, "inference_config": config}
