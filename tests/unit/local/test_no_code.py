"""An MLflow model without a script gets one, and its own packages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from azext_ml_endpoint.document.model import (
    Code,
    Deployment,
    Endpoint,
    Environment,
    InferenceConfig,
    Model,
    Reference,
    Route,
)
from azext_ml_endpoint.errors import FileAccessError, UnsupportedError
from azext_ml_endpoint.local import no_code
from tests.fakes.builders import write_files

SERVER = "azureml-inference-server-http"
CONDA = "dependencies:\n- python=3.9\n- pip:\n  - mlflow==2.9\n"
MLMODEL = "flavors:\n  python_function:\n    env: conda.yaml\n    loader_module: mine\n"


def folder(tmp_path: Path, mlmodel: str = MLMODEL, conda: str = CONDA) -> Path:
    write_files(tmp_path / "model", {"MLmodel": mlmodel, "conda.yaml": conda})
    return tmp_path / "model"


def completed(path: Path | None, **said: Any) -> Deployment:
    model = Model(name="rents", path=path)
    blue = Deployment(name="blue", **{"model": model, **said})
    (found,) = no_code.completed(Endpoint(name="houses", deployments=(blue,))).deployments
    return found


def conda_of(deployment: Deployment) -> Any:
    assert isinstance(deployment.environment, Environment)
    return yaml.safe_load(deployment.environment.conda_file or "")


def test_it_is_served_by_a_script_in_the_models_own_environment(tmp_path: Path) -> None:
    found = completed(folder(tmp_path))
    assert isinstance(found.code, Code) and found.code.digest
    assert (found.code.path / str(found.scoring_script)).is_file()
    assert isinstance(found.environment, Environment) and found.environment.digest
    assert found.environment.conda_path == tmp_path / "model/conda.yaml"
    assert conda_of(found) == {"dependencies": ["python=3.9", {"pip": ["mlflow==2.9", SERVER]}]}


def test_newer_models_name_several_kinds_of_environments(tmp_path: Path) -> None:
    named = "{conda: conda.yaml, virtualenv: python_env.yaml}"
    found = completed(folder(tmp_path, MLMODEL.replace("conda.yaml", named)))
    assert conda_of(found)["dependencies"][0] == "python=3.9"


@pytest.mark.parametrize("line", [SERVER, f"{SERVER}==1.3"])
def test_a_server_that_is_there_already_leaves_the_text_alone(tmp_path: Path, line: str) -> None:
    text = f"{CONDA}  - {line} # as it is\n"
    found = completed(folder(tmp_path, conda=text))
    assert isinstance(found.environment, Environment)
    assert found.environment.conda_file == text


def test_what_is_collected_needs_its_package(tmp_path: Path) -> None:
    collector = {"collections": {"model_inputs": {"enabled": True}}}
    found = completed(folder(tmp_path), data_collector=collector)
    asked = conda_of(found)["dependencies"][1]["pip"]
    assert asked == ["mlflow==2.9", SERVER, "azureml-ai-monitoring"]


def test_packages_of_conda_alone_get_a_section_of_pip(tmp_path: Path) -> None:
    found = completed(folder(tmp_path, conda="dependencies: [mlflow]\n"))
    assert conda_of(found)["dependencies"] == ["mlflow", {"pip": [SERVER]}]


def test_the_files_own_environment_stays(tmp_path: Path) -> None:
    own = Environment(image="mine", conda_file=CONDA)
    found = completed(folder(tmp_path), environment=own)
    assert isinstance(found.environment, Environment)
    assert (found.environment.image, found.scoring_script) == ("mine", no_code.SCRIPT)


def test_all_others_stay_as_they_are(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (tmp_path / "plain.pkl").write_text("a model")
    route = Route(port=1, path="/")
    config = InferenceConfig(liveness_route=route, readiness_route=route, scoring_route=route)
    others: list[dict[str, Any]] = [
        {"code": Code(path=tmp_path), "scoring_script": "score.py"},
        {"environment": Environment(image="own", inference_config=config)},
        {"model": Model(name="rents", path=tmp_path / "plain.pkl")},
        {"model": Model(name="rents", path=None)},
        {"model": Reference(text="rents:1", name="rents", version="1")},
        {"model": None},
    ]
    for said in others:
        found = completed(path, **said)
        assert (found.code, found.environment) == (said.get("code"), said.get("environment"))


@pytest.mark.parametrize(
    ("mlmodel", "conda", "message"),
    [
        ("flavors: {}\n", CONDA, "names no conda file"),
        ("flavors: {python_function: {env: {virtualenv: a}}}\n", CONDA, "names no conda file"),
        ("flavors: [\n", CONDA, "MLmodel cannot be read: .*line 1"),
        (MLMODEL, "dependencies: {\n", "conda.yaml cannot be read"),
        *(
            (MLMODEL.replace("conda.yaml", place), CONDA, "names a conda file that is not in it")
            for place in ("/etc/passwd", "../conda.yaml", "a/../../conda.yaml", "..")
        ),
        *(
            (MLMODEL, f"dependencies: {listed}\n", "conda.yaml lists no packages")
            for listed in ("mlflow", "[{pip: mlflow}]", "[{pip: [[mlflow]]}]", "[null]", "5")
        ),
        (MLMODEL, "- mlflow\n", "conda.yaml lists no packages"),
    ],
)
def test_a_model_that_does_not_say_what_it_needs_is_refused(
    tmp_path: Path, mlmodel: str, conda: str, message: str
) -> None:
    with pytest.raises(UnsupportedError, match=message) as refused:
        completed(folder(tmp_path, mlmodel, conda))
    assert "code_configuration" in str(refused.value.recommendation)


@pytest.mark.parametrize("place", ["gone.yaml", "''", "."])
def test_a_conda_file_that_cannot_be_read_has_a_next_step(tmp_path: Path, place: str) -> None:
    with pytest.raises(FileAccessError) as refused:
        completed(folder(tmp_path, MLMODEL.replace("conda.yaml", place)))
    assert "code_configuration" in str(refused.value.recommendation)


def test_a_section_of_pip_may_be_empty(tmp_path: Path) -> None:
    found = completed(folder(tmp_path, conda="dependencies: [mlflow, {pip: }]\n"))
    assert conda_of(found)["dependencies"] == ["mlflow", {"pip": [SERVER]}]


def test_what_is_written_is_what_the_file_said(tmp_path: Path) -> None:
    said = Deployment(name="blue", model=Model(name="rents", path=folder(tmp_path)))
    (found,) = no_code.completed(Endpoint(name="houses", deployments=(said,))).deployments
    assert no_code.as_written(found) == said
    own = replace(said, environment=Environment(image="mine", conda_file=CONDA))
    (found,) = no_code.completed(Endpoint(name="houses", deployments=(own,))).deployments
    assert isinstance(no_code.as_written(found).environment, Environment)
    assert no_code.as_written(found).code is None


def test_an_older_version_of_this_package_had_it_elsewhere(tmp_path: Path) -> None:
    elsewhere = Code(path=tmp_path / "gone/mlflow_server", digest="0")
    old = Deployment(name="blue", code=elsewhere, scoring_script=no_code.SCRIPT)
    assert no_code.as_written(old) == Deployment(name="blue")
