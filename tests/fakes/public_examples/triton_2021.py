"""Endpoints of 2021 for Triton's server, managed and on a cluster."""

from __future__ import annotations

from typing import Any

from tests.fakes.public_examples.example import Data, Example
from tests.fakes.public_examples.one_file import endpoint, manual

_IMAGE = "mcr.microsoft.com/azureml/tritonserver-21.02-py38-inference:20210525.1"
_OWN = "metricstestacr.azurecr.io/triton-base:3"
_MORE = {"AZUREML_EXTRA_REQUIREMENTS_TXT": "requirements.txt"}
_ONE = manual(1, bounds=False)
_AUTO = {"scale_type": "auto", "instance_count": 1}
_NOT_COUNTED = ("instance_count is for scale_type 'manual'",)


def _model(name: str, version: int = 1) -> Data:
    return {"name": name, "version": version, "local_path": "./models"}


def _environment(name: str, image: str = _IMAGE) -> Data:
    return {"name": name, "version": 1, "docker": {"image": image}}


def _deployment(model: Any, environment: Any, **said: Any) -> Data:
    return {
        "name": said.pop("name", "etblue"),
        "model": model,
        "code_configuration": {"code": {"local_path": "./code"}, "scoring_script": "dummy.py"},
        "environment": environment,
        **said,
    }


def _managed(path: str, name: str, deployment: Data) -> Example:
    traffic = {deployment["name"]: 100}
    return Example(f"triton/{path}.yml", endpoint(name, [deployment], traffic))


def _cluster(path: str, name: str, target: str, deployment: Data) -> Example:
    said = endpoint(name, [deployment], {"etblue": 100}, "Key", target=f"azureml:{target}")
    wrong = _NOT_COUNTED if deployment["scale_settings"] == _AUTO else ()
    return Example(f"triton/{path}.yml", said, wrong)


_MIR, _AKS = _environment("triton-mir-endpoint"), _environment("triton-aks-endpoint")
_SINGLE = _environment("single-env", _OWN)
_GPU, _CPU = "Standard_NC6s_v3", "Standard_F8s_v2"

TRITON = (
    _managed(
        "batching/create-endpoint-with-deployment-mir",
        "mir-deploy",
        _deployment(_model("bert"), _MIR, name="blue", scale_settings=_ONE, instance_type=_GPU),
    ),
    _managed(
        "single-model/create-endpoint-with-deployment-mir",
        "mir-deploy",
        _deployment(
            _model("densenet-onnx", 4), _MIR, name="blue", scale_settings=_ONE, instance_type=_GPU
        ),
    ),
    _managed(
        "ensemble/create-endpoint-with-deployment-mir",
        "mir-ensemble-model",
        _deployment(
            _model("bidaf-ensemble"),
            _MIR,
            environment_variables=_MORE,
            scale_settings=_ONE,
            instance_type=_CPU,
        ),
    ),
    _managed(
        "turing-ensemble/create-endpoint-with-deployment-mir",
        "mir-ensemble-model",
        _deployment(
            "azureml:bidaf-ensemble:2",
            _MIR,
            environment_variables=_MORE,
            scale_settings=_ONE,
            instance_type=_CPU,
        ),
    ),
    _managed(
        "multi-models/create-endpoint-with-deployment-mir",
        "mir-multi-model",
        _deployment(_model("multi-models"), _MIR, instance_type=_CPU),
    ),
    _managed(
        "multi-models/multi-endpoint-mir-gpu",
        "mir-multi-model",
        _deployment(
            "azureml:multi-models:2", _environment("mir-multi-env", _OWN), instance_type=_GPU
        ),
    ),
    _managed(
        "single-model/endpoint-mir",
        "mirsingle4",
        _deployment("azureml:densenet-onnx:1", _environment("single-env"), instance_type=_GPU),
    ),
    _managed(
        "single-model/endpoint-mir-gpu",
        "mirsingle4",
        _deployment("azureml:densenet-onnx:1", _SINGLE, instance_type=_GPU),
    ),
    _managed(
        "single-model/mir_gpu_deployment",
        "mirsingle4",
        _deployment("azureml:densenet-onnx:1", _SINGLE, instance_type=_GPU),
    ),
    _cluster(
        "ensemble/create-endpoint-with-deployment-aks",
        "aks-ensemble-model",
        "aks-gpu-deploy",
        _deployment(
            _model("bidaf-ensemble"), _AKS, environment_variables=_MORE, scale_settings=_ONE
        ),
    ),
    _cluster(
        "turing-ensemble/create-endpoint-with-deployment-aks",
        "aks-ensemble-model",
        "aks-gpu-deploy",
        _deployment(
            "azureml:bidaf-ensemble:2", _AKS, environment_variables=_MORE, scale_settings=_ONE
        ),
    ),
    _cluster(
        "multi-models/create-endpoint-with-deployment-aks",
        "aks-multi-model",
        "aks-gpu-deploy",
        _deployment(_model("multi-models"), _AKS, scale_settings=_ONE),
    ),
    _cluster(
        "single-model/create-endpoint-with-deployment-aks",
        "aks-deploy",
        "aks-gpu-deploy",
        _deployment(_model("densenet-onnx"), _AKS, scale_settings=_ONE),
    ),
    _cluster(
        "multi-models/deployment",
        "aks-multi-model",
        "aks-cpu",
        _deployment("azureml:multi-models:1", "azureml:turing-conda:7", scale_settings=_AUTO),
    ),
    _cluster(
        "multi-models/multi-endpoint-aks",
        "aks-multi-model",
        "aks-gpu-deploy",
        _deployment(
            "azureml:multi-models:2", _environment("aks-multi-env", _OWN), scale_settings=_AUTO
        ),
    ),
    _cluster(
        "single-model/endpoint-aks",
        "single-aks",
        "aks-gpu-deploy",
        _deployment("azureml:densenet-onnx:1", _SINGLE, scale_settings=_AUTO),
    ),
)
