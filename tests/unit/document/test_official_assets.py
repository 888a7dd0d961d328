"""Models, code and environments of the official files: types, versions, and where they are.

The files are those of :mod:`.official_files`, changed in one place.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import Environment, Model, Reference
from tests.fakes.builders import write_files
from tests.unit.document.official_files import (
    BLUE,
    CLUSTER,
    ENDPOINT,
    ON_CLUSTER,
    blue_of,
    loaded,
    told,
)

SUBSCRIPTION = "subscriptions/00000000-0000-0000-0000-000000000001"
WORKSPACE = "providers/Microsoft.MachineLearningServices/workspaces/ws"
ARM = f"/{SUBSCRIPTION}/resourceGroups/rg/{WORKSPACE}"


def model_of(folder: Path, text: str) -> Model:
    model = blue_of(folder, text).model
    assert isinstance(model, Model)
    return model


# Types


@pytest.mark.parametrize("kind", ["mlflow_model", "MLFLOW_MODEL", "Mlflow_Model", "MlflowModel"])
def test_a_model_of_mlflow_stays_one_however_its_type_is_written(folder: Path, kind: str) -> None:
    model = model_of(folder, BLUE.replace("custom_model", kind))
    assert model.flavors == {"python_function": {}}


@pytest.mark.parametrize("kind", ["custom", "mlflow", "triton"])
def test_the_first_name_of_a_models_type_is_known(folder: Path, kind: str) -> None:
    files = {"triton": "densenet/1/model.onnx", "mlflow": "MLmodel"}
    write_files(folder, {f"model/{files.get(kind, 'model.pkl')}": "flavors: {}\n"})
    text = BLUE.replace("./model.pkl", "model")
    later = text.replace("custom_model", f"{kind}_model")
    assert "type: custom_model" in text
    text = text.replace("type: custom_model", f"model_format: {kind}")
    (line,) = told(folder, ENDPOINT, text)
    assert "model_format is what type was called at first" in line
    first = loaded(folder, ENDPOINT, text).require().deployments
    assert first == loaded(folder, ENDPOINT, later).require().deployments


def test_both_names_of_a_models_type_are_one_too_many(folder: Path) -> None:
    text = BLUE.replace("type: custom_model", "type: custom_model\n  model_format: custom")
    assert "'model_format' is no key of a model" in "".join(told(folder, ENDPOINT, text))


def test_empty_flavors_make_no_custom_model(folder: Path) -> None:
    model = model_of(folder, BLUE.replace("custom_model", "mlflow_model\n  flavors: {}"))
    assert model.flavors == {"python_function": {}}


@pytest.mark.parametrize("kind", ["triton_model", "Triton_Model", "TRITON_MODEL", "TritonModel"])
def test_a_model_of_triton_is_one_however_its_type_is_written(folder: Path, kind: str) -> None:
    write_files(folder, {"repository/densenet/1/model.onnx": ""})
    text = BLUE.replace("custom_model", kind).replace("./model.pkl", "repository")
    assert told(folder, ENDPOINT, text) == []
    assert model_of(folder, text).type == "triton_model"


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        ("mlfow_model", "; did you mean 'mlflow_model'?"),
        ("costum_model", "; did you mean 'custom_model'?"),
        ("onnx", ""),
        ("5", ""),
        ("[mlflow_model]", ""),
    ],
)
def test_unknown_types_of_models_are_refused(folder: Path, kind: str, meant: str) -> None:
    (finding,) = told(folder, ENDPOINT, BLUE.replace("custom_model", kind))
    assert finding.startswith("error: 2.yml:7:3: type must be 'custom_model' or 'mlflow_model' or")
    assert finding.removesuffix(" (model.type)").endswith(meant)


@pytest.mark.parametrize("kind", ["custom_model", "Custom_Model"])
def test_flavors_of_a_custom_model_contradict_it(folder: Path, kind: str) -> None:
    text = BLUE.replace("custom_model", f"{kind}\n  flavors: {{sklearn: {{}}}}")
    (finding,) = told(folder, ENDPOINT, text)
    assert finding.startswith("error: 2.yml:8:3: flavors are of a model of type mlflow_model only")


# Versions


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("  type: custom_model", "  name: prices"), "2.yml:7:3: this model has no version"),
        (("  type: custom_model", "  name: prices\n  version:"), "2.yml:7:3: this model has no"),
        (("  image:", "  name: sklearn\n  image:"), "2.yml:12:3: this environment has no version"),
    ],
)
def test_a_version_that_would_be_counted_up_is_told_of(
    folder: Path, change: tuple[str, str], place: str
) -> None:
    (finding,) = told(folder, ENDPOINT, BLUE.replace(*change))
    assert finding.startswith(f"warning: {place}")
    assert "here it is version 1" in finding


def test_a_model_without_a_name_has_no_version(folder: Path) -> None:
    assert model_of(folder, BLUE).anonymous
    (finding,) = told(folder, ENDPOINT, BLUE.replace("  type: custom_model", "  version: 3"))
    assert finding.startswith("error: 2.yml:7:3: a model that has a version needs a name")
    (finding,) = told(folder, ENDPOINT, BLUE.replace("  image:", "  version: 3\n  image:"))
    assert finding.startswith("warning: 2.yml:12:3: version is left out")


@pytest.mark.parametrize(
    ("written", "version"),
    [("1.0", "1.0"), ("1", "1"), ("'1'", "1"), ("2026.1", "2026.1"), ("0.5", "0.5")],
)
def test_versions_are_text(folder: Path, written: str, version: str) -> None:
    text = BLUE.replace("  type: custom_model", f"  name: prices\n  version: {written}")
    model = model_of(folder, text)
    assert (model.version, model.anonymous) == (version, False)
    text = BLUE.replace("  image:", f"  name: sklearn\n  version: {written}\n  image:")
    environment = blue_of(folder, text).environment
    assert isinstance(environment, Environment) and environment.version == version


# Where things are


@pytest.mark.parametrize(
    "path",
    [
        f"azureml://{SUBSCRIPTION}/resourcegroups/rg/workspaces/ws/datastores/store/paths/a/b",
        f"azureml://{SUBSCRIPTION}/resourceGroups/rg/workspaces/ws/datastores/store/paths/a/b",
        f"azureml://{SUBSCRIPTION}/resourceGroups/rg/{WORKSPACE}/datastores/store/paths/a/b",
    ],
)
def test_a_datastore_of_another_workspace_does_not_become_ours(folder: Path, path: str) -> None:
    model = model_of(folder, BLUE.replace("./model.pkl", path))
    assert model.datastore is None
    assert str(model.uri).endswith("/resourcegroups/rg/workspaces/ws/datastores/store/paths/a/b")
    findings = told(folder, ENDPOINT, BLUE.replace("code: src", f"code: {{path: '{path}'}}"))
    (finding,) = (each for each in findings if "path is in the workspace 'ws'" in each)
    assert finding.startswith("error: 2.yml:9:10: ")
    (finding,) = told(folder, ENDPOINT, BLUE.replace("code: src", f"code: {path}"))
    assert finding.startswith("error: 2.yml:9:9: ") and "is no way to name a code" in finding


def test_a_datastore_of_no_named_workspace_is_the_one_of_ours(folder: Path) -> None:
    model = model_of(folder, BLUE.replace("./model.pkl", "azureml://datastores/store/paths/a/b"))
    assert (model.datastore, model.datastore_path) == ("store", "a/b")


@pytest.mark.parametrize(
    "written",
    [
        f"azureml://{SUBSCRIPTION}/resourceGroups/rg/workspaces/ws/",
        f"azureml://{SUBSCRIPTION}/resourcegroups/rg/{WORKSPACE}/",
        f"azureml:{SUBSCRIPTION}/resourceGroups/rg/{WORKSPACE}/",
        f"azureml:/{SUBSCRIPTION}/resourceGroups/rg/{WORKSPACE}/",
        f"/{SUBSCRIPTION}/resourceGroups/rg/{WORKSPACE}/",
    ],
)
def test_ids_of_every_spelling_are_arms(folder: Path, written: str) -> None:
    text = (
        ON_CLUSTER.replace("azureml:prices", f"{written}models/m/versions/1")
        .replace("azureml:sklearn@latest", f"{written}environments/e/versions/2")
        .replace(
            "scale_settings",
            f"code_configuration: {{code: '{written}codes/c/versions/3', "
            "scoring_script: score.py}\nscale_settings",
        )
    )
    endpoint = CLUSTER.replace("azureml:aks", f"{written}computes/aks")
    read = loaded(folder, endpoint, text)
    assert read.findings == ()
    houses = read.require()
    (blue,) = houses.deployments
    assert blue.model == Reference(text=f"{ARM}/models/m/versions/1", name="m", version="1")
    environment = f"{ARM}/environments/e/versions/2"
    assert blue.environment == Reference(text=environment, name="e", version="2")
    assert blue.code == Reference(text=f"{ARM}/codes/c/versions/3", name="c", version="3")
    assert houses.target == Reference(text=f"{ARM}/computes/aks", name="aks")
