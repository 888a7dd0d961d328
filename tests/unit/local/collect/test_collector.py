"""What a server is given that its script can collect data."""

from __future__ import annotations

import ast
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document.model import Deployment
from azext_ml_endpoint.errors import FileAccessError
from azext_ml_endpoint.local.collect import collector, sidecar
from azext_ml_endpoint.local.collect.collector import Whose
from azext_ml_endpoint.local.gateway import events
from azext_ml_endpoint.local.runtime import Collector
from azext_ml_endpoint.local.simulating import SimulatingDriver
from tests.fakes.builders import deployment, endpoint
from tests.fakes.driving import begin, serve
from tests.fakes.memory_runtime import MemoryRuntime

SCRIPTS = {"collections": {"model_inputs": {"enabled": True}, "idle": {"enabled": False}}}


def blue(**changes: Any) -> Deployment:
    return deployment("blue", data_collector={**SCRIPTS, **changes})


def given(home: Path, wanted: Deployment, *, container: bool = False) -> Collector:
    found = collector.of(wanted, Whose(home, "Houses", container))
    assert found
    return found


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize("said", [None, {}, {"collections": {"request": {"enabled": True}}}])
def test_whose_script_collects_nothing_is_given_nothing(tmp_path: Path, said: Any) -> None:
    wanted = deployment("blue", data_collector=said)
    assert collector.of(wanted, Whose(tmp_path, "houses", True)) is None
    assert list(tmp_path.iterdir()) == []


def test_the_package_is_told_in_its_own_words(tmp_path: Path) -> None:
    program = Path(given(tmp_path, blue(sampling_rate=0.25)).program)
    assert json.loads((program / "mdc-config.json").read_text()) == {
        "collections": {"model_inputs": {"enabled": True, "sampleRatePercentage": 25.0}},
        "runMode": "cloud",
    }


def test_a_container_may_write_there_whoever_it_runs_as(tmp_path: Path) -> None:
    made = given(tmp_path, blue(), container=True)
    folder, program = Path(made.folder), Path(made.program)
    assert mode(folder) == 0o777
    assert mode(folder.parent) == mode(program.parent) == 0o700
    assert mode(program) == 0o755
    settings = json.loads((program / "settings.json").read_text())
    assert (settings["port"], settings["umask"]) == (50011, 0)


def test_what_a_process_collects_is_its_owners(tmp_path: Path) -> None:
    made = given(tmp_path, blue(rolling_rate="minute"))
    assert mode(Path(made.folder)) == 0o700
    assert json.loads((Path(made.program) / "settings.json").read_text()) == {
        "port": 0,
        "source": "/onlineEndpoints/Houses/deployments/blue",
        "rolling": "minute",
        "umask": 0o077,
    }


def test_the_same_is_the_same_folder_and_another_is_another(tmp_path: Path) -> None:
    made = given(tmp_path, blue())
    assert given(tmp_path, blue()) == made
    assert given(tmp_path, blue(sampling_rate=0.5)).program != made.program
    assert len(list(Path(made.program).parent.iterdir())) == 2


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "collectors").touch()
    with pytest.raises(FileAccessError):
        collector.of(blue(), Whose(tmp_path, "houses", False))


@pytest.mark.parametrize("file", [sidecar.__file__, events.__file__])
def test_what_runs_on_a_servers_python_runs_on_an_old_one(file: str) -> None:
    """And needs nothing but what is laid beside it."""
    tree = ast.parse(Path(file).read_text(), feature_version=(3, 8))
    beside = {"azext_ml_endpoint.local.gateway", events.__name__}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            name = str(node.module)
            assert name in beside or name.partition(".")[0] in sys.stdlib_module_names


# The driver


def test_an_instance_is_given_it_and_the_end_takes_it_away(
    driver: SimulatingDriver, runtime: MemoryRuntime, blue: Deployment, home: Path
) -> None:
    serve(driver, replace(blue, data_collector=SCRIPTS))
    (spec,) = (each for each in runtime.specs.values() if each.collector)
    assert spec.collector and Path(spec.collector.program).is_dir()
    kept = Path(spec.collector.folder) / "model_inputs"
    kept.mkdir()
    driver._delete_endpoint("houses")
    assert not (home / "collectors" / "houses").exists()
    assert kept.is_dir()


def test_another_share_is_another_instance(driver: SimulatingDriver) -> None:
    begin(driver, endpoint())
    assert "data_collector" in driver.counted("houses")
