"""Of endpoints on a cluster."""

from __future__ import annotations

from tests.unit.cloud.pasted.documents import Pasted, error, failed

_EXCHANGE = (
    "Failed to create Kubernetes deployment identity, Reason:ACRTokenExchangeForbidden"
    " Details:Cluster exchange ACR token failed because AAD token is unauthorized. The role"
    " assignment takes some time, please wait a moment and try again. The identity is used to give"
    " access for user container, such as pull image from ACR. Please see troubleshooting guide,"
    " available here: https://aka.ms/amlarc-tsg"
)
_NOT_SET = (
    "Failed to create Kubernetes deployment identity, Reason:RefreshExtensionIdentityNotSet"
    " Details:Managed identity of AzureML extension is not assigned to the node pool of"
    " 'aks-default-1-vmss000000'. The identity is used to give access for user container, such as"
    " pull image from ACR. Please see troubleshooting guide, available here:"
    " https://aka.ms/amlarc-tsg"
)
_UNSCHEDULABLE = "Kubernetes unschedulable. Details:0/1 nodes are available: 1 Too many pods."

KUBERNETES = [
    Pasted(
        error(None, f"(None) DeploymentIdentityError: {_EXCHANGE}"),
        "DeploymentIdentityError",
        _EXCHANGE,
        ("AcrPull", "in a minute", "az role assignment list --scope"),
    ),
    Pasted(
        error(None, f"DeploymentIdentityError: {_NOT_SET}"),
        "DeploymentIdentityError",
        _NOT_SET,
        ("az k8s-extension", "az vmss identity assign"),
    ),
    Pasted(
        error(
            None, "(None) DeploymentIdentityError: Failed to create Kubernetes deployment identity."
        ),
        "DeploymentIdentityError",
        "Failed to create Kubernetes deployment identity.",
        ("identity for the deployment", "az k8s-extension", "--assignee"),
    ),
    Pasted(
        {
            "code": "BadRequest",
            "statusCode": 400,
            "message": "The request is invalid.",
            "details": [
                {
                    "code": "KubernetesUnaccessible",
                    "message": (
                        "Kubernetes error: AuthenticationException. Reason: InvalidCertificate"
                    ),
                }
            ],
        },
        "KubernetesUnaccessible",
        (
            "The request is invalid.\nKubernetes error: AuthenticationException. Reason: "
            "InvalidCertificate"
        ),
        ("az aks rotate-certs", "five hours"),
    ),
    Pasted(
        failed("OutOfQuota", _UNSCHEDULABLE),
        "OutOfQuota",
        _UNSCHEDULABLE,
        ("kubectl describe nodes", "resource_requirements"),
    ),
    Pasted(
        failed(
            "OutOfQuota",
            "Kubernetes unschedulable. Details:0/3 nodes are available: 3 Insufficient memory.",
        ),
        "OutOfQuota",
        "Kubernetes unschedulable. Details:0/3 nodes are available: 3 Insufficient memory.",
        ("No node of the cluster has room",),
    ),
    Pasted(
        error("BadArgument", "Resource request was greater than limits."),
        "BadArgument",
        "Resource request was greater than limits.",
        ("cpu_cores_limit", "az ml compute show"),
    ),
    Pasted(
        error("BadArgument", "Azureml-fe for kubernetes online endpoint isn't ready."),
        "BadArgument",
        "Azureml-fe for kubernetes online endpoint isn't ready.",
        ("azureml-fe does not run", "kubectl get po -n azureml"),
    ),
]
"""The next ones are known by their codes alone: Microsoft's page quotes no message of theirs, so
the sentence that it explains them with stands for one."""
KUBERNETES += [
    Pasted(failed(code, sentence), code, sentence, words)
    for code, sentence, words in (
        (
            "ACRSecretError",
            "Role assignment isn't completed.",
            ("1.1.25", "az k8s-extension list", "in a minute"),
        ),
        (
            "TokenRefreshFailed",
            "The extension can't get a principal credential from Azure.",
            ("identity is not set up", "install the cluster's extension"),
        ),
        (
            "GetAADTokenFailed",
            "Kubernetes cluster request Microsoft Entra ID token failed or timed out.",
            ("Entra", "proxy", "public_network_access"),
        ),
        (
            "ACRAuthenticationChallengeFailed",
            "The cluster can't reach the workspace Container Registry service.",
            ("does not reach the registry", "az acr show"),
        ),
        (
            "ACRTokenExchangeFailed",
            "Kubernetes cluster exchange Container Registry token fails.",
            ("AcrPull", "again in a minute"),
        ),
        (
            "ImagePullLoopBackOff",
            "Can't download the images from the container registry.",
            ("az acr repository show-tags", "kubectl describe po"),
        ),
        (
            "DeploymentCrashLoopBackOff",
            "The user container crashed when initializing.",
            ("az ml endpoint get-logs", "memory_in_gb_limit"),
        ),
        (
            "KubernetesCrashLoopBackOff",
            "One or more pods is stuck in CrashLoopBackoff status.",
            ("az ml endpoint get-logs", "memory_in_gb_limit"),
        ),
        (
            "UserScriptInitFailed",
            "The init function in score.py raised an exception.",
            ("init() of the scoring script", "az ml endpoint get-logs"),
        ),
        (
            "UserScriptImportError",
            "score.py imports unavailable packages.",
            ("conda_file", "az ml endpoint get-logs"),
        ),
        (
            "UserScriptFunctionNotFound",
            "score.py doesn't have a function named init() or run().",
            ("init() and run(data)", "scoring_script"),
        ),
        (
            "NamespaceNotFound",
            "The namespace your Kubernetes compute used is unavailable in your cluster.",
            ("kubectl get namespaces", "az ml compute attach --namespace"),
        ),
        (
            "EndpointNotFound",
            "The system can't find the endpoint resource for the deployment in the cluster.",
            ("az ml endpoint show", "target"),
        ),
        (
            "EndpointAlreadyExists",
            "The endpoint already exists in your cluster.",
            ("--name",),
        ),
        (
            "ScoringFeUnhealthy",
            "The azureml-fe system service isn't found or is unhealthy.",
            ("azureml-fe does not run", "az k8s-extension list"),
        ),
        (
            "ValidateScoringFailed",
            "The scoring request URL validation failed when processing the model.",
            ("scoring_uri", "inference_config"),
        ),
        (
            "InvalidDeploymentSpec",
            "The deployment spec is invalid.",
            ("instance_count", "min_instances"),
        ),
        (
            "PodUnschedulable",
            "No node matches the node affinity selector.",
            ("kubectl get nodes --show-labels", "resource_requirements"),
        ),
        (
            "PodOutOfMemory",
            "The memory limit you gave for deployment is insufficient.",
            ("memory_in_gb_limit", "instance_type"),
        ),
    )
]
