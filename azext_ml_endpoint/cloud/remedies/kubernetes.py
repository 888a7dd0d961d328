"""Of endpoints on a Kubernetes cluster, with the extension that serves them there."""

from __future__ import annotations

from azext_ml_endpoint.cloud.remedies.words import words

_EXTENSION = (
    "the cluster's extension Microsoft.AzureML.Kubernetes (`az k8s-extension list --cluster-type"
    " managedClusters --cluster-name CLUSTER -g GROUP`)"
)
_PODS = "`kubectl get po -n NAMESPACE`"
_LOG = "`az ml endpoint get-logs`"
_EXCHANGE = (
    "The role of the cluster's identity on the registry, AcrPull, does not work yet, or the"
    " registry has too many requests: run the same command again in a minute. If it stays, see"
    " `az role assignment list --scope REGISTRY_ID`."
)
_SCRIPT = f"{_LOG} shows the traceback. Mend it, and try the same file with --local first."
_CRASHED = (
    f"The container crashed as it started: {_LOG} shows an error of the scoring script; without"
    " one, the memory is too small: raise resource_requirements.memory_in_gb_limit, or choose"
    f" another instance_type. {_PODS} shows the pods."
)
_FRONT_END = (
    "The front end azureml-fe does not run: `kubectl get po -n azureml` shows it. Update"
    f" {_EXTENSION}."
)
_NETWORK = (
    "Check that the cluster reaches what it needs (its outbound proxy and firewall); a workspace or"
    " a registry without public access is reached through private endpoints only: `az ml workspace"
    " show --query public_network_access`, `az acr show --query publicNetworkAccess`."
)

CODES = {
    "ACRSecretError": (
        "Run the same command again in a minute: a new role takes time. If it stays, check that"
        f" {_EXTENSION} is healthy and newer than 1.1.25, and that the cluster reaches registry,"
        " storage and workspace (proxy, certificates, private endpoints)."
    ),
    "TokenRefreshFailed": (
        f"The cluster's identity is not set up, and Azure gives it no token: install {_EXTENSION}"
        " anew, then run the same command again."
    ),
    "RefreshExtensionIdentityNotSet": (
        f"The node pool does not have the managed identity of {_EXTENSION}: install that anew, or"
        " assign its identity to the pool's scale set (`az vmss identity assign`), then run the"
        " same command again."
    ),
    "GetAADTokenFailed": f"The cluster gets no token of Microsoft Entra ID. {_NETWORK}",
    "ACRAuthenticationChallengeFailed": f"The cluster does not reach the registry. {_NETWORK}",
    "ACRTokenExchangeFailed": _EXCHANGE,
    "ACRTokenExchangeForbidden": _EXCHANGE,
    "DeploymentIdentityError": (
        "The cluster could not get an identity for the deployment. Run the same command again in a"
        f" minute; if it stays, check {_EXTENSION}, and that the endpoint's identity has the role"
        " AcrPull (`az role assignment list --assignee PRINCIPAL`)."
    ),
    "KubernetesUnaccessible": (
        "Azure cannot talk to the cluster; if its certificate is not valid, renew it: `az aks"
        " rotate-certs -n CLUSTER -g GROUP`. It is known to Azure five hours later; then run the"
        " same command again."
    ),
    "ImagePullLoopBackOff": (
        "The cluster cannot pull the image: check that it exists (`az acr repository show-tags`),"
        " the network policy of the cluster, and its role AcrPull on the registry; `kubectl"
        " describe po -n NAMESPACE` says which of them."
    ),
    "DeploymentCrashLoopBackOff": _CRASHED,
    "KubernetesCrashLoopBackOff": _CRASHED,
    "UserScriptInitFailed": f"The function init() of the scoring script raised an error: {_SCRIPT}",
    "UserScriptImportError": (
        "The scoring script imports what the environment does not have: add it to the conda_file."
        f" {_SCRIPT}"
    ),
    "UserScriptFunctionNotFound": (
        "The scoring_script must define init() and run(data). Add what is missing, and try the same"
        " file with --local first."
    ),
    "NamespaceNotFound": (
        "The namespace of the compute is not in the cluster (`kubectl get namespaces`). Detach the"
        " compute (`az ml compute detach`) and attach it with one that exists (`az ml compute"
        " attach --namespace NAMESPACE`), or name another `target`."
    ),
    "EndpointNotFound": (
        "The cluster does not know the endpoint: see with `az ml endpoint show -n NAME` whether it"
        " is there and which `target` it has. If it was not made well, delete it (`az ml endpoint"
        " delete -n NAME`) and run the same command again."
    ),
    "EndpointAlreadyExists": (
        "The cluster has an endpoint of this name, of this or another workspace. Choose another"
        " one: `--name`, or `name` in the file."
    ),
    "ScoringFeUnhealthy": _FRONT_END,
    "ValidateScoringFailed": (
        "The scoring URI did not answer as the cluster expects: check it (`az ml endpoint show -n"
        " NAME --query scoring_uri`) and the routes of environment.inference_config, then run the"
        " same command again."
    ),
    "InvalidDeploymentSpec": (
        "Check scale_settings: instance_count, or min_instances and max_instances, within what the"
        " message says; `az ml endpoint validate -f FILE` checks the rest."
    ),
    "PodUnschedulable": (
        "No node takes the pod: its instance_type wants labels (`kubectl get instancetype -o"
        " yaml`, `kubectl get nodes --show-labels`) or more than is free (`kubectl describe"
        " nodes`). Lower resource_requirements, choose another instance_type, or delete"
        " deployments."
    ),
    "PodOutOfMemory": (
        "Raise resource_requirements.memory_in_gb_limit, or choose an instance_type with more"
        f" memory. {_LOG} shows how far it came."
    ),
}

WORDS = (
    words(
        "resource requests? .{0,40}greater than limits?",
        "Let cpu and memory_in_gb of resource_requirements be no more than cpu_cores_limit and"
        " memory_in_gb_limit; where the file says no limits, the cluster's hold: `az ml compute"
        " show -n COMPUTE`.",
    ),
    words("azureml-fe.{0,80}(?:not ready|isn't ready|unhealthy)", _FRONT_END),
)
