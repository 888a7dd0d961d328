"""What the scripts of 2021 do with these files: `az ml endpoint …`, one after the other.

Files are named from ``cli/endpoints/online`` on; ENDPOINT is a name of one's own.
"""

from __future__ import annotations

from collections.abc import Mapping

REQUEST = "model-1/sample-request.json"
_BY_HAND = "managed/canary-imperative-flow"
_BY_FILE = "managed/canary-declarative-flow"
_IDENTITY = "managed/managed-identities"
_ARC = "../amlarc/canary-declarative-flow"
_STORAGE = ("STORAGE_ACCOUNT=mine", "STORAGE_CONTAINER=hello", "FILE_NAME=hello.txt")

FLOWS: Mapping[str, tuple[str, ...]] = {
    "by hand": (
        f"create --name ENDPOINT -f {_BY_HAND}/1-create-endpoint.yml",
        f"update --name ENDPOINT --deployment blue --deployment-file {_BY_HAND}/2-create-blue.yml",
        "update --name ENDPOINT --traffic blue:100",
        f"invoke --name ENDPOINT --request-file {REQUEST}",
        f"update --name ENDPOINT --deployment-file {_BY_HAND}/3-create-green.yml"
        " --traffic blue:100,green:0",
        f"invoke --name ENDPOINT --deployment green --request-file {REQUEST}",
        "update --name ENDPOINT --traffic blue:90,green:10",
        "update --name ENDPOINT --traffic blue:0,green:100",
        "delete --name ENDPOINT --deployment blue --yes",
        "delete --name ENDPOINT --yes --no-wait",
    ),
    "by file": (
        f"create -n ENDPOINT -f {_BY_FILE}/1-create-endpoint-with-blue.yml",
        "show --name ENDPOINT --query provisioning_state -o tsv",
        f"update -n ENDPOINT -f {_BY_FILE}/2-scale-blue.yml",
        f"update -n ENDPOINT -f {_BY_FILE}/3-create-green.yml",
        f"invoke --name ENDPOINT --deployment green --request-file {REQUEST}",
        f"update -n ENDPOINT -f {_BY_FILE}/4-flight-green.yml",
        f"update -n ENDPOINT -f {_BY_FILE}/5-full-green.yml",
        f"update -n ENDPOINT -f {_BY_FILE}/6-delete-blue.yml",
        "delete -n ENDPOINT --yes --no-wait",
    ),
    "simple": (
        "create -n ENDPOINT -f managed/simple-flow/1-create-endpoint-with-blue.yml",
        "show -n ENDPOINT",
        f"invoke -n ENDPOINT --request-file {REQUEST}",
        "get-logs -n ENDPOINT --deployment blue",
        "show -n ENDPOINT --query scoring_uri -o tsv",
        "get-credentials -n ENDPOINT --query primaryKey -o tsv",
        "list-keys -n ENDPOINT",
        "delete -n ENDPOINT --yes --no-wait",
    ),
    "with an identity of its own": (
        f"create --name ENDPOINT -f {_IDENTITY}/1-sai-create-endpoint.yml",
        f"update --name ENDPOINT --deployment blue"
        f" --deployment-file {_IDENTITY}/2-sai-deployment.yml"
        f" --set {' '.join(f'environment_variables.{each}' for each in _STORAGE)}",
        "update --name ENDPOINT --traffic blue:100",
        f"invoke -n ENDPOINT --request-file {REQUEST}",
        "delete -n ENDPOINT --yes",
    ),
    "Triton": (
        "create -n ENDPOINT -f triton/single-model/create-endpoint-with-deployment-mir.yml",
        "get-logs -n ENDPOINT --deployment blue --container storage-initializer",
        "list-keys -n ENDPOINT --query accessToken -o tsv",
        "delete -n ENDPOINT -y",
    ),
    "Triton on a cluster": (
        "create -n ENDPOINT -f triton/ensemble/create-endpoint-with-deployment-aks.yml",
        "show --name ENDPOINT --query deployments[0].provisioning_state -o tsv",
        "get-credentials -n ENDPOINT --query primaryKey -o tsv",
        "delete -n ENDPOINT -y",
    ),
    "on a cluster that scales by itself": (
        f"create -n ENDPOINT -f {_ARC}/1-create-endpoint-with-blue.yaml",
        f"update -n ENDPOINT -f {_ARC}/4-flight-green.yaml",
        f"update -n ENDPOINT -f {_ARC}/7-descale-green.yaml",
        f"update -n ENDPOINT -f {_ARC}/8-delete-green.yaml",
        f"update -n ENDPOINT -f {_ARC}/10-descale-blue.yaml",
        "delete -n ENDPOINT --yes",
    ),
}
