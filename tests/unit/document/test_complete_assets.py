"""Models, code and environments, complete: named, and with absolute paths and whole texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from azext_ml_endpoint.document.complete import complete_environment, complete_model
from azext_ml_endpoint.document.model import Code, Environment, InferenceConfig, Model, Route
from azext_ml_endpoint.errors import FileAccessError
from tests.fakes.builders import write_files
from tests.unit.document import completed, project

# Models


UNNAMED = {"name": "blue", "anonymous": True}
MODEL = "-       name: my-model\n-       version: 1\n-       local_path: model.pkl\n"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("path: model.pkl", {**UNNAMED, "path": "model.pkl"}),
        ("{name: a, local_path: ./src/../model.pkl}", {"name": "a", "path": "model.pkl"}),
        ("{name: a, version: 2, local_path: src}", {"name": "a", "version": "2", "path": "src"}),
        (
            "{datastore: azureml:store, path: a/b}",
            {**UNNAMED, "datastore": "store", "datastore_path": "a/b"},
        ),
        (
            "{path: azureml://subscriptions/s/datastores/store/paths/a/b}",
            {**UNNAMED, "datastore": "store", "datastore_path": "a/b"},
        ),
        (
            "{local_path: model.pkl, flavors: {a: {b: [1]}}, tags: {c: 1}, description: D.}",
            {
                **UNNAMED,
                "path": "model.pkl",
                "flavors": {"a": {"b": [1]}},
                "tags": {"c": "1"},
                "description": "D.",
            },
        ),
    ],
)
def test_a_model_has_a_name_and_an_absolute_path(
    change: str, expected: dict[str, Any], folder: Path
) -> None:
    change = change if change.startswith("{") else f"{{{change}}}"
    deployment = completed.deployment(f"-     model:\n{MODEL}+     model: {change}\n", folder)
    if "path" in expected:
        expected = {**expected, "path": folder / expected["path"]}
    assert deployment.model == Model(**expected)


def test_a_model_that_is_a_link_keeps_its_name(folder: Path) -> None:
    (folder / "link.pkl").symlink_to("model.pkl")
    model = complete_model(project.tree("name: m\nversion: 1.2.3\nlocal_path: link.pkl\n", folder))
    assert model == Model(name="m", version="1.2.3", path=folder / "link.pkl")


def test_paths_start_from_the_file_that_holds_them(folder: Path) -> None:
    tree = project.tree("name: m\nlocal_path: model.pkl\n", folder / "models")
    assert complete_model(tree).path == folder / "models" / "model.pkl"


URIS = (
    "runs:/brave_run/model",
    "azureml://jobs/brave_run/outputs/artifacts/paths/model/",
    "azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/d/paths/a/model",
    "https://account.blob.core.windows.net/container/model.pkl",
    "wasbs://container@account.blob.core.windows.net/model.pkl",
)


@pytest.mark.parametrize("uri", URIS)
def test_a_model_may_be_anywhere_in_azure(folder: Path, uri: str) -> None:
    change = f"{{name: m, version: 1, path: '{uri}', stage: Production}}"
    found = completed.deployment(f"-     model:\n{MODEL}+     model: {change}\n", folder).model
    assert isinstance(found, Model)
    assert (found.uri, found.path, found.datastore, found.stage) == (uri, None, None, "Production")


def test_a_model_of_triton_needs_neither_script_nor_environment(folder: Path) -> None:
    write_files(folder, {"repository/densenet/1/model.onnx": "weights"})
    change = "{name: m, version: 1, local_path: repository, type: triton_model}"
    found = completed.deployment(f"-     model:\n{MODEL}+     model: {change}\n", folder).model
    assert isinstance(found, Model) and found.type == "triton_model"


# Code


CODE = "-       code:\n-         local_path: src\n"


@pytest.mark.parametrize(
    "code", ["src", "{path: src}", "{local_path: ./src/}", "file:src", "'file: ./src/'"]
)
def test_code_is_a_folder_in_every_spelling(code: str, folder: Path) -> None:
    deployment = completed.deployment(f"{CODE}+       code: {code}\n", folder)
    assert deployment.code == Code(path=folder / "src")


@pytest.mark.parametrize(
    "code",
    [
        "{path: a/src, datastore: azureml:store}",
        "{path: a/src, datastore: store}",
        "{path: 'azureml://datastores/store/paths/a/src'}",
    ],
)
def test_code_may_be_in_a_datastore(code: str, folder: Path) -> None:
    deployment = completed.deployment(f"{CODE}+       code: {code}\n", folder)
    assert deployment.code == Code(path=Path("a/src"), datastore="store")


def test_code_may_be_an_asset(folder: Path) -> None:
    asset = "{local_path: src, name: c, version: 3, description: D., tags: {a: 1}}"
    assert completed.deployment(f"{CODE}+       code: {asset}\n", folder).code == Code(
        path=folder / "src", name="c", version="3", description="D.", tags={"a": "1"}
    )


# Environments


FROM = "FROM ubuntu:22.04\n"


def _environment(text: str, folder: Path) -> Environment:
    return complete_environment(project.tree(text, folder))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image: a", {"image": "a"}),
        ("docker: {image: a}\npath: .", {"image": "a"}),
        (
            "docker: {build: {dockerfile: file:Dockerfile}}",
            {"dockerfile": FROM, "dockerfile_path": "Dockerfile", "context": "."},
        ),
        (
            "docker: {build: {dockerfile: Dockerfile}}\npath: src",
            {"dockerfile": FROM, "dockerfile_path": "Dockerfile", "context": "src"},
        ),
        (
            "docker: {build: {dockerfile: 'from a'}}",
            {"dockerfile": "from a", "context": "."},
        ),
        (
            "build: {path: src/.., dockerfile_path: Dockerfile}\npath: src",
            {"dockerfile": FROM, "dockerfile_path": "Dockerfile", "context": "."},
        ),
        ("build: {path: .}", {"dockerfile": FROM, "dockerfile_path": "Dockerfile", "context": "."}),
        (
            "image: a\nconda_file: bare.yml\nos_type: windows\ndescription: D.\ntags: {a: 1}",
            {
                "image": "a",
                "conda_file": "dependencies: [python]\n",
                "conda_path": "bare.yml",
                "os_type": "windows",
                "description": "D.",
                "tags": {"a": "1"},
            },
        ),
        (
            "image: a\nconda_file: '{dependencies: [python]}'",
            {"image": "a", "conda_file": "{dependencies: [python]}"},
        ),
        (
            "image: a\nname: e\nversion: 2021.8.1",
            {"image": "a", "name": "e", "version": "2021.8.1"},
        ),
    ],
)
def test_an_environment_has_texts_and_absolute_paths(
    text: str, expected: dict[str, Any], folder: Path
) -> None:
    for key in ("conda_path", "dockerfile_path", "context"):
        if key in expected:
            expected = {**expected, key: Path(folder, expected[key])}
    assert _environment(text, folder) == Environment(**expected)


def test_a_conda_mapping_becomes_a_text_in_its_order(folder: Path) -> None:
    text = "image: a\nconda_file: {name: z, channels: [b], dependencies: [c, {pip: [d]}]}"
    conda = _environment(text, folder).conda_file
    assert conda is not None
    assert yaml.safe_load(conda) == {
        "name": "z",
        "channels": ["b"],
        "dependencies": ["c", {"pip": ["d"]}],
    }
    assert conda.startswith("name: z\nchannels:")


def test_a_container_tells_its_routes(folder: Path) -> None:
    routes = "{liveness_route: {port: 1, path: /a}, readiness_route: {port: 2, path: /b},"
    text = f"image: a\ninference_config: {routes} scoring_route: {{port: 3, path: /c}}}}"
    assert _environment(text, folder).inference_config == InferenceConfig(
        liveness_route=Route(port=1, path="/a"),
        readiness_route=Route(port=2, path="/b"),
        scoring_route=Route(port=3, path="/c"),
    )


def test_a_file_that_vanished_is_an_error_that_says_so(folder: Path) -> None:
    tree = project.tree("image: a\nconda_file: conda.yml\n", folder)
    (folder / "conda.yml").unlink()
    with pytest.raises(FileAccessError) as caught:
        complete_environment(tree)
    assert caught.value.message == f"{folder / 'conda.yml'} does not exist"
