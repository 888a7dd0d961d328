"""A client that is as short as a test wants it, and the bodies that it sends."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.simulator.message import Json, Reply, Request
from tests.simulator.simulator import Simulator
from tests.simulator.storage import MemoryStorage

VERSION = "2025-12-01"


@dataclass
class Clock:
    """Time that passes when a test says so."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Client:
    """Asks a simulator. Paths are relative to the workspace, or whole URLs."""

    simulator: Simulator
    storage: MemoryStorage
    clock: Clock
    token: str = field(init=False)

    def __post_init__(self) -> None:
        self.token = self.simulator.tokens.issue("https://management.azure.com/")

    @property
    def workspace(self) -> str:
        return self.simulator.world.workspace_id

    def url(self, path: str) -> str:
        """A relative path, made whole."""
        if path.startswith("https://"):
            return path
        below = path if path.startswith("/") else f"{self.workspace}/{path}".rstrip("/")
        mark = "&" if "?" in below else "?"
        return f"https://management.azure.com{below}{mark}api-version={VERSION}"

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Reply:
        sent = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        request = Request(method, self.url(path), sent | headers, content)
        return self.simulator.handle(request)

    def get(self, path: str) -> Reply:
        return self.send("GET", path)

    def put(self, path: str, body: object) -> Reply:
        return self.send("PUT", path, body)

    def upload(
        self, path: str, content: bytes = b"x", container: str = "azureml-blobstore"
    ) -> None:
        self.storage.blobs[container, path] = (content, {})

    # What most tests need to be there already.

    def make(self, path: str, body: object) -> Json:
        """PUT that must succeed; the resource as it then is."""
        reply = self.put(path, body)
        assert reply.status in (200, 201), reply.body
        made: Json = self.get(path).json()
        return made

    def make_endpoint(self, name: str = "iris", **properties: Any) -> Json:
        return self.make(f"onlineEndpoints/{name}", endpoint(**properties))

    def make_deployment(self, name: str = "blue", on: str = "iris", **properties: Any) -> Json:
        self.make_assets()
        body = self.deployment(**properties)
        return self.make(f"onlineEndpoints/{on}/deployments/{name}", body)

    def make_assets(self) -> None:
        """Model m:1, code c:1 and environment e:1."""
        self.upload("LocalUpload/m/model.pkl")
        self.upload("LocalUpload/c/score.py")
        self.make("models/m/versions/1", model())
        self.make("codes/c/versions/1", code())
        self.make("environments/e/versions/1", environment())

    def deployment(self, **properties: Any) -> Json:
        """A managed deployment of these assets."""
        code_id = f"{self.workspace}/codes/c/versions/1"
        usual = {
            "endpointComputeType": "Managed",
            "instanceType": "Standard_DS3_v2",
            "model": f"{self.workspace}/models/m/versions/1",
            "environmentId": f"{self.workspace}/environments/e/versions/1",
            "codeConfiguration": {"codeId": code_id, "scoringScript": "score.py"},
        }
        return {
            "location": "eastus2",
            "sku": {"name": "Default", "capacity": 1},
            "properties": usual | properties,
        }


def endpoint(**properties: Any) -> Json:
    return {"location": "eastus2", "properties": {"authMode": "Key"} | properties}


def model(path: str = "LocalUpload/m", **properties: Any) -> Json:
    uri = f"azureml://datastores/workspaceblobstore/paths/{path}"
    return {"properties": {"modelType": "custom_model", "modelUri": uri} | properties}


def code(path: str = "LocalUpload/c", **properties: Any) -> Json:
    uri = f"https://wsstorage.blob.core.windows.net/azureml-blobstore/{path}"
    return {"properties": {"codeUri": uri} | properties}


def environment(**properties: Any) -> Json:
    usual = {"image": "mcr.microsoft.com/azureml/base", "condaFile": "dependencies:\n- python\n"}
    return {"properties": usual | properties}


def reason(error: Json) -> str:
    """The sentence inside of JSON inside of an error."""
    problem = json.loads(error["details"][0]["message"])
    return " ".join(text for texts in problem["errors"].values() for text in texts)
