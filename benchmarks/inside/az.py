"""This extension's own functions, in a process of az's Python: `python -m benchmarks.inside.az`.

hash FILE                           a model that is given in a document, without a name
upload FOLDER ACCOUNT_URL CONTAINER  a model's folder, with the SAS token that SAS holds
lag KIND                            waiting for operations; KIND is endpoint or deployment
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.inside import bytes_read
from benchmarks.inside.virtual import DEPLOYMENT, ENDPOINT, VirtualAzure


def hash_model(file: str) -> dict[str, object]:
    from azext_ml_endpoint.content import identify
    from azext_ml_endpoint.document.model import Deployment, Endpoint, Model

    model = Model(name="blue", anonymous=True, path=Path(file))
    endpoint = Endpoint(name="e", deployments=(Deployment(name="blue", model=model),))
    before, start = bytes_read(), time.perf_counter()
    identified = identify(endpoint).deployments[0].model
    seconds = time.perf_counter() - start
    assert isinstance(identified, Model)
    passes = {"seconds": seconds, "once": seconds}
    return {**passes, "read": bytes_read() - before, "digest": identified.digest}


def upload(folder: str, account: str, container: str) -> dict[str, object]:
    from azext_ml_endpoint.cloud.blobs import BlobStore
    from azext_ml_endpoint.cloud.contract import Container, Marker
    from azext_ml_endpoint.content.tree import files
    from azext_ml_endpoint.report import StderrReport

    place = Container(url=f"{account}/{container}", credential=os.environ["SAS"])
    marker, source = Marker(name="m", version="1"), Path(folder)
    start = time.perf_counter()
    store = BlobStore(StderrReport())
    store.upload(files(source), place, f"LocalUpload/digest/{source.name}", marker, title="model m")
    return {"seconds": time.perf_counter() - start}


def lag(kind: str) -> dict[str, object]:
    from azext_ml_endpoint.cloud.arm.operations import Operations
    from azext_ml_endpoint.report import StderrReport
    from tests.fakes.simulated_arm import StaticCredential, simulated_arm

    azure = VirtualAzure()
    arm = simulated_arm(azure.simulator.handle, credential=StaticCredential(azure.client.token))
    operations = Operations(arm, StderrReport(), pause=azure.sleep, clock=azure.clock)
    below = "" if kind == "endpoint" else f"/deployments/{DEPLOYMENT}"
    resource = f"onlineEndpoints/{ENDPOINT}{below}"
    body = {"location": "eastus2", "properties": {"authMode": "Key"}}
    if below:
        body = azure.client.deployment()

    def operate() -> None:
        operations.follow(arm.put(resource, body), what=kind, resource=resource)

    return {"lags": list(azure.lags(operate))}


MEASUREMENTS: Mapping[str, Callable[..., Any]] = {"hash": hash_model, "upload": upload, "lag": lag}

if __name__ == "__main__":
    print(json.dumps(MEASUREMENTS[sys.argv[1]](*sys.argv[2:])))
