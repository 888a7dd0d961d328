"""One operation of azure-ai-ml with local=True on the sample's YAML, as a process of its own.

Runs in the SDK's environment: `python -m benchmarks.sdk create|update|show|delete NAME FILE`.
The SDK reads a newer file format, so its entities are filled from the document here. As with `-f`,
create and update bring about the whole file: the endpoint (which takes the SDK one tick of its
progress display, 5 s) and the deployment.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

import yaml
from azure.ai.ml import MLClient
from azure.ai.ml.entities import (
    CodeConfiguration,
    Environment,
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    Model,
)


class NoCredential:
    """MLClient demands a credential; a local operation must never ask it for a token."""

    def get_token(self, *scopes: str, **_: object) -> NoReturn:
        raise RuntimeError(f"A local operation asked for a token for {scopes}.")


def deployment(endpoint: str, spec: dict[str, Any], folder: Path) -> ManagedOnlineDeployment:
    """The deployment of the document; its paths are relative to `folder`."""

    def path(value: str) -> str:
        return str((folder / value.removeprefix("file:")).resolve())

    model, code, environment = spec["model"], spec["code_configuration"], spec["environment"]
    return ManagedOnlineDeployment(
        name=spec["name"],
        endpoint_name=endpoint,
        model=Model(
            **{key: str(model[key]) for key in ("name", "version") if key in model},
            path=path(model["local_path"]),
        ),
        code_configuration=CodeConfiguration(
            code=path(code["code"]["local_path"]), scoring_script=code["scoring_script"]
        ),
        environment=Environment(
            image=environment["docker"]["image"], conda_file=path(environment["conda_file"])
        ),
        instance_type=spec["instance_type"],
        instance_count=1,
    )


def main(operation: str, name: str, file: str) -> None:
    """Run one operation; `show` prints the endpoint as JSON."""
    client = MLClient(NoCredential(), "none", "none", "none")
    if operation == "show":
        print(json.dumps(client.online_endpoints.get(name, local=True)._to_dict()))
    elif operation == "delete":
        client.online_endpoints.begin_delete(name, local=True)
    else:
        document = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
        endpoint = ManagedOnlineEndpoint(name=name, auth_mode=document["auth_mode"])
        client.online_endpoints.begin_create_or_update(endpoint, local=True)
        wanted = deployment(name, document["deployments"][0], Path(file).parent)
        client.online_deployments.begin_create_or_update(wanted, local=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
