"""Conda files that go with the public examples: what they name, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SCIPY_2021 = ("python=3.7", "numpy=1.21.2", "pip=21.2.4", "scikit-learn=0.24.2", "scipy=1.7.1")
_SCIPY = ("numpy=1.23.5", "pip=23.0.1", "scikit-learn=1.2.2", "scipy=1.10.1")
_SCHEMA = "inference-schema[numpy-support]"
_SERVER = "azureml-inference-server-http"


def _file(
    packages: tuple[str, ...],
    pip: tuple[str, ...],
    name: str = "model-env",
    *,
    channels: bool = True,
) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name}
    if channels:
        found["channels"] = ["conda-forge"]
    return {**found, "dependencies": [*packages, {"pip": list(pip)}]}


CONDA_FILES: Mapping[str, Mapping[str, Any]] = {
    "online/model-1/environment/conda.yml": _file(
        _SCIPY_2021, ("azureml-defaults==1.47.0", f"{_SCHEMA}==1.5", "joblib==1.0.1")
    ),
    "online/model-1/environment/conda.yaml": _file(
        ("python=3.9", *_SCIPY), (f"{_SERVER}==1.4.0", _SCHEMA, "joblib")
    ),
    "online/model-1/environment/conda-managedidentity.yaml": _file(
        ("python=3.12", "numpy=1.21.2", "pip=21.2.4", "scikit-learn=0.24.2", "scipy=1.7.1"),
        (f"{_SERVER}==1.4.0", "joblib==1.2.0", "azure-storage-blob==12.11", "azure-identity==1.7"),
    ),
    "online/managed/minimal/single-model-registered/env.yml": _file(
        ("python=3.12", *_SCIPY), (f"{_SERVER}==1.4.0", "joblib==1.2.0", _SERVER)
    ),
    "online/managed/vnet/sample/environment/conda.yaml": _file(
        ("python=3.9", *_SCIPY), ("joblib==1.2.0", "azureml-defaults==1.49.0")
    ),
    "online/managed/keyvault/env.yml": _file(
        ("python=3.10", "pip"),
        (_SERVER, "azure-identity", "azure-keyvault"),
        "userenv",
        channels=False,
    ),
    "online/managed/binary-payloads/env.yml": _file(
        ("python=3.12", "pip"),
        ("pillow~=9.3", "azureml-defaults>=1.47,<2"),
        "userenv",
        channels=False,
    ),
    "online/managed/inference-schema/env.yml": _file(
        ("python=3.10", "scikit-learn=1.2.2", "numpy", "pandas"),
        ("joblib", f"{_SERVER}==0.7.6", "inference-schema==1.4"),
        "amlex-infschema",
    ),
    "online/managed/openapi/env.yml": _file(
        ("python=3.10", "numpy=1.23", "pip=22", "scikit-learn=1.1.3"),
        ("joblib", f"{_SERVER}==0.7.6", "inference-schema==1.4", "Werkzeug==2.2.2"),
    ),
    "online/custom-container/streaming/env.yml": _file(
        _SCIPY_2021, ("azureml-defaults>=1.38.0", "joblib==1.0.1", _SERVER)
    ),
    "online/ncd/sklearn-diabetes/environment/conda.yaml": _file(
        ("python=3.12", "pip"),
        (
            "mlflow",
            "scikit-learn==1.2.2",
            "cloudpickle==2.2.1",
            "psutil==5.9.4",
            "pandas==2.0.0",
            _SERVER,
        ),
        "mlflow-env",
    ),
    "online/ncd/lightgbm-iris/model/conda.yaml": _file(
        ("python=3.12", "pip"),
        (
            "mlflow",
            "lightgbm==3.3.5",
            "pandas==2.0.0",
            "psutil==5.9.4",
            "typing-extensions==4.1.1",
            "numpy==1.26.4",
            _SERVER,
        ),
        "mlflow-env",
    ),
    "amlarc/model-1/environment/conda.yml": _file(
        _SCIPY_2021,
        (
            "itsdangerous<2.0,>=0.24",
            "azureml-defaults==1.38.0",
            f"{_SCHEMA}==1.3.0",
            "joblib==1.0.1",
        ),
    ),
    "online/triton/turing-ensemble/environment/conda.yml": _file(
        ("python=3.8.5", "pip"), ("nltk==3.6.2",), "bidaf-env"
    ),
}
WITHOUT_A_SERVER = ("online/triton/turing-ensemble/environment/conda.yml",)
"""Triton's own server is in the image."""
