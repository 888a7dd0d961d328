"""An MLflow model without a script, in both runtimes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.integration.az import Az
from tests.integration.conftest import SAMPLES


@pytest.fixture
def here(az: Az, tmp_path: Path) -> Az:
    return az.within(shutil.copytree(SAMPLES / "endpoints/online/mlflow", tmp_path / "mlflow"))


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
