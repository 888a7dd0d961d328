"""MLflow models that come without a script: served here as Azure serves them.

There the service takes the model's own conda file, adds the inference server to it, and a script
that hands requests to MLflow, and collects what goes in and out. Here it is the same, with the
script in ``mlflow_server``. A deployment is completed right before it is planned, and put back
before it is written as a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from azext_ml_endpoint import content, disk
from azext_ml_endpoint.content import tree
from azext_ml_endpoint.document import mlflow
from azext_ml_endpoint.document.model import Code, Deployment, Endpoint, Environment, Model
from azext_ml_endpoint.errors import UnsupportedError

SCRIPT = "mlflow_score.py"
_FOLDER = Path(__file__).parent / "mlflow_server"
_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest"
_SERVER, _COLLECTOR = "azureml-inference-server-http", "azureml-ai-monitoring"
_MOST_BYTES = 10 << 20
_NEEDS_CODE = "Give code_configuration and environment in the file."


def completed(endpoint: Endpoint) -> Endpoint:
    """With code and environment, and their digests, where an MLflow model has come without.

    Raises UnsupportedError for a model that does not say what it needs, FileAccessError.
    """
    return replace(endpoint, deployments=tuple(map(_completed, endpoint.deployments)))


def as_written(deployment: Deployment) -> Deployment:
    """As its file has it: the opposite of :func:`completed`."""
    if not _is_ours(deployment):
        return deployment
    environment, model = deployment.environment, deployment.model
    conda = environment.conda_path if isinstance(environment, Environment) else None
    is_models = isinstance(model, Model) and conda and model.path in conda.parents
    return replace(
        deployment,
        code=None,
        scoring_script=None,
        environment=None if is_models else environment,
    )


def _completed(deployment: Deployment) -> Deployment:
    folder = _model_folder(deployment)
    if folder is None:
        return deployment
    packages = [_SERVER, *([_COLLECTOR] if deployment.data_collector else [])]
    environment = deployment.environment or _environment(folder, packages)
    added = content.identify_assets({"code": Code(path=_FOLDER), "environment": environment})
    return replace(deployment, scoring_script=SCRIPT, **added)


def _is_ours(deployment: Deployment) -> bool:
    """Whether it has the script of this package, or of another version of it."""
    code, script = deployment.code, deployment.scoring_script
    return isinstance(code, Code) and (code.path.name, script) == (_FOLDER.name, SCRIPT)


def _model_folder(deployment: Deployment) -> Path | None:
    """That of an MLflow model which nobody has said how to serve. Raises FileAccessError."""
    model, environment = deployment.model, deployment.environment
    serves_itself = isinstance(environment, Environment) and environment.inference_config
    if deployment.code or serves_itself or not isinstance(model, Model) or not model.path:
        return None
    return model.path if tree.is_mlflow(model.path) else None


def _environment(folder: Path, packages: Sequence[str]) -> Environment:
    file = folder / _conda_file(folder)
    return Environment(image=_IMAGE, conda_file=_with(packages, file), conda_path=file)


def _conda_file(folder: Path) -> str:
    """Where MLmodel says that it is."""
    found = mlflow.conda_file(_loaded(folder / mlflow.MLMODEL))
    if found is None:
        raise UnsupportedError(
            f"The MLflow model {folder} names no conda file for its python_function.", _NEEDS_CODE
        )
    if not mlflow.is_within(found):
        raise UnsupportedError(
            f"The MLflow model {folder} names a conda file that is not in it: {found}.", _NEEDS_CODE
        )
    return found


def _with(packages: Sequence[str], file: Path) -> str:
    """The text of the conda file, which asks for these packages too."""
    from azext_ml_endpoint.document import yaml_values

    said = _loaded(file)
    listed = said.get("dependencies")
    if not (isinstance(listed, list) and all(map(_is_known, listed))):
        raise UnsupportedError(f"{file} lists no packages as conda has them.", _NEEDS_CODE)
    missing = [each for each in packages if each not in str(listed)]
    if not missing:
        return _text(file)
    others = [each for each in listed if not _is_pip(each)]
    pip = [line for each in listed if _is_pip(each) for line in each["pip"] or []]
    whole = {**said, "dependencies": [*others, {"pip": [*pip, *missing]}]}
    return yaml_values.dump(whole)


def _is_known(entry: Any) -> bool:
    lines = (entry["pip"] or []) if _is_pip(entry) else [entry]
    return isinstance(lines, list) and all(isinstance(each, str) for each in lines)


def _is_pip(entry: Any) -> bool:
    return isinstance(entry, Mapping) and "pip" in entry


def _loaded(file: Path) -> Mapping[str, Any]:
    from azext_ml_endpoint.document import yaml_values

    try:
        said = yaml_values.load(_text(file))
    except ValueError as error:
        raise UnsupportedError(f"{file} cannot be read: {error}", _NEEDS_CODE) from error
    return said if isinstance(said, Mapping) else {}


def _text(file: Path) -> str:
    return disk.read(file, _MOST_BYTES, _NEEDS_CODE).decode("utf-8", "replace")
