"""What is collected on this machine, with the real server, the real package and the real `az`."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.fakes.interrupt import PATIENCE
from tests.integration.az import Az
from tests.integration.project import BASE_IMAGE, Project

SCRIPT = """
import json

import pandas
from azureml.ai.monitoring import Collector

def init():
    global inputs, outputs
    inputs, outputs = Collector(name="model_inputs"), Collector(name="model_outputs")

def run(data):
    rows = json.loads(data)["data"]
    context = inputs.collect(pandas.DataFrame(rows, columns=["area"]))
    prices = [row[0] * 2.5 for row in rows]
    outputs.collect(pandas.DataFrame({"price": prices}), context)
    return prices
"""
DEARER = SCRIPT.replace("2.5", "2.75")
ENVIRONMENT = {
    "conda_file": "dependencies: [python=3.11, pip, "
    "{pip: [azureml-inference-server-http, azureml-ai-monitoring]}]",
    "docker": {"image": BASE_IMAGE},
}
NAMES = ("model_inputs", "model_outputs", "request", "response")
COLLECTOR = {
    "collections": {name: {"enabled": True} for name in NAMES},
    "rolling_rate": "day",
    "request_logging": {"capture_headers": ["x-user"]},
}
ASKED = {"data": [[40], [100]]}
PRICES = [100.0, 250.0]


def described(folder: Path, script: str = SCRIPT) -> Path:
    project = Project(folder)
    deployment = project.deployment(
        script=script, environment=ENVIRONMENT, data_collector=COLLECTOR
    )
    return project.endpoint(deployment)


def lines(folder: Path, collection: str, count: int = 1) -> list[dict[str, Any]]:
    """Once there are so many: they are written after the answer."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        files = sorted((folder / collection).glob("*/*/*/*.jsonl"))
        found = [json.loads(each) for file in files for each in file.read_text().splitlines()]
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{collection}: {list(folder.rglob('*'))}")


def see_all_of_it(az: Az, runtime: str, folder: Path) -> None:
    name = f"it-{uuid4().hex[:12]}"
    options = f"--local --runtime {runtime} -n {name}"
    try:
        made = az(f"ml endpoint create {options} -f {described(folder)}", timeout=900).json
        collected = see_what_is_collected(made)
        see_it_again(az, options, folder, collected)
    finally:
        az(f"ml endpoint delete {options} --yes")
    assert lines(collected, "request")  # it is the user's
    shutil.rmtree(collected)  # whoever has written it


def see_what_is_collected(made: dict[str, Any]) -> Path:
    answer = requests.post(made["scoring_uri"], json=ASKED, headers={"x-user": "ann"}, timeout=60)
    assert answer.json() == PRICES
    folder = Path(made["deployments"][0]["collected_data"])
    assert folder.parts[-3:] == ("modelDataCollector", made["name"], "blue")
    (inputs,), (outputs,) = lines(folder, "model_inputs"), lines(folder, "model_outputs")
    assert inputs["data"] == [{"area": 40}, {"area": 100}]
    assert outputs["data"] == [{"price": 100.0}, {"price": 250.0}]
    assert inputs["correlationid"] == outputs["correlationid"]
    assert inputs["agent"].startswith("azureml-ai-monitoring/")
    assert inputs["collectdatatype"].endswith("DataFrame")  # pandas has moved it
    (request,), (response,) = lines(folder, "request"), lines(folder, "response")
    assert (request["data"], request["headers"]) == (ASKED, {"x-user": "ann"})
    assert response["data"] == PRICES
    return folder


def see_it_again(az: Az, options: str, folder: Path, collected: Path) -> None:
    replay = f"ml endpoint test {options} --from-collected {collected}"
    assert [each["outcome"] for each in az(replay).json] == ["passed"]
    az(f"ml endpoint update {options} -f {described(folder, DEARER)}", timeout=900)
    assert "expected [0] 100.0, got 110.0" in az(replay, expect=1).stderr
    # what is sent again is collected again
    prices = [each["data"][0]["price"] for each in lines(collected, "model_outputs", 4)]
    assert sorted(prices) == [100.0, 100.0, 110.0, 110.0]
    see_it_from_a_spare(az, options, described(folder), collected)


def see_it_from_a_spare(az: Az, options: str, file: Path, collected: Path) -> None:
    """A server that has waited for its code has its sidecar too."""
    uri = az(f"ml endpoint update {options} -f {file}", timeout=900).json["scoring_uri"]
    assert requests.post(uri, json={"data": [[2]]}, timeout=60).json() == [5.0]
    prices = [each["data"][0]["price"] for each in lines(collected, "model_outputs", 5)]
    assert 5.0 in prices


def test_in_processes(az: Az, tmp_path: Path) -> None:
    see_all_of_it(az, "process", tmp_path)


@pytest.mark.usefixtures("engine")
def test_in_docker(az: Az, tmp_path: Path) -> None:
    see_all_of_it(az, "docker", tmp_path)
