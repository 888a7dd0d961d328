"""Models and environments, registered by themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.builders import write_files
from tests.fakes.cloud_world import CloudWorld
from tests.functional.in_process_az import Result, az

pytestmark = pytest.mark.usefixtures("samples")

MODEL = "endpoints/online/model-1/model/sklearn_regression_model.pkl"
ENVIRONMENT = "endpoints/online/model-1/environment/environment.yml"
CONDA = "endpoints/online/model-1/environment/conda.yml"


def model(command: str, *arguments: str) -> Result:
    return az("ml", "model", command, *arguments)


def environment(command: str, *arguments: str) -> Result:
    return az("ml", "environment", command, *arguments)


def made(result: Result) -> Result:
    assert result.exit_code == 0, result.stderr
    return result


def test_a_model_from_options_is_uploaded_and_registered_once(azure: CloudWorld) -> None:
    create = ["create", "-n", "prices", "--version", "3", "--path", MODEL]
    shown = made(model(*create)).json
    assert (shown["name"], shown["version"]) == ("prices", "3")
    assert shown["path"].endswith("/sklearn_regression_model.pkl")
    assert shown["path"].startswith("azureml://subscriptions/")

    before = len(azure.writes())
    assert made(model(*create)).json == shown
    assert azure.writes()[before:] == []
    assert azure.simulator.journal.refused() == []


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("runs:/brave_run/model", "azureml://jobs/brave_run/outputs/artifacts/paths/model"),
        ("azureml://jobs/j/outputs/o/paths/model", "azureml://jobs/j/outputs/o/paths/model"),
        ("https://a.blob.core.windows.net/c/m.pkl", "https://a.blob.core.windows.net/c/m.pkl"),
        ("wasbs://c@a.blob.core.windows.net/m", "wasbs://c@a.blob.core.windows.net/m"),
    ],
)
def test_a_model_elsewhere_in_azure_is_registered_where_it_is(
    azure: CloudWorld, path: str, told: str
) -> None:
    text = f"name: prices\nversion: 1\npath: {path}\ntype: mlflow_model\nstage: Staging\n"
    write_files(Path(), {"model.yml": text})
    shown = made(model("create", "-f", "model.yml")).json
    assert (shown["path"], shown["type"]) == (told, "mlflow_model")
    assert azure.body("models/prices/versions/1")["properties"]["stage"] == "Staging"
    before = len(azure.writes())
    assert made(model("create", "-f", "model.yml")).json == shown
    assert azure.writes()[before:] == [] and azure.blobs.uploads == []


def test_a_model_of_triton_is_registered_as_one(azure: CloudWorld) -> None:
    text = "name: t\nversion: 1\npath: repository\ntype: triton_model\n"
    write_files(Path(), {"model.yml": text, "repository/densenet/1/model.onnx": "weights"})
    assert made(model("create", "-f", "model.yml")).json["type"] == "triton_model"


def test_a_model_from_a_file_takes_what_options_say_instead(azure: CloudWorld) -> None:
    write_files(Path(), {"model.yml": f"name: prices\nversion: 1\nlocal_path: {MODEL}\n"})
    shown = made(model("create", "-f", "model.yml", "-v", "2", "--set", "tags.team=houses")).json
    assert (shown["version"], shown["tags"]) == ("2", {"team": "houses"})


def test_a_version_never_changes_its_content(azure: CloudWorld) -> None:
    made(model("create", "-n", "prices", "-v", "1", "--path", MODEL))
    refused = model("create", "-n", "prices", "-v", "1", "--path", CONDA)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "prices:1" in refused.stderr and "version" in refused.stderr
    assert len([line for line in azure.writes() if line.startswith("PUT models")]) == 1


def test_show_takes_the_latest_version_where_none_is_named(azure: CloudWorld) -> None:
    for version in ("1", "2"):
        azure.clock.now += 1
        made(model("create", "-n", "prices", "-v", version, "--path", MODEL))
    assert model("show", "-n", "prices").json["version"] == "2"
    assert model("show", "-n", "prices", "--version", "1").json["version"] == "1"


def test_list_has_the_models_or_the_versions_of_one(azure: CloudWorld) -> None:
    made(model("create", "-n", "prices", "-v", "1", "--path", MODEL))
    made(model("create", "-n", "prices", "-v", "2", "--path", MODEL))
    assert [(each["name"], each["latest_version"]) for each in model("list").json] == [
        ("prices", "2")
    ]
    versions = model("list", "-n", "prices").json
    assert sorted(each["version"] for each in versions) == ["1", "2"]
    assert "prices  2" in model("list", "-o", "table").stdout


@pytest.mark.parametrize("command", [model, environment])
@pytest.mark.parametrize(
    "arguments", [["show"], ["show", "--version", "7"], ["delete", "--version", "7", "--yes"]]
)
def test_what_is_not_there_exits_3(
    azure: CloudWorld, command: Callable[..., Result], arguments: list[str]
) -> None:
    missing = command(*arguments, "-n", "cottages")
    assert (missing.exit_code, missing.stdout) == (3, "")
    assert "cottages" in missing.stderr


def test_a_deleted_version_is_gone(azure: CloudWorld) -> None:
    made(model("create", "-n", "prices", "-v", "1", "--path", MODEL))
    assert made(model("delete", "-n", "prices", "-v", "1", "--yes")).stdout == ""
    assert model("show", "-n", "prices", "-v", "1").exit_code == 3


def test_a_deletion_needs_a_version_and_a_creation_a_description(azure: CloudWorld) -> None:
    assert model("delete", "-n", "prices", "--yes").exit_code == 2
    nothing = model("create", "--version", "1")
    assert nothing.exit_code == 2
    assert "--file, or --name" in nothing.stderr
    pathless = model("create", "-n", "prices")
    assert pathless.exit_code == 1
    assert "a model needs" in pathless.stderr


def test_an_environment_from_options(azure: CloudWorld) -> None:
    create = ["create", "-n", "sklearn", "-v", "1", "--image", "ubuntu:22.04", "-c", CONDA]
    shown = made(environment(*create)).json
    assert (shown["name"], shown["version"], shown["image"]) == ("sklearn", "1", "ubuntu:22.04")
    assert "scikit-learn" in shown["conda_file"]
    before = len(azure.writes())
    assert made(environment(*create)).json == shown
    assert azure.writes()[before:] == []


def test_an_environment_from_a_file(azure: CloudWorld) -> None:
    shown = made(environment("create", "-f", ENVIRONMENT)).json
    assert shown["name"] == "diabetes-regression-env"
    assert [each["name"] for each in environment("list").json] == ["diabetes-regression-env"]


def test_an_environment_with_a_build_context(azure: CloudWorld) -> None:
    write_files(Path("context"), {"Dockerfile": "FROM ubuntu\nCOPY a /a\n", "a": "a"})
    shown = made(environment("create", "-n", "own", "-b", "context")).json
    assert shown["build"]["dockerfile_path"] == "Dockerfile"
    assert shown["build"]["path"].endswith("/context/")
    assert azure.simulator.journal.refused() == []


def test_an_environment_needs_a_name(azure: CloudWorld) -> None:
    write_files(Path(), {"env.yml": "image: ubuntu\n"})
    refused = environment("create", "-f", "env.yml")
    assert refused.exit_code == 1
    assert "--name" in refused.stderr
