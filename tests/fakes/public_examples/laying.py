"""A published file as it would be found on disk, with something in the place of what it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.fakes.public_examples.example import Example, Plain

SCORE = """\
import json


def init():
    pass


def run(data):
    return json.loads(data)["data"]
"""
CONDA = """\
name: model-env
channels: [conda-forge]
dependencies:
  - python=3.11
  - pip: [azureml-inference-server-http, "scikit-learn==1.5.2"]
"""
MLMODEL = """\
flavors:
  python_function:
    env: conda.yaml
    loader_module: mlflow.sklearn
    model_path: model.pkl
    python_version: 3.11.0
"""
_ONLINE = Path("cli/endpoints/online")


def lay(example: Example, root: Path, *, filled: bool) -> Path:
    """The file, beside stand-ins for all that it names. filled: with the words of one's own."""
    file = root / _ONLINE / example.path.partition(",")[0]
    said = without_nothing(example.said)
    text = text_of(said)
    if filled:
        text = _replaced(text, example.fill or {})
        said = yaml.safe_load(text)
    _write(file, text)
    for each in deployments(said):
        _lay_parts(each, file.parent)
    return file


def without_nothing(said: Mapping[str, Any]) -> dict[str, Any]:
    """A fact that is None is none: another of the same making has the key."""
    return {key: each for key, each in said.items() if each is not None}


def deployments(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All of a file of 2021, the one of today's; none in an endpoint's."""
    listed = said.get("deployments", [said] if "auth_mode" not in said else [])
    return list(listed.values()) if isinstance(listed, dict) else list(listed)


def references(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is registered: ``models`` or ``environments``, and the reference."""
    for each in deployments(said):
        for key in ("model", "environment"):
            if isinstance(each.get(key), str):
                yield f"{key}s", each[key]


def text_of(said: Mapping[str, Any]) -> str:
    """YAML, in which a ``Plain`` stands as it came."""
    plain: list[str] = []
    text = yaml.safe_dump(_marked(said, plain), sort_keys=False, width=1000)
    for number, each in enumerate(plain):
        text = text.replace(_mark(number), each)
    return text


def _marked(said: Any, plain: list[str]) -> Any:
    if isinstance(said, Plain):
        plain.append(str(said))
        return _mark(len(plain) - 1)
    if isinstance(said, Mapping):
        return {key: _marked(each, plain) for key, each in said.items()}
    return [_marked(each, plain) for each in said] if isinstance(said, list) else said


def _mark(number: int) -> str:
    return f"plain-{number:03}-"


def _replaced(text: str, fill: Mapping[str, str]) -> str:
    for old, new in fill.items():
        text = text.replace(old, new)
    return text


def _lay_parts(deployment: Mapping[str, Any], folder: Path) -> None:
    code = deployment.get("code_configuration")
    if code:
        script = folder / _path(code["code"]) / code["scoring_script"]
        _write(script.with_name("other.py") if "<" in script.name else script, SCORE)
    if isinstance(deployment.get("model"), dict):
        _lay_model(deployment["model"], folder)
    if isinstance(deployment.get("environment"), dict):
        _lay_environment(deployment["environment"], folder)


def _lay_model(model: Mapping[str, Any], folder: Path) -> None:
    path = folder / _path(model)
    if model.get("type") == "mlflow_model" or model.get("model_format") == "mlflow":
        _write(path / "MLmodel", MLMODEL)
        _write(path / "conda.yaml", CONDA)
    elif model.get("type") == "triton_model":
        _write(path / "densenet/1/model.onnx", "weights")
    else:
        _write(path if path.suffix else path / "sklearn_regression_model.pkl", "weights")


def _lay_environment(environment: Mapping[str, Any], folder: Path) -> None:
    if "conda_file" in environment:
        _write(folder / environment["conda_file"].removeprefix("file:"), CONDA)
    if "build" in environment:
        build = environment["build"]
        _write(folder / build["path"] / build["dockerfile_path"], "FROM ubuntu:22.04\n")


def _path(said: Any) -> str:
    path: str = said if isinstance(said, str) else said.get("local_path") or said["path"]
    return path


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
