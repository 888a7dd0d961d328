"""What an MLflow model without a script lacks is told of before anything is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document.validate import validate
from tests.unit.document import project

ENDPOINT = """
name: houses
type: online
auth_mode: key
deployments:
  - name: blue
    model:
      name: prices
      local_path: mlflow-model
    instance_type: Standard_F2s_v2
    scale_settings: {scale_type: manual, instance_count: 1}
"""
SERVED_OTHERWISE = {
    "code": "    code_configuration: {code: {local_path: src}, scoring_script: score.py}\n",
    "environment": "    environment: azureml:mine:1\n",
}
PLACES = ("/etc/conda.yaml", "../conda.yaml", "a/../../conda.yaml")


def told(folder: Path, mlmodel: str, conda: str | None = None, more: str = "") -> list[str]:
    """``error MLmodel:1: …``, without the folder."""
    (folder / "mlflow-model" / "MLmodel").write_text(mlmodel)
    if conda is not None:
        (folder / "mlflow-model" / "conda.yaml").write_text(conda)
    found = validate(project.tree(ENDPOINT + more, folder))
    places = [f"{Path(each.place.file).name}:{each.place.line}" for each in found]
    return [
        f"{each.severity} {place}: {each.message}"
        for each, place in zip(found, places, strict=True)
    ]


def test_a_model_that_says_what_it_needs_is_sound(folder: Path) -> None:
    assert told(folder, project.MLMODEL) == []
    assert told(folder, "flavors: {python_function: {env: conda.yaml}}\n") == []


@pytest.mark.parametrize(
    ("mlmodel", "message"),
    [
        ("", "error MLmodel:1: the file is empty"),
        ("flavors: {\n", "error MLmodel:1: the text ends here"),
        ("- flavors\n", "warning MLmodel:1: MLmodel names no conda file"),
        ("flavors: {}\n", "warning MLmodel:1: MLmodel names no conda file"),
        (
            "flavors: {python_function: {env: {virtualenv: a}}}\n",
            "warning MLmodel:1: MLmodel names",
        ),
        ("flavors: {python_function: {env: gone.yaml}}\n", "error endpoint.yml:9: gone.yaml of"),
        *(
            (f"flavors: {{python_function: {{env: {each}}}}}", "error MLmodel:1: MLmodel names a")
            for each in PLACES
        ),
    ],
)
def test_a_model_that_does_not_is_told_of(folder: Path, mlmodel: str, message: str) -> None:
    (said,) = told(folder, mlmodel)
    assert said.startswith(message)


@pytest.mark.parametrize(
    ("path", "count"), [("mlflw-model", 1), ("gone/mlflow-model", 1), ("gone.pkl", 3), ("src", 2)]
)
def test_a_folder_that_is_not_there_may_be_one(folder: Path, path: str, count: int) -> None:
    found = validate(project.tree(ENDPOINT.replace("mlflow-model", path), folder))
    messages = [each.message for each in found]
    assert len(messages) == count
    assert any("does not exist" in each for each in messages) == (path != "src")


@pytest.mark.parametrize(
    ("conda", "message"),
    [
        ("dependencies: [\n", "error conda.yaml:1: the text ends here"),
        ("dependencies:\n- pip:\n  - -r requirements.txt\n", "error conda.yaml:3: pip[0]"),
        ("dependencies: 5\n", "error conda.yaml:1: dependencies must be a list"),
    ],
)
def test_its_conda_file_is_looked_at_as_any_other_is(
    folder: Path, conda: str, message: str
) -> None:
    (said,) = told(folder, project.MLMODEL, conda)
    assert said.startswith(message)


@pytest.mark.parametrize("more", ["code", "environment"])
def test_whoever_serves_it_otherwise_needs_no_conda_file_of_it(folder: Path, more: str) -> None:
    found = told(folder, "flavors: {}\n", more=SERVED_OTHERWISE[more])
    assert not any("MLmodel" in each for each in found)
