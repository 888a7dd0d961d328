"""Files that commands write are none that they read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.cloud_world import CloudWorld
from tests.functional.in_process_az import Result, az

ONLINE = "endpoints/online"
FILE = f"{ONLINE}/managed/with-tests/endpoint.yml"
INPUTS = [
    FILE,
    f"{ONLINE}/model-1/sample-request.json",
    f"{ONLINE}/model-1/environment/environment.yml",
    f"{ONLINE}/model-1/environment/conda.yml",
    f"{ONLINE}/model-1/onlinescoring/score.py",
    f"{ONLINE}/model-1/model/sklearn_regression_model.pkl",
]
OTHER = "endpoints/online/managed/simple-flow/1-create-endpoint-with-blue.yml"
OFFICIAL_ENDPOINT = "$schema: https://azuremlschemas.azureedge.net/x.json\nname: houses\n"

pytestmark = pytest.mark.usefixtures("samples", "azure")


def plan(*arguments: str) -> Result:
    return az("ml", "endpoint", "plan", "-f", FILE, *arguments)


def junit(*arguments: str) -> Result:
    return az("ml", "endpoint", "test", "-f", FILE, *arguments)


@pytest.mark.parametrize(("command", "option"), [(plan, "--out"), (junit, "--junit")])
@pytest.mark.parametrize("target", INPUTS)
@pytest.mark.parametrize("yes", [(), ("--yes",)])
def test_nothing_overwrites_what_it_is_made_of(
    azure: CloudWorld,
    command: Callable[..., Result],
    option: str,
    target: str,
    yes: tuple[str, ...],
) -> None:
    before = Path(target).read_bytes()
    refused = command(option, target, *yes)
    assert refused.exit_code == 1
    assert "this command reads that file" in refused.stderr
    assert Path(target).read_bytes() == before
    assert azure.lines() == []


@pytest.mark.parametrize("command", [plan, junit])
@pytest.mark.parametrize(
    "spelled", ["gone/../{0}", "gone/deeper/../../{0}", "./{0}", "link-to-gone/../{0}"]
)
def test_nor_by_a_way_through_folders_that_are_not_there(
    command: Callable[..., Result], spelled: str
) -> None:
    Path("link-to-gone").symlink_to("gone")
    before = Path(FILE).read_bytes()
    option = "--out" if command is plan else "--junit"
    refused = command(option, spelled.format(FILE), "--yes")
    assert refused.exit_code == 1 and "this command reads that file" in refused.stderr
    assert Path(FILE).read_bytes() == before


@pytest.mark.parametrize("command", [plan, junit])
def test_a_file_of_another_kind_is_overwritten_with_yes_only(command: object) -> None:
    option = "--out" if command is plan else "--junit"
    before = Path(OTHER).read_bytes()
    refused = command(option, OTHER)  # type: ignore[operator]
    assert refused.exit_code == 1
    assert "is there already, and would be overwritten" in refused.stderr
    assert "--yes" in refused.stderr
    assert Path(OTHER).read_bytes() == before


def test_a_plan_is_written_over_a_plan_and_with_yes_over_anything() -> None:
    for target, yes in (("a.json", ()), ("a.json", ()), (OTHER, ("--yes",))):
        assert plan("--out", target, *yes).exit_code == 0
        assert '"plan"' in Path(target).read_text()


@pytest.mark.parametrize("spelled", ["endpoint.yml", "./endpoint.yml", "link.yml"])
def test_a_converted_file_is_not_overwritten_by_what_it_became(spelled: str) -> None:
    Path("endpoint.yml").write_text(OFFICIAL_ENDPOINT)
    Path("link.yml").symlink_to("endpoint.yml")
    refused = az("ml", "endpoint", "export", "--from", "endpoint.yml", "--out", spelled, "--yes")
    assert refused.exit_code == 1
    assert "this command reads that file" in refused.stderr
    assert Path("endpoint.yml").read_text() == OFFICIAL_ENDPOINT
