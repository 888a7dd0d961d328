"""Endpoint files of a test's own, with scoring scripts that start quickly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.integration.conftest import SAMPLES

BASE_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest"
ENVIRONMENT = SAMPLES / "endpoints/online/model-1/environment/environment.yml"

ECHO = """
def init():
    pass

def run(data):
    return {"echo": data}
"""

FAILING = """
def init():
    load_model()

def load_model():
    raise RuntimeError("the model is broken")

def run(data):
    return data
"""

HANGING = """
import threading

def init():
    print("init has begun", flush=True)
    threading.Event().wait()

def run(data):
    return data
"""


class Project:
    """A folder with an endpoint's file and the code of its deployments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def code(self, deployment: str = "blue") -> Path:
        return self.folder / deployment

    def deployment(
        self, name: str = "blue", *, script: str | None = ECHO, **fields: Any
    ) -> dict[str, Any]:
        """In the environment of the samples, unless fields say otherwise."""
        described = {
            "name": name,
            "environment": f"file:{ENVIRONMENT}",
            "instance_type": "Standard_F2s_v2",
            "scale_settings": {"scale_type": "manual", "instance_count": 1},
        }
        if script is not None:
            self.code(name).mkdir(parents=True, exist_ok=True)
            _save(self.code(name) / "score.py", script)
            code = {"local_path": str(self.code(name))}
            described["code_configuration"] = {"code": code, "scoring_script": "score.py"}
        return {**described, **fields}

    def endpoint(self, *deployments: dict[str, Any], traffic: dict[str, int] | None = None) -> Path:
        """Writes the file and answers its path. The first deployment gets all traffic by default.

        JSON is YAML.
        """
        described = deployments or (self.deployment(),)
        content = {
            "name": "named-by-the-command",
            "type": "online",
            "auth_mode": "key",
            "traffic": traffic or {described[0]["name"]: 100},
            "deployments": described,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "endpoint.yml"
        file.write_text(json.dumps(content, indent=2))
        return file


def _save(file: Path, text: str) -> None:
    """What is the same already is not saved again: somebody may be watching."""
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
