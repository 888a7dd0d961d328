"""Deployments of models that bring their own server, and of what is collected."""

from __future__ import annotations

from typing import Any

from tests.fakes.public_examples.example import (
    DEPLOYMENT,
    LOCAL_CODE,
    LOCAL_MODEL,
    OPENMPI,
    Data,
    Example,
    deployment,
    own_server,
    scored,
)
from tests.fakes.simulated_arm import WORKSPACE

_SMALL = "Standard_F2s_v2"
_SKLEARN = "sklearn-diabetes"
_MPI = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04"
_STORE = "azureml://datastores/workspaceblobstore/paths/modelDataCollector/my_endpoint/blue"
_ON: Data = {"enabled": "True"}
_UNDERSCORE = ("endpoint_name cannot be 'my_endpoint'",)
_FORMAT = "model_format is what type was called at first"
_DASH = {"my_endpoint": "my-endpoint"}
_ELSEWHERE = (
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/theirs/providers"
    "/Microsoft.MachineLearningServices/workspaces/exp"
)
_TEMPLATE = "azureml://registries/azureml-preview-test1"


def mlflow(name: str, path: str, version: int = 1) -> Data:
    return {"name": name, "version": version, "path": path, "type": "mlflow_model"}


def early(name: str, path: str, **more: Any) -> Data:
    return {"name": name, "version": 1, "local_path": path, **more}


def _collected(size: bool = True, **collector: Any) -> Data:
    """size: whether the file says its schema."""
    said = scored("", "scripts", _MPI, "model/conda.yaml")
    made = deployment(
        "blue", "my_endpoint", _SMALL, **{**said, "model": "azureml:iris_mlflow_model@latest"}
    )
    made["data_collector"] = collector
    return made if size else {key: each for key, each in made.items() if key != "$schema"}


def _data(name: str) -> Data:
    data = {"name": f"my_{name}_data_asset", "path": f"{_STORE}/{name}", "version": 1}
    return {**_ON, "data": data}


MODELS = (
    Example(
        "mlflow/lightgbm-deployment.yaml",
        deployment(
            "lightgbm-deployment",
            "my-endpoint",
            _SMALL,
            model=early("lightgbm-iris-mlflow-model", "lightgbm-iris/model", model_format="mlflow"),
        ),
        told=(_FORMAT, LOCAL_MODEL),
    ),
    Example(
        "mlflow/sklearn-deployment.yaml",
        deployment(
            "sklearn-deployment",
            "my-endpoint",
            _SMALL,
            model=early(
                "sklearn-diabetes-mlflow-model", f"{_SKLEARN}/model", model_format="mlflow"
            ),
        ),
        told=(_FORMAT, LOCAL_MODEL),
    ),
    Example(
        "mlflow/sklearn-deployment-vnet.yaml",
        deployment(
            "sklearn-deployment",
            "my-endpoint",
            _SMALL,
            model=early("sample-mlflow-sklearn-model", f"{_SKLEARN}/model"),
            environment="azureml:{environment-name}:{version}",
            code_configuration={
                "code": {"local_path": "mlflow-score"},
                "scoring_script": "score.py",
            },
        ),
        ("'azureml:{environment-name}:{version}' is no way to name an environment",),
        {"{environment-name}": "my-env", "{version}": "1"},
        (LOCAL_MODEL, LOCAL_CODE),
    ),
    Example(
        "mlflow/sklearn-deployment-with-script.yaml",
        deployment(
            "sklearn-deployment-script",
            "my-endpoint",
            "Standard_DS2_v2",
            **scored(
                mlflow("mir-sample-sklearn-mlflow-model", f"{_SKLEARN}/model"),
                f"{_SKLEARN}/src",
                OPENMPI,
                f"{_SKLEARN}/environment/conda.yml",
            ),
        ),
    ),
    Example(
        "mlflow-vnet/sklearn-deployment.yaml",
        deployment(
            "sklearn-deployment",
            "my-endpoint",
            _SMALL,
            model=early("mlflow-model-vnet", "model-vnet"),
            environment_variables={"MLFLOW_MODEL_FOLDER": "model-vnet"},
            environment="azureml:vnet-500:1",
        ),
        told=(LOCAL_MODEL,),
    ),
    Example(
        "ncd/lightgbm-deployment.yaml",
        deployment(
            "lightgbm-deployment",
            "my-endpoint",
            model=mlflow("mir-sample-lightgbm-ncd-model", "lightgbm-iris/model"),
        ),
    ),
    Example(
        "ncd/sklearn-deployment.yaml",
        deployment(
            "sklearn-deployment",
            "my-endpoint",
            model=mlflow("mir-sample-sklearn-ncd-model", f"{_SKLEARN}/model"),
        ),
    ),
    Example(
        "ncd/mlflow-from-catalog/deployment.yaml",
        deployment(
            "blue",
            "llama31-8b-instruct",
            "Standard_NC40ads_H100_v5",
            model="azureml:Meta-Llama-31-8B-Instruct:1",
        ),
    ),
    Example(
        "ncd/sklearn-deployment-with-image.yaml",
        deployment(
            "sklearn-image",
            "my-endpoint",
            model=mlflow("mir-sample-sklearn-mlflow-model", f"{_SKLEARN}/model"),
            environment={
                "image": "mcr.microsoft.com/azureml/mlflow-ubuntu20.04-py38-cpu-inference",
                "conda_file": f"{_SKLEARN}/environment/conda.yaml",
            },
            environment_variables={"MLFLOW_MODEL_FOLDER": "model"},
        ),
    ),
    Example(
        "ncd/sklearn-deployment-with-script.yaml",
        deployment(
            "sklearn-deployment-script",
            "my-endpoint",
            **scored(
                mlflow("mir-sample-sklearn-mlflow-model", f"{_SKLEARN}/model", 2),
                f"{_SKLEARN}/src",
                "mcr.microsoft.com/azureml/minimal-ubuntu22.04-py39-cpu-inference",
                f"{_SKLEARN}/environment/conda.yaml",
            ),
        ),
    ),
    Example(
        "deploy-with-packages/custom-model/deployment.yml",
        deployment(
            "with-package",
            "hello-packages",
            environment="azureml:sklearn-regression-online-pkg@latest",
        ),
    ),
    Example(
        "deploy-with-packages/custom-model/model-deployment.yml",
        deployment(
            "regular_deployment",
            "hello-packages",
            model="azureml:sklearn-regression@latest",
            environment="azureml:sklearn-regression-env@latest",
            code_configuration={"code": "src", "scoring_script": "score.py"},
        ),
        ("name cannot be 'regular_deployment'",),
        {"regular_deployment": "regular-deployment"},
    ),
    Example(
        "deploy-with-packages/mlflow-model/deployment.yml",
        deployment(
            "with-package",
            "heart-classifier",
            environment="azureml:heart-classifier-mlflow-pkg@latest",
        ),
    ),
    Example(
        "deploy-with-packages/mlflow-model/model-deployment.yml",
        deployment(
            "with-package-inline",
            "heart-classifier-mlflow",
            model="azureml:heart-classifier-mlflow@latest",
        ),
    ),
    Example(
        "data-collector/custom-blob-storage/custom-blob-storage.YAML",
        _collected(
            False,
            collections={
                "model_inputs": _data("model_inputs"),
                "model_outputs": _data("model_outputs"),
            },
        ),
        _UNDERSCORE,
        _DASH,
    ),
    Example(
        "data-collector/workspace-blob-storage/workspace-blob-storage-custom1.YAML",
        _collected(collections={"model_inputs": _ON, "model_outputs": _ON}),
        _UNDERSCORE,
        _DASH,
    ),
    Example(
        "data-collector/workspace-blob-storage/workspace-blob-storage-custom2.YAML",
        _collected(
            collections={
                "request": _ON,
                "response": _ON,
                "model_inputs": _ON,
                "model_outputs": _ON,
            },
            rolling_rate="hour",
            sampling_rate=1.0,
        ),
        _UNDERSCORE,
        _DASH,
    ),
    Example(
        "data-collector/workspace-blob-storage/workspace-blob-storage-payload1.YAML",
        _collected(False, collections={"request": _ON, "response": _ON}),
        _UNDERSCORE,
        _DASH,
    ),
    Example(
        "data-collector/workspace-blob-storage/workspace-blob-storage-payload2.YAML",
        _collected(
            False,
            collections={"request": _ON, "response": _ON},
            rolling_rate="hour",
            sampling_rate=1.0,
        ),
        _UNDERSCORE,
        _DASH,
    ),
    Example(
        "data_collector/data-storage-basic-OnlineDeployment.yaml",
        {
            "$schema": "http://azureml/sdk-2-0/OnlineDeployment.json",
            "endpoint_name": "my_endpoint",
            "name": "blue",
            "model": "azureml:my-model-m1:1",
            "environment": "azureml:env-m1:1",
            "data_collector": {
                "collections": {"request": {"enabled": True}, "response": {"enabled": True}}
            },
        },
        _UNDERSCORE,
        {**_DASH, "data_collector:": "instance_type: Standard_F2s_v2\ndata_collector:"},
    ),
    Example(
        "triton/single-model/create-managed-deployment.yaml",
        {
            **deployment("blue", "my-endpoint", "Standard_NC6s_v3"),
            "model": {
                "name": "sample-densenet-onnx-model",
                "version": 1,
                "path": "./models",
                "type": "triton_model",
            },
        },
    ),
    Example(
        "triton/single-model/create-managed-deployment-env.yaml",
        {
            "$schema": DEPLOYMENT,
            "name": "blue",
            "endpoint_name": "my-endpoint",
            "model": {
                "name": "sample-densenet-onnx-model",
                "version": 1,
                "path": "./models",
                "type": "triton_model",
            },
            "environment": own_server(
                "mcr.microsoft.com/mirror/nvcr/nvidia/tritonserver:23.03-py3",
                8000,
                "/v2/health/live",
                "/",
                ready="/v2/health/ready",
                name="triton-cc-env",
            ),
            "instance_count": 1,
            "instance_type": "Standard_DS3_v2",
        },
        told=("this environment has no version",),
    ),
    Example(
        "triton/single-model/create-managed-deployment-env-llm.yaml",
        deployment(
            "blue",
            "my-endpoint",
            "Standard_NC96ads_A100_v4",
            model=f"{_TEMPLATE}/models/NV-GPT-8B-4k/versions/1",
            environment=f"{_TEMPLATE}/environments/tme_genai_model_server_nemo8b/versions/1",
        ),
    ),
    Example(
        "triton/single-model/create-managed-deployment-env-clean.yaml",
        deployment(
            "blue",
            "my-endpoint",
            model=f"azureml:{_ELSEWHERE}/models/sample-densenet-onnx-model/versions/1",
            environment=f"azureml:{_ELSEWHERE}/environments/triton-cc-env/versions/4",
        ),
        fill={_ELSEWHERE: WORKSPACE.id},
    ),
    Example(
        "triton/single-model/create-managed-deployment-env-gpt2.yaml",
        deployment(
            "blue",
            "my-endpoint",
            "Standard_NC96ads_A100_v4",
            model={"name": "GPT-2B", "version": 1, "path": "./GPT-2B/", "type": "triton_model"},
            environment=own_server(
                "f713c34a3dbd45abb91f843ab890ce2f.azurecr.io/azureml-infer:23.10.v3",
                8000,
                "/v2/health/live",
                "/",
                ready="/v2/health/ready",
                name="beta-inf-prerelease",
            ),
        ),
        told=("this environment has no version",),
    ),
)
