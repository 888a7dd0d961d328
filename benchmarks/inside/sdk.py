"""azure-ai-ml's own functions, in a process of its Python: `python -m benchmarks.inside.sdk`.

deploy ENDPOINT FILE                a document's deployment, as a user of the SDK would do it
hash FILE                           a model that is given in a deployment, without a name
upload FOLDER ACCOUNT_URL CONTAINER  a model's folder, with the SAS token that SAS holds
lag KIND                            waiting for operations; KIND is endpoint or deployment
"""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import requests
import yaml
from azure.ai.ml import MLClient
from azure.ai.ml._artifacts import _artifact_utilities
from azure.ai.ml._artifacts._blob_storage_helper import (
    BlobStorageClient,
)
from azure.ai.ml._utils._asset_utils import get_ignore_file
from azure.ai.ml.entities import (
    CodeConfiguration,
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    Model,
)
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import ManagedIdentityCredential
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from benchmarks.inside import bytes_read
from benchmarks.inside.virtual import DEPLOYMENT, ENDPOINT, VirtualAzure
from benchmarks.sdk import deployment
from tests.simulator.message import Request
from tests.simulator.simulator import Simulator

WORKSPACE = ("00000000-0000-0000-0000-000000000001", "rg", "ws")


def deploy(endpoint: str, file: str) -> dict[str, object]:
    document = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
    client = MLClient(ManagedIdentityCredential(), *WORKSPACE, enable_telemetry=False)
    wanted = deployment(endpoint, document["deployments"][0], Path(file).parent)
    made = client.online_deployments.begin_create_or_update(wanted).result()
    return {"state": made.provisioning_state}


def hash_model(file: str) -> dict[str, object]:
    """It is hashed where it is made, and where it is uploaded; the upload itself is left out."""
    digests = []

    def uploaded(*_: object, asset_hash: str, **__: object) -> SimpleNamespace:
        digests.append(asset_hash)
        return SimpleNamespace(name="m", version="1", indicator_file="", full_storage_path="")

    _artifact_utilities.upload_artifact = uploaded
    workspace = SimpleNamespace(_operation_scope=None, _datastore_operation=None)
    Model._update_path = lambda *_: None
    before, start = bytes_read(), time.perf_counter()
    model = Model(path=file)
    once = time.perf_counter() - start
    _artifact_utilities._check_and_upload_path(model, workspace, "Model")
    seconds = time.perf_counter() - start
    (digest,) = digests
    return {"seconds": seconds, "once": once, "read": bytes_read() - before, "digest": digest}


def upload(folder: str, account: str, container: str) -> dict[str, object]:
    start = time.perf_counter()
    client = BlobStorageClient(os.environ["SAS"], account, container)
    client.upload(folder, "m", "1", get_ignore_file(folder), asset_hash="digest")
    return {"seconds": time.perf_counter() - start}


def lag(kind: str) -> dict[str, object]:
    azure = VirtualAzure()
    transport = VirtualTransport(azure)
    client = MLClient(
        VirtualCredential(azure), *WORKSPACE, enable_telemetry=False, transport=transport
    )
    operate = {"endpoint": changed_endpoint, "deployment": changed_deployment}[kind](client)
    return {"lags": list(azure.lags(operate))}


def changed_endpoint(client: Any) -> Callable[[], object]:
    wanted = ManagedOnlineEndpoint(name=ENDPOINT, auth_mode="key")
    return lambda: client.online_endpoints.begin_create_or_update(wanted).result()


def changed_deployment(client: Any) -> Callable[[], object]:
    def operate() -> object:
        wanted = ManagedOnlineDeployment(
            name=DEPLOYMENT,
            endpoint_name=ENDPOINT,
            model="azureml:m:1",
            environment="azureml:e:1",
            code_configuration=CodeConfiguration(code="azureml:c:1", scoring_script="score.py"),
            instance_type="Standard_DS3_v2",
            instance_count=1,
        )
        return client.online_deployments.begin_create_or_update(wanted).result()

    return operate


class VirtualCredential:
    def __init__(self, azure: VirtualAzure) -> None:
        self._token = azure.client.token

    def get_token(self, *_: str, **__: object) -> AccessToken:
        return AccessToken(self._token, int(time.time()) + 3600)


class VirtualTransport(RequestsTransport):  # type: ignore[misc]
    """azure-core's own, but that requests are answered in here, at once, and waiting takes none."""

    def __init__(self, azure: VirtualAzure) -> None:
        session = requests.Session()
        session.mount("https://", Answers(azure.simulator))
        super().__init__(session=session, session_owner=False)
        self._azure = azure

    def sleep(self, duration: float) -> None:
        self._azure.sleep(duration)


class Answers(HTTPAdapter):
    """requests' way to a simulator in this process."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__()
        self._simulator = simulator

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        asked = Request(request.method or "", request.url or "", headers, body)
        reply = self._simulator.handle(asked)
        raw = HTTPResponse(
            io.BytesIO(reply.body), reply.headers, reply.status, preload_content=False
        )
        return self.build_response(request, raw)


MEASUREMENTS: Mapping[str, Callable[..., Any]] = {
    "deploy": deploy,
    "hash": hash_model,
    "upload": upload,
    "lag": lag,
}

if __name__ == "__main__":
    with redirect_stdout(sys.stderr):  # the SDK prints a dot each time it looks how it goes
        told = MEASUREMENTS[sys.argv[1]](*sys.argv[2:])
    print(json.dumps(told))
