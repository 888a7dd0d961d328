"""The sample of a language model in Azure, simulated: nothing of it is lost on the way."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from tests.fakes.cloud_world import CloudWorld
from tests.functional.in_process_az import az

LLM = "endpoints/online/llm"


@pytest.fixture(autouse=True)
def weights(samples: Path) -> None:
    runpy.run_path(f"{LLM}/make_weights.py")["main"](Path(f"{LLM}/model/tiny.gguf"))


@pytest.mark.parametrize("form", [["endpoint.yml"], ["two-files"]])
def test_the_sample_is_made_shown_and_exported_without_a_difference(
    azure: CloudWorld, form: list[str]
) -> None:
    files = [f"{LLM}/{each}" for each in form]
    traffic = ["--traffic", "blue:100"] if form == ["two-files"] else []
    made = az("ml", "endpoint", "apply", "-f", *files, *traffic, "--yes")
    assert made.exit_code == 0, made.stderr
    body = azure.body("onlineEndpoints/my-llm/deployments/blue")["properties"]
    assert body["modelMountPath"] == "/models"
    assert body["requestSettings"]["requestTimeout"] in ("PT3M", "PT180S")
    assert body["livenessProbe"]["initialDelay"] in ("PT10M", "PT600S")

    before = len(azure.writes())
    again = az("ml", "endpoint", "apply", "-f", *files, *traffic)
    assert "nothing to do" in again.stderr and azure.writes()[before:] == []
    exported = az("ml", "endpoint", "export", "-n", "my-llm", "--out", "exported.yml")
    assert exported.exit_code == 0, exported.stderr
    checked = az("ml", "endpoint", "plan", "-f", "exported.yml", "--detailed-exitcode")
    assert checked.exit_code == 0, checked.stderr
