"""A local data collector: what is shown, what is a difference, and what the gateway is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.memory_front import MemoryFront
from tests.functional.in_process_az import Result, az

BLUE = "endpoints/online/managed/simple-flow/1-create-endpoint-with-blue.yml"
COLLECTS = "deployments[blue].data_collector.collections"
ALL = ("--set", f"{COLLECTS}.request.enabled=true", f"{COLLECTS}.model_inputs.enabled=true")

pytestmark = pytest.mark.usefixtures("samples")


def endpoint(command: str, *arguments: str) -> Result:
    return az("ml", "endpoint", command, "--local", "-n", "houses", *arguments)


def steps(*arguments: str) -> list[str]:
    planned = endpoint("plan", "-f", BLUE, *arguments).json
    return [f"{each['title']}: {each['reason']}" for each in planned["steps"]]


def test_the_folder_is_shown_and_outlives_the_endpoint(home: Path) -> None:
    made = endpoint("create", "-f", BLUE, *ALL)
    assert made.exit_code == 0, made.stderr
    folder = home / "modelDataCollector" / "houses" / "blue"
    assert made.json["deployments"][0]["collected_data"] == str(folder)
    assert endpoint("show").json["deployments"][0]["collected_data"] == str(folder)
    (folder / "model_inputs").mkdir()
    endpoint("delete", "--yes")
    assert (folder / "model_inputs").is_dir()


def test_what_collects_nothing_shows_no_folder(home: Path) -> None:
    made = endpoint("create", "-f", BLUE).json
    assert "collected_data" not in made["deployments"][0]
    assert not (home / "modelDataCollector").exists()


def test_what_is_collected_is_a_difference() -> None:
    endpoint("create", "-f", BLUE)
    assert steps(*ALL) == ["update deployment blue: data_collector changed"]
    endpoint("apply", "-f", BLUE, *ALL)
    assert steps(*ALL) == []


def test_the_gateway_is_told_of_it(fronts: dict[str, MemoryFront], home: Path) -> None:
    endpoint("create", "-f", BLUE, *ALL)
    (target,) = fronts["docker"].routes["houses"].targets
    assert target.collects and target.collects.collections == ("request",)
