"""What azure-ai-ml, the official SDK, makes of today's files, in the workspace of the environment.

Runs in the SDK's own environment: ``python todays_files.py ANSWERS ENDPOINT DEPLOYMENT…``, all of
them files. ANSWERS is written: a JSON object, the file's name -> what the SDK has read of it. All
of it is sent then, as `az ml online-endpoint` and `online-deployment` would do it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from azure.ai.ml import (  # type: ignore[import-not-found]
    MLClient,
    load_online_deployment,
    load_online_endpoint,
)
from azure.identity import ManagedIdentityCredential


def main(answers: Path, endpoint: str, *deployments: str) -> None:
    client = MLClient(
        ManagedIdentityCredential(),
        "00000000-0000-0000-0000-000000000001",
        "rg",
        "ws",
        enable_telemetry=False,
    )
    read: dict[str, Any] = {endpoint: load_online_endpoint(source=endpoint)}
    client.online_endpoints.begin_create_or_update(read[endpoint]).result()
    for file in deployments:
        read[file] = load_online_deployment(source=file)
        client.online_deployments.begin_create_or_update(read[file]).result()
    told = {Path(file).name: type(each).__name__ for file, each in read.items()}
    answers.write_text(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
