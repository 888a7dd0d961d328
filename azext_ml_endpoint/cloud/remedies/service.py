"""Of the service that deploys managed endpoints."""

from __future__ import annotations

from azext_ml_endpoint.cloud.remedies.arm import INTERNAL
from azext_ml_endpoint.cloud.remedies.words import words

_PRINCIPAL = "`az ml endpoint show -n NAME --query identity` shows the endpoint's identity"
_PULL = (
    f"{_PRINCIPAL}; give it the role AcrPull on the registry of the image: `az role assignment"
    " create --assignee-object-id PRINCIPAL --assignee-principal-type ServicePrincipal --role"
    " AcrPull --scope REGISTRY_ID`. Azure does so by itself only for a system_assigned identity"
    " and the workspace's own registry. Run the same command again some minutes later."
)
_ROLES = (
    f"{_PRINCIPAL}. A user_assigned one needs the role AcrPull on the workspace's registry and"
    " Storage Blob Data Reader on its storage account (`az role assignment create`); a new role"
    " takes some minutes to work. Then run the same command again."
)
_IMAGE = (
    "Check that the image exists that environment.docker.image names (`az acr repository"
    " show-tags`), and that its registry lets the endpoint pull: a user_assigned identity needs"
    " the role AcrPull on it."
)
_ARTIFACTS = (
    "Check that model and code are registered in this workspace and still in its storage; a"
    " user_assigned identity needs the role Storage Blob Data Reader. The log of the storage"
    " initializer says more: `az ml endpoint get-logs --container storage-initializer`."
)
_CRASHED = (
    "The scoring server crashed or never became ready. Look for an error of init() or of an import"
    " in the log (`az ml endpoint get-logs`), check the probes, and try the same file with"
    " --local first."
)
_BUILD = (
    "The environment could not be built. Its build log is in the workspace's default storage"
    " account, where the message says or below azureml/ImageLogs; try the same conda_file with"
    " --local first."
)
_BUILT_APART = (
    "The image was not there in time. Look into the build log; an image that takes long is built"
    " apart (`az acr build`) and then named by environment.docker.image, so that it only has to be"
    " pulled."
)
_REQUEST = (
    "Change in the file what the message names (LivenessProbe.PeriodSeconds is"
    " liveness_probe.period there, VmSize is instance_type)."
)
_UNREACHABLE_CLUSTER = (
    "the extension of the cluster does not answer: detach the compute (`az ml compute"
    " detach`) and attach it again with the same name and namespace (`az ml compute attach`);"
    " `kubectl get po -n azureml` shows whether the relay server runs."
)

CODES = {
    "BadArgument": (
        "Check what the message names: image, model, identity and its roles, or a resource request"
        " above its limit. `az ml endpoint get-logs` may say more."
    ),
    "ResourceNotReady": _CRASHED,
    "ResourceNotFound": (
        "Check the names in the message: a resource that `model`, `environment` or `identity` of"
        " the file refers to does not exist, or the endpoint's identity may not see it."
    ),
    "ImageBuildFailure": _BUILD,
    "OperationCanceled": (
        "An operation with a higher priority took over, or a lock was not free. Run the same"
        " command again in a minute."
    ),
    "WorkspaceManagedNetworkNotReady": (
        "Provision the workspace's managed network first:"
        " `az ml workspace provision-network --name <workspace>`, then run the same command again."
    ),
    "SecretsInjectionError": (
        "A secret that environment_variables refer to could not be read. Check its name, and the"
        " right of the endpoint's identity to read it (Key Vault Secrets User, or for connections"
        " Azure Machine Learning Workspace Connection Secrets Reader): `az role assignment list`."
    ),
    "MissingDriverProgram": (
        "The deployment does not say what answers requests. Name code_configuration with"
        " code.local_path and scoring_script; or, for a container with a server of its own,"
        " environment.inference_config with liveness_route, readiness_route and scoring_route."
    ),
    "InternalServerError": INTERNAL,
    # The same by number, from the first versions of the service
    "ERR_1200": _IMAGE,
    "ERR_1300": _ARTIFACTS,
    "ERR_2200": _CRASHED,
    "ERR_5000": INTERNAL,
}

WRAPPERS = {
    "InferencingClientCallFailed": (
        f"{_REQUEST} Where it names nothing, and `target` is a Kubernetes cluster,"
        f" {_UNREACHABLE_CLUSTER}"
    ),
    "InferencingClientCreateDeploymentFailed": (
        f"{_REQUEST} `az ml endpoint validate -f FILE` finds what can be found without Azure."
    ),
}
"""Codes that stand around a reason, and for anything: a status says more than they do."""

WORDS = (
    words("pull permission", _PULL),
    words("Startup task failed due to (?:authorization error|incorrect role)", _ROLES),
    words("unable to download (?:the )?user (?:container )?image", _IMAGE),
    words("unable to download (?:the )?user model", _ARTIFACTS),
    words(
        "container registry authorization failure",
        "The workspace's keys are not those of its registry any more: `az ml workspace sync-keys"
        " -n WORKSPACE`, then run the same command again. Behind a virtual network, check that the"
        " registry can be reached.",
    ),
    words(
        "failed to communicate with the workspace's container registry",
        "A private registry cannot build images by itself: name a compute cluster that does,"
        " `az ml workspace update -n WORKSPACE --image-build-compute CLUSTER`, then run the same"
        " command again.",
    ),
    words("timeout while waiting for Environment Image|image build timed out", _BUILT_APART),
    words(
        "not been created successfully|in deleting provisioning state",
        "The endpoint is the rest of a creation that failed: delete it (`az ml endpoint delete -n"
        " NAME`), then run the same command again.",
    ),
    words(
        "endpoint with this name already exists",
        "Names of endpoints are unique in a region: choose another one (`--name`, or `name` in the"
        " file), or see whether it is in this workspace (`az ml endpoint list`).",
    ),
    words(
        "template function",
        "A policy is not written well: `az policy assignment list` shows what holds here. Mend or"
        " remove what the message names, or ask who owns it.",
    ),
    words(
        "k8s-extension.{0,60}not connectable", _UNREACHABLE_CLUSTER.replace("the ext", "The ext", 1)
    ),
)
