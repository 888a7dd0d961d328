"""An MLflow model without a script, in both runtimes."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.fakes.interrupt import PATIENCE
from tests.integration.az import Az
from tests.integration.conftest import SAMPLES

COLLECTED = """\
    data_collector:
      collections:
        model_inputs: {enabled: true}
        model_outputs: {enabled: true}
"""


@pytest.fixture
def here(az: Az, tmp_path: Path) -> Az:
    return az.within(shutil.copytree(SAMPLES / "endpoints/online/mlflow", tmp_path / "mlflow"))


@pytest.fixture
def new_process_endpoint(here: Az) -> Iterator[str]:
    name = f"it-{uuid4().hex[:12]}"
    yield name
    here(f"ml endpoint delete --local --runtime process -n {name} --yes", expect=None)


def lines(folder: Path) -> list[dict[str, Any]]:
    """Once there is one: it is written after the answer."""
    deadline = time.monotonic() + PATIENCE
    while not (files := list(folder.rglob("*.jsonl"))) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [json.loads(each) for file in files for each in file.read_text().splitlines()]


def test_what_goes_in_and_out_is_collected(here: Az, new_process_endpoint: str) -> None:
    where = f"--local --runtime process -n {new_process_endpoint}"
    (here.cwd / "endpoint.yml").open("a").write(COLLECTED)
    made = here(f"ml endpoint create {where} -f endpoint.yml", timeout=600).json
    here(f"ml endpoint invoke {where} --request-file sample-request.json")
    folder = Path(made["deployments"][0]["collected_data"])
    (into,), (out,) = lines(folder / "model_inputs"), lines(folder / "model_outputs")
    assert into["data"] == [{"rooms": 2, "metres": 50.0}, {"rooms": 4, "metres": 100.0}]
    assert [list(row.values()) for row in out["data"]] == [[775.0], [1350.0]]
    assert into["correlationid"] == out["correlationid"]


@pytest.mark.parametrize("runtime", ["process", "docker"])
def test_it_is_served_with_what_it_brings(
    here: Az, endpoint: str, runtime: str, tmp_path: Path
) -> None:
    where = f"--local --runtime {runtime} -n {endpoint}"
    here(f"ml endpoint create {where} -f endpoint.yml", timeout=600)
    invoke = f"ml endpoint invoke {where}"
    assert here(f"{invoke} --request-file sample-request.json --check").json == [775.0, 1350.0]
    table = {"columns": ["rooms", "metres"], "data": [[2, 50.0]]}
    body = json.dumps({"input_data": table, "params": {"currency": "CHF"}})
    assert here([*invoke.split(), "--data", body]).json == [387.5]
    refused = here([*invoke.split(), "--data", "{}"], expect=1)
    assert "input_data" in refused.stderr

    assert "nothing to do" in here(f"ml endpoint update {where} -f endpoint.yml").stderr
    colour = "--set deployments[Blue].environment_variables.COLOUR=red"
    here(f"ml endpoint update {where} {colour}", timeout=600)
    here(f"ml endpoint export {where} --out {tmp_path / 'mlflow/again.yml'}")
    again = (tmp_path / "mlflow/again.yml").read_text()
    assert "COLOUR: red" in again and "code" not in again and "environment:" not in again


MLMODEL = """\
flavors:
  python_function: {code: code, env: {conda: conda.yaml}, loader_module: echo}
signature:
  inputs: '%s'
"""
MLMODEL_OF_TEXT = """\
flavors:
  transformers: {}
  python_function: {code: code, env: {conda: conda.yaml}, loader_module: echo}
"""
ECHO = """\
class Echo:
    def predict(self, given):
        arrays = given if hasattr(given, "items") else {"": given}
        return {
            name: str(getattr(each, "dtype", type(each).__name__)) for name, each in arrays.items()
        }


def _load_pyfunc(path):
    return Echo()
"""


def tensor(kind: str, **named: str) -> dict[str, object]:
    return {"type": "tensor", "tensor-spec": {"dtype": kind, "shape": [-1, 2]}, **named}


SIGNATURES: dict[str, tuple[list[dict[str, object]], object, dict[str, str]]] = {
    "halves": ([tensor("float32")], [[1, 2.5]], {"": "float32"}),
    "bytes": ([tensor("uint8")], [[1, 2]], {"": "uint8"}),
    "named": (
        [tensor("float32", name="a"), tensor("float64", name="b")],
        {"a": [[1, 2]], "b": [[1, 2]]},
        {"a": "float32", "b": "float64"},
    ),
    "times": (
        [{"type": "datetime", "name": "at"}, {"type": "double", "name": "x"}],
        {"columns": ["at", "x"], "index": [0], "data": [["2026-01-02T03:04:05", 1]]},
        {"at": "datetime64[ns]", "x": "float64"},
    ),
    "words": ([], ["hello", "there"], {"": "list"}),
    "number": ([], 5, {"": "int64"}),
}
"""By deployments: what a signature says of the input, a request's, and what the model gets.

Without a signature they are models of text.
"""


def test_models_get_the_types_that_their_signatures_say(
    here: Az, endpoint: str, tmp_path: Path
) -> None:
    deployments = []
    for name, (inputs, _, _) in SIGNATURES.items():
        model = shutil.copytree(tmp_path / "mlflow/model", tmp_path / f"mlflow/{name} é")
        said = MLMODEL % json.dumps(inputs) if inputs else MLMODEL_OF_TEXT
        (model / "MLmodel").write_text(said)
        (model / "code/echo.py").write_text(ECHO)
        deployments.append({"name": name, "instance_type": "F2", "model": {"path": f"{name} é"}})
    wanted = {"name": endpoint, "auth_mode": "key", "deployments": deployments}
    (tmp_path / "mlflow/typed.yml").write_text(json.dumps(wanted))
    where = f"--local --runtime process -n {endpoint}"
    here(f"ml endpoint create {where} -f typed.yml", timeout=600)
    for name, (_, given, types) in SIGNATURES.items():
        body = json.dumps({"input_data": given})
        asked = f"ml endpoint invoke {where} -d {name} --data"
        assert here([*asked.split(), body]).json == types
