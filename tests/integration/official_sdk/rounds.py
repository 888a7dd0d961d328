"""What azure-ai-ml, the official SDK, finds different between files and what is there, and what it
changes there.

Runs in the SDK's own environment:

    python rounds.py ANSWERS difference ENDPOINT.yml DEPLOYMENT.yml…
    python rounds.py ANSWERS change NAME '{"endpoint": {"tags": …}, "blue": {"instance_count": 2}}'

ANSWERS is written: a JSON object. Of a difference, ``file: key`` -> the value in the file and the
one that is there; of a change, nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from azure.ai.ml import (  # type: ignore[import-not-found]
    MLClient,
    load_online_deployment,
    load_online_endpoint,
)
from azure.identity import ManagedIdentityCredential

ASSETS = ("model", "environment", "code_configuration")
"""In a file they are content, and there they are ids: which content that is, a PUT tells."""


def main(answers: Path, verb: str, *rest: str) -> None:
    client = MLClient(
        ManagedIdentityCredential(),
        "00000000-0000-0000-0000-000000000001",
        "rg",
        "ws",
        enable_telemetry=False,
    )
    verbs = {"difference": difference, "change": change}
    answers.write_text(json.dumps(verbs[verb](client, *rest)))


def difference(client: MLClient, endpoint: str, *deployments: str) -> dict[str, Any]:
    said = load_online_endpoint(source=endpoint)
    there = client.online_endpoints.get(said.name)
    found = dict(_different(said._to_dict(), there._to_dict(), endpoint))
    for file in deployments:
        one = load_online_deployment(source=file)
        other = client.online_deployments.get(one.name, said.name)
        found |= _different(_without_assets(one._to_dict()), other._to_dict(), file)
    return found


def _without_assets(said: dict[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in said.items() if key not in ASSETS}


def _different(said: Any, there: Any, at: str) -> Iterator[tuple[str, Any]]:
    """By what the file says; what it leaves open is no difference."""
    if isinstance(said, dict) and isinstance(there, dict):
        for key, each in said.items():
            yield from _different(each, there.get(key), f"{Path(at).name}: {key}")
    elif said is not None and _folded(said) != _folded(there):
        yield at, [said, there]


def _folded(value: Any) -> Any:
    """A cluster is told by its id, and what is on or off in any letters."""
    return (
        value.rpartition("/")[2].removeprefix("azureml:").lower()
        if isinstance(value, str)
        else value
    )


def change(client: MLClient, name: str, changes: str) -> None:
    """Of the endpoint, and of deployments by their names, as `az ml online-…  update --set`."""
    for part, values in json.loads(changes).items():
        of_endpoint = part == "endpoint"
        operations = client.online_endpoints if of_endpoint else client.online_deployments
        there = operations.get(name) if of_endpoint else operations.get(part, name)
        for key, value in values.items():
            setattr(there, key, value)
        operations.begin_create_or_update(there).result()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
