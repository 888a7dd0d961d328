"""What is there in Azure, whoever made it, under the hands of the real az."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.foreign_tool import (
    BLUE,
    COMPLETED,
    EVERYTHING,
    GREEN,
    HOUSES,
    MINIMAL,
    OTHERS,
    ForeignTool,
)
from tests.integration.azure import Azure
from tests.integration.conftest import FIRST_SAMPLE
from tests.integration.test_official_sdk import NAME, project, run_flow

__all__ = ["project"]  # a fixture
FILE = f"-n houses -f {FIRST_SAMPLE}"


def written(azure: Azure, command: str) -> list[str]:
    """What a command changes."""
    azure.simulator.journal.clear()
    azure.az(f"ml endpoint {command}")
    root = f"{azure.playground.world.workspace_id}/"
    return [
        f"{each.method} {each.path.removeprefix(root)}"
        for each in azure.simulator.journal.writes()
        if each.path.startswith(root)
    ]


@pytest.fixture
def made(azure: Azure) -> Azure:
    azure.az(f"ml endpoint create {FILE}")
    return azure


def test_what_this_tool_has_made_is_not_made_again_and_a_scale_change_is_one(
    made: Azure, tmp_path: Path
) -> None:
    tool = ForeignTool(made.simulator)
    assert "AZUREML_ENTRY_SCRIPT" in tool.get(BLUE)["properties"]["environmentVariables"]
    for command in ("create", "update", "apply", "plan --detailed-exitcode"):
        assert written(made, f"{command} {FILE}") == []
    before = tool.settled(BLUE)
    scale = "--set deployments[0].scale_settings.instance_count=3"
    assert written(made, f"update {FILE} {scale}") == [f"PATCH {BLUE}"]
    assert {**tool.settled(BLUE), "sku": 0} == {**before, "sku": 0}
    require_no_loss(made, tmp_path, "houses", HOUSES, BLUE)


@pytest.mark.parametrize(
    "deployment", [MINIMAL, EVERYTHING, COMPLETED], ids=["minimal", "everything", "template"]
)
def test_what_another_tool_has_made_is_exported_and_edited_without_loss(
    made: Azure, tmp_path: Path, deployment: dict[str, Any]
) -> None:
    ForeignTool(made.simulator).make(deployment)
    require_no_loss(made, tmp_path, "others", OTHERS, GREEN)


def test_what_the_official_sdk_has_made_is_exported_and_edited_without_loss(
    azure: Azure, project: Path, tmp_path: Path
) -> None:
    run_flow(azure.playground, project, "endpoint", "deployment", "registered", "split traffic")
    endpoint = f"onlineEndpoints/{NAME}"
    require_no_loss(azure, tmp_path, NAME, endpoint, f"{endpoint}/deployments/blue")


def require_no_loss(azure: Azure, folder: Path, name: str, endpoint: str, deployment: str) -> None:
    """An export loads, is valid and changes nothing; one tag through either way changes that."""
    tool, file = ForeignTool(azure.simulator), folder / "exported.yml"
    before, around = tool.settled(deployment), tool.settled(endpoint)
    azure.az(f"ml endpoint export -n {name} --out {file}")
    azure.az(f"ml endpoint validate -f {file}")
    azure.az(f"ml endpoint plan -f {file} --detailed-exitcode", expect=0)
    assert written(azure, f"apply -f {file}") == []
    azure.az(f"ml endpoint update -n {name} --set deployments[0].tags.one=1")
    azure.az(f"ml endpoint update -f {file} --set deployments[0].tags.two=2")
    after = tool.settled(deployment)
    assert after["tags"] == {**before["tags"], "one": "1", "two": "2"}
    assert {**after, "tags": 0} == {**before, "tags": 0}
    assert tool.settled(endpoint) == around
