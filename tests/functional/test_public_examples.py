"""Files that others have published are taken as they are, today's and those of 2021."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fakes.cloud_world import CloudWorld
from tests.fakes.foreign_tool import ForeignTool
from tests.fakes.public_examples import EXAMPLES, Example
from tests.fakes.public_examples.conda_files import CONDA_FILES, WITHOUT_A_SERVER
from tests.fakes.public_examples.flows import FLOWS, REQUEST
from tests.fakes.public_examples.laying import deployments, lay, references
from tests.functional.in_process_az import Result, az
from tests.simulator.world import World

NAME = "my-endpoint"
CLUSTERS = ("inferencecompute", "aks-gpu-deploy", "aks-cpu")
CURATED = "azureml://registries/azureml"
PREVIEW = "azureml://registries/azureml-preview-test1"
IN_REGISTRIES = {
    f"{CURATED}/environments/sklearn-1.1/versions/17",
    f"{PREVIEW}/models/nv-gpt-8b-4k/versions/1",
    f"{PREVIEW}/environments/tme_genai_model_server_nemo8b/versions/1",
}
FINDING = re.compile(r"(?P<warning>WARNING: )?[^ ]+:\d+:\d+: (?P<message>.+)")


def by_path(examples: Iterable[Example]) -> Any:
    return pytest.mark.parametrize("example", examples, ids=lambda each: each.path)


def is_useful(example: Example) -> bool:
    """Right as it stands, or once the words that stand for one's own are filled in."""
    return not example.wrong or example.fill is not None


@pytest.fixture
def names() -> World:
    known = World()
    assets = known.registry_assets | IN_REGISTRIES
    return replace(known, computes=(*known.computes, *CLUSTERS), registry_assets=assets)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def endpoint(command: str, *arguments: str, exit_code: int = 0) -> Result:
    made = az("ml", "endpoint", *command.split(), *arguments)
    assert made.exit_code == exit_code, made.stderr
    return made


def found(made: Result, *, warning: bool) -> list[str]:
    each = [match for line in made.stderr.splitlines() if (match := FINDING.fullmatch(line))]
    return [match["message"] for match in each if bool(match["warning"]) == warning]


def require_found(messages: list[str], expected: Iterable[str]) -> None:
    """Each of the expected ones, and no other."""
    for beginning in expected:
        (one,) = [each for each in messages if each.startswith(beginning)]
        messages.remove(one)
    assert messages == []


# What is found in it


@by_path(EXAMPLES)
def test_what_is_found_in_it_as_it_stands(root: Path, example: Example) -> None:
    file = lay(example, root, filled=False)
    made = endpoint("validate -f", str(file), exit_code=bool(example.wrong))
    require_found(found(made, warning=False), example.wrong)
    if not example.wrong:
        require_found(found(made, warning=True), example.told)


@by_path([each for each in EXAMPLES if each.fill is not None])
def test_filled_in_it_is_right(root: Path, example: Example) -> None:
    file = lay(example, root, filled=True)
    named = () if "name" in example.said else ("-n", NAME)
    made = endpoint("validate -f", str(file), *named)
    require_found(found(made, warning=True), example.told)


# What is made of it


def files_of(example: Example, root: Path, azure: CloudWorld) -> tuple[str, ...]:
    """The options for it, in its folder; what it names of others is there."""
    file = lay(example, root, filled=bool(example.fill))
    os.chdir(file.parent)
    said = yaml.safe_load(file.read_text())
    register(azure, said)
    if "auth_mode" in said:
        return "-f", file.name, *(() if "name" in said else ("-n", NAME))
    Path("its-endpoint.yml").write_text(yaml.safe_dump(endpoint_of(said)))
    return "-f", "its-endpoint.yml", "-f", file.name


def endpoint_of(deployment: dict[str, Any]) -> dict[str, Any]:
    compute = {"compute": f"azureml:{CLUSTERS[0]}"} if "type" in deployment else {}
    name = deployment.get("endpoint_name", NAME)
    return {"name": name, "auth_mode": "key", "traffic": {deployment["name"]: 100}, **compute}


def register(azure: CloudWorld, said: dict[str, Any]) -> None:
    tool = ForeignTool(azure.simulator)
    serves_itself = any("environment" not in each for each in deployments(said))
    of_model = {
        "modelUri": "https://elsewhere.example.com/model",
        "modelType": "mlflow_model" if serves_itself else "custom_model",
    }
    bodies = {"models": of_model, "environments": {"image": "ubuntu:22.04"}}
    for kind, reference in references(said):
        if not reference.startswith("azureml://"):
            name, version = parted(reference)
            tool.put(f"{kind}/{name}/versions/{version}", {"properties": bodies[kind]})


def parted(reference: str) -> tuple[str, str]:
    """Its name, and the version that it means."""
    found = re.search(r"([\w-]+)(?:/versions/|[:@])([\w-]+)$", reference)
    assert found is not None
    return found[1], found[2].replace("latest", "1")


@by_path([each for each in EXAMPLES if is_useful(each)])
def test_what_is_applied_is_no_difference(root: Path, azure: CloudWorld, example: Example) -> None:
    files = files_of(example, root, azure)
    azure.simulator.journal.clear()
    assert endpoint("plan", *files).json["has_changes"]
    assert azure.writes() == []
    endpoint("apply --yes", *files)
    assert azure.simulator.journal.refused() == []
    azure.simulator.journal.clear()
    assert "nothing to do" in endpoint("plan --detailed-exitcode", *files).stderr
    endpoint("apply", *files)
    assert azure.writes() == []


@by_path([each for each in EXAMPLES if is_useful(each) and "name" in each.said])
def test_in_the_other_format_and_back_it_says_the_same(
    root: Path, azure: CloudWorld, example: Example
) -> None:
    files = files_of(example, root, azure)
    endpoint("apply --yes", *files)
    given = [each for each in files if each != "-f"]
    one, two = str(root / "written" / "all.yml"), str(root / "todays")
    (root / "written").mkdir()
    if "deployments" in example.said:
        way = [("two-files", given, two), ("one-file", [two], one)]
    else:
        way = [("one-file", given, one), ("two-files", [one], two)]
    for form, source, out in way:
        endpoint("export --format", form, "--out", out, "--from", *source)
        endpoint("validate -f", out)
        assert "nothing to do" in endpoint("plan --detailed-exitcode -f", out).stderr


# On this machine, and in the scripts of their time


def is_for_any_machine(example: Example) -> bool:
    """What is registered in Azure stays out, and what a Triton server of Azure's serves."""
    said = [each for each in deployments(example.said) if each]
    parts = [each.get(key) for each in said for key in ("model", "environment")]
    is_local = not any(isinstance(each, str) for each in parts)
    return is_useful(example) and is_local and all(map(has_all, said))


def has_all(deployment: dict[str, Any]) -> bool:
    """A model of MLflow brings its environment."""
    model = deployment.get("model") or {}
    is_mlflow = model.get("type") == "mlflow_model" or model.get("model_format") == "mlflow"
    return "environment" in deployment or is_mlflow


@by_path([each for each in EXAMPLES if is_for_any_machine(each)])
def test_on_this_machine_it_is_no_difference_either(
    root: Path, azure: CloudWorld, example: Example
) -> None:
    files = files_of(example, root, azure)
    endpoint("apply --local --yes", *files)
    assert "nothing to do" in endpoint("plan --local --detailed-exitcode", *files).stderr


@pytest.mark.parametrize("flow", FLOWS)
def test_a_script_of_2021_runs_as_it_stands(root: Path, azure: CloudWorld, flow: str) -> None:
    for example in EXAMPLES:
        lay(example, root, filled=True)
    os.chdir(root / "cli/endpoints/online")
    Path(REQUEST).write_text('{"data": [[1, 2], [3, 4]]}')
    for command in FLOWS[flow]:
        endpoint(command.replace("ENDPOINT", NAME))
    assert endpoint("list").json == []
    assert azure.simulator.journal.refused() == []


# Conda files


@pytest.mark.parametrize("file", CONDA_FILES)
def test_a_conda_file_is_read_as_it_is(root: Path, file: str) -> None:
    example = next(each for each in EXAMPLES if each.path == "managed/sample/blue-deployment.yml")
    deployment = lay(example, root, filled=False)
    conda = deployment.parent / "../../model-1/environment/conda.yml"
    conda.write_text(yaml.safe_dump(dict(CONDA_FILES[file]), sort_keys=False))
    made = endpoint("validate -f", str(deployment))
    told = ["the conda file has no inference server in it"] if file in WITHOUT_A_SERVER else []
    require_found(found(made, warning=True), told)
