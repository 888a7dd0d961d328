"""Of the service that deploys managed endpoints."""

from __future__ import annotations

from tests.unit.cloud.pasted.documents import GUIDE, Pasted, detail, error, invalid

_PERIOD = (
    "Invalid value provided for Period Seconds for Probe: <1200>. The value should be less than"
    " 300. To learn more, please see https://learn.microsoft.com/azure/machine-learning/"
    "reference-yaml-deployment-managed-online#probesettings."
)
_PULL = (
    "Endpoint identity does not have pull permission on the registry. For System Assigned Identity"
    " case and workspace ACR, platform will wire up the permissions but if user is creating"
    " deployment with User Assigned Identity or if using non-workspace ACR, then User should grant"
    f" pull permissions to identity on the registry. {GUIDE}#authorization-error"
)
_LATE = (
    "Deployment failed due to timeout while waiting for Environment Image to become available."
    " Check Environment Build Log in ML Studio Workspace or Workspace storage for potential"
    " failures. Image build summary: [N/A]. Environment info: Name: CliV2AnonymousEnvironment,"
    " Version: 'Ver', you might be able to find the build log under the storage account 'NAME' in"
    " the container 'CONTAINER_NAME' at the Path 'PATH/PATH/image_build_aggregate_log.txt'."
)
_PROBE = "User container has crashed or terminated: Liveness probe failed: HTTP probe failed with"

SERVICE = [
    Pasted(
        invalid(
            "InferencingClientCreateDeploymentFailed",
            **{
                "InferenceContainerConfiguration.ServingContainer.LivenessProbe.PeriodSeconds": [
                    _PERIOD
                ]
            },
        ),
        "InferencingClientCreateDeploymentFailed",
        (
            "The request is "
            "invalid.\nInferenceContainerConfiguration.ServingContainer.LivenessProbe"
            f".PeriodSeconds: {_PERIOD}"
        ),
        ("liveness_probe.period", "az ml endpoint validate"),
    ),
    Pasted(
        error(
            "NotFound",
            "The specified resource was not found.",
            detail("InferencingClientCallFailed", '{"title":"Not Found"}'),
        ),
        "InferencingClientCallFailed",
        "The specified resource was not found.\nNot Found",
        ("target", "az ml compute attach"),
    ),
    Pasted(
        invalid(
            "InferencingClientCallFailed",
            _=[
                (
                    "This endpoint has not been created successfully or is in deleting "
                    "provisioning state. Please recreate endpoint and then try again to create "
                    "deployment."
                )
            ],
        ),
        "InferencingClientCallFailed",
        "This endpoint has not been created successfully or is in deleting provisioning state.",
        ("az ml endpoint delete",),
    ),
    Pasted(
        error(
            "InferencingClientCallFailed",
            "The k8s-extension of the Kubernetes cluster is not connectable.",
        ),
        "InferencingClientCallFailed",
        "The k8s-extension of the Kubernetes cluster is not connectable.",
        ("az ml compute detach", "az ml compute attach", "kubectl get po -n azureml"),
    ),
    Pasted(
        error(
            "UserError",
            (
                "An endpoint with this name already exists. If you are trying to create a new "
                "endpoint, use a different name."
            ),
        ),
        "UserError",
        "An endpoint with this name already exists.",
        ("--name", "az ml endpoint list"),
    ),
    Pasted(
        error("BadArgument", _PULL),
        "BadArgument",
        _PULL,
        ("role AcrPull", "az role assignment create", "system_assigned"),
    ),
    Pasted(
        error(None, f"Startup task failed due to authorization error. {GUIDE}#error-badargument"),
        "BadArgument",
        "Startup task failed due to authorization error.",
        ("AcrPull", "Storage Blob Data Reader", "az role assignment create"),
    ),
    Pasted(
        error(
            None,
            (
                "(None) BadArgument: Unable to download user container image. "
                f"{GUIDE}#unable-to-download-user-container-image"
            ),
        ),
        "BadArgument",
        "Unable to download user container image.",
        ("environment.docker.image", "az acr repository show-tags"),
    ),
    Pasted(
        error("BadArgument", "Unable to download user model."),
        "BadArgument",
        "Unable to download user model.",
        ("Storage Blob Data Reader", "--container storage-initializer"),
    ),
    Pasted(
        error(None, f"(None) ResourceNotReady: {_PROBE} statuscode: 502."),
        "ResourceNotReady",
        f"{_PROBE} statuscode: 502.",
        ("az ml endpoint get-logs", "--local"),
    ),
    Pasted(
        error("ResourceNotReady", f"(None) ResourceNotReady: {_PROBE} statuscode: 502."),
        "ResourceNotReady",
        f"{_PROBE} statuscode: 502.",
        ("az ml endpoint get-logs",),
    ),
    Pasted(
        error("ResourceNotFound", _LATE),
        "ResourceNotFound",
        _LATE,
        ("az acr build", "environment.docker.image"),
    ),
    Pasted(
        error("ResourceNotFound", "Resource could not be found at the path given."),
        "ResourceNotFound",
        "Resource could not be found at the path given.",
        ("`environment`", "identity"),
    ),
    Pasted(
        error(
            "BadRequest",
            'The build log is available in the workspace blob store "wsstorage" under the path'
            f' "/azureml/ImageLogs/0f0f/build.log". {GUIDE}#error-imagebuildfailure',
        ),
        "ImageBuildFailure",
        'The build log is available in the workspace blob store "wsstorage"',
        ("azureml/ImageLogs", "conda_file", "--local"),
    ),
    Pasted(
        error(
            "ImageBuildFailure",
            "Image build failed due to container registry authorization failure.",
        ),
        "ImageBuildFailure",
        "Image build failed due to container registry authorization failure.",
        ("az ml workspace sync-keys",),
    ),
    Pasted(
        error(
            "ImageBuildFailure",
            "The build failed to communicate with the workspace's container registry.",
        ),
        "ImageBuildFailure",
        "The build failed to communicate with the workspace's container registry.",
        ("--image-build-compute",),
    ),
    Pasted(
        {
            "error": {
                "code": "BadRequest",
                "message": "The request is invalid.",
                "details": {
                    "code": "MissingDriverProgram",
                    "message": "Could not find driver program in the request.",
                    "details": [],
                },
            }
        },
        "MissingDriverProgram",
        "The request is invalid.\nCould not find driver program in the request.",
        ("code_configuration", "environment.inference_config", "scoring_route"),
    ),
    Pasted(
        error("InternalServerError", f"Internal error. {GUIDE}#error-internalservererror"),
        "InternalServerError",
        "Internal error.",
        ("support ticket",),
    ),
    Pasted(
        error(
            "BadArgument",
            "Invalid template function specification in the policy assignment 'tags'.",
        ),
        "BadArgument",
        "Invalid template function specification in the policy assignment 'tags'.",
        ("az policy assignment list",),
    ),
    Pasted(
        error(
            "WorkspaceManagedNetworkNotReady",
            "The managed network of the workspace is not provisioned.",
        ),
        "WorkspaceManagedNetworkNotReady",
        "The managed network of the workspace is not provisioned.",
        ("az ml workspace provision-network",),
    ),
    Pasted(
        error(
            "OperationCanceled",
            "Operation was canceled by another operation that has a higher priority.",
        ),
        "OperationCanceled",
        "Operation was canceled by another operation that has a higher priority.",
        ("same command again in a minute",),
    ),
    Pasted(
        error("SecretsInjectionError", "The identity has no right to read the secret."),
        "SecretsInjectionError",
        "The identity has no right to read the secret.",
        ("environment_variables", "Key Vault Secrets User"),
    ),
    Pasted(
        error("BadArgument", f"The request is not valid. {GUIDE}#error-badargument"),
        "BadArgument",
        "The request is not valid.",
        ("az ml endpoint get-logs", "roles"),
    ),
]
