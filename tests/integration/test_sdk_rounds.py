"""Rounds of this tool and the official SDK over the same files: each sees what the other has made.

The SDK says what differs, and what it changes is what is planned, and nothing besides.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.cloud.wire import values
from tests.integration.azure import Azure
from tests.integration.conftest import SDK_PYTHON, cannot_run
from tests.integration.test_official_sdk import IMAGE, project
from tests.integration.test_todays_files import bodies, send

__all__ = ["project"]  # a fixture

PROGRAM = Path(__file__).parent / "official_sdk" / "rounds.py"
NAME = "houses"
ADDRESS = "https://azuremlschemas.azureedge.net/latest"
Data = dict[str, Any]
PROBE = {"initial_delay": 30, "period": 20, "timeout": 5, "failure_threshold": 7}
RESOURCES = {
    "requests": {"cpu": "0.5", "memory": "0.5Gi"},
    "limits": {"cpu": "1", "memory": "1Gi"},
}


def deployment(name: str, **said: Any) -> Data:
    return {
        "name": name,
        "endpoint_name": NAME,
        "model": {"path": "../model/"},
        "code_configuration": {"code": "../code", "scoring_script": "score.py"},
        "environment": {"conda_file": "../conda.yml", "image": IMAGE},
        "environment_variables": {"CURRENCY": "EUR", "LEVEL": "info"},
        "request_settings": {"request_timeout_ms": 60_000},
        "liveness_probe": PROBE,
        "tags": {"team": "prices"},
        "instance_count": 1,
        **said,
    }


def managed(name: str, **said: Any) -> Data:
    schema = f"{ADDRESS}/managedOnlineDeployment.schema.json"
    return {"$schema": schema, **deployment(name, instance_type="Standard_DS3_v2", **said)}


def on_cluster(name: str) -> Data:
    schema = f"{ADDRESS}/kubernetesOnlineDeployment.schema.json"
    said = deployment(name, type="kubernetes", resources=RESOURCES)
    return {"$schema": schema, **said}


@dataclass(frozen=True)
class Round:
    """changes: what the SDK changes. planned: the keys of the files that differ from then on.

    left: what no file says, and stays here, while it is a default to the SDK.
    """

    endpoint: Data
    deployments: tuple[Data, ...]
    split: Data
    changes: Mapping[str, Data]
    planned: frozenset[str]
    left: frozenset[str] = frozenset()

    def write(self, folder: Path, *, split: bool = True) -> tuple[Path, ...]:
        """split: whether the endpoint's file says the traffic."""
        folder.mkdir(exist_ok=True)
        more = self.split if split else {}
        said = {"endpoint": {"name": NAME, "auth_mode": "key", **self.endpoint, **more}}
        said |= {each["name"]: each for each in self.deployments}
        for name, each in said.items():
            (folder / f"{name}.yml").write_text(json.dumps(each))
        return tuple(folder / f"{name}.yml" for name in said)


ROUNDS = {
    "managed": Round(
        {"$schema": f"{ADDRESS}/managedOnlineEndpoint.schema.json", "tags": {"made": "here"}},
        (managed("blue"),),
        {"traffic": {"blue": 100}},
        {
            "endpoint": {"tags": {"made": "there"}},
            "blue": {"instance_count": 3, "environment_variables": {"CURRENCY": "USD"}},
        },
        frozenset(
            {
                "tags.made",
                "deployments[blue].scale_settings.instance_count",
                "deployments[blue].environment_variables.CURRENCY",
                "deployments[blue].environment_variables.LEVEL",
            }
        ),
    ),
    "on Kubernetes": Round(
        {"compute": "azureml:aks-test", "description": "Prices of houses"},
        (on_cluster("blue"),),
        {"traffic": {"blue": 100}},
        {"blue": {"tags": {"team": "others"}, "app_insights_enabled": True}},
        frozenset({"deployments[blue].tags.team"}),
        frozenset({"blue.yml: app_insights_enabled"}),
    ),
    "mirrored": Round(
        {"public_network_access": "disabled"},
        (managed("blue"), managed("green", app_insights_enabled=True)),
        {"traffic": {"blue": 100}, "mirror_traffic": {"green": 10}},
        {"endpoint": {"mirror_traffic": {"green": 20}}, "green": {"description": "theirs"}},
        frozenset({"mirror_traffic.green"}),
    ),
}


@pytest.fixture(params=ROUNDS)
def each(request: pytest.FixtureRequest) -> Round:
    return ROUNDS[request.param]


def official(azure: Azure, folder: Path, verb: str, *rest: str | Path) -> Any:
    if not SDK_PYTHON.exists():
        cannot_run(f"there is no {SDK_PYTHON}; scripts/test makes it")
    answers = folder / "answers.json"
    done = subprocess.run(
        [SDK_PYTHON, PROGRAM, answers, verb, *rest],
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **azure.playground.variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{done.stdout}\n--- stderr\n{done.stderr}"
    return json.loads(answers.read_text())


def differing(before: Any, after: Any, at: str = "") -> Iterator[str]:
    """Where two bodies are not the same, however they spell it."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before.keys() | after.keys():
            yield from differing(before.get(key), after.get(key), f"{at}.{key}")
    elif _meaning(before) != _meaning(after):
        yield f"{at}: {before} -> {after}"


def _meaning(value: Any) -> Any:
    """A minute is PT1M to the SDK, and PT60S here."""
    try:
        return values.milliseconds(value)
    except (TypeError, ValueError):
        return str(value).lower()


def require_no_difference(azure: Azure, folder: Path, files: tuple[Path, ...]) -> None:
    """The SDK reads none, and what it makes of the files is what is there."""
    assert official(azure, folder.parent, "difference", *files) == {}
    before = bodies(azure, NAME)
    send(azure, folder)
    assert list(differing(before, bodies(azure, NAME))) == []
    assert [str(entry) for entry in azure.simulator.journal.refused()] == []


def test_applied_twice_nothing_is_written_and_the_sdk_finds_no_difference(
    azure: Azure, project: Path, each: Round
) -> None:
    files = each.write(project / "cloud")
    options = " ".join(f"-f {file}" for file in files)
    azure.az(f"ml endpoint apply --yes {options}")
    azure.simulator.journal.clear()
    azure.az(f"ml endpoint apply {options}")
    assert azure.simulator.journal.writes() == []
    require_no_difference(azure, project / "cloud", files)
    azure.az(f"ml endpoint plan {options} --detailed-exitcode", expect=0)


def test_a_round_of_both_tools(azure: Azure, project: Path, each: Round) -> None:
    folder = project / "cloud"
    each.write(folder, split=False)
    send(azure, folder)
    files = each.write(folder)
    send(azure, folder)
    options = " ".join(f"-f {file}" for file in files)
    azure.simulator.journal.clear()
    azure.az(f"ml endpoint apply {options}")
    assert azure.simulator.journal.writes() == []

    official(azure, project, "change", NAME, json.dumps(each.changes))
    planned = azure.az(f"ml endpoint plan {options} --detailed-exitcode", expect=2).json
    changes = [one for step in planned["steps"] for one in step["changes"]]
    assert {one["path"] for one in changes} == each.planned

    out = project / "exported" / "cloud"
    azure.az(f"ml endpoint export -n {NAME} --format two-files --out {out}")
    azure.az(f"ml endpoint plan -f {out} --detailed-exitcode", expect=0)
    names = ["endpoint", *(one["name"] for one in each.deployments)]
    require_no_difference(azure, out, tuple(out / f"{name}.yml" for name in names))
    azure.az(f"ml endpoint apply --yes {options}")
    assert official(azure, project, "difference", *files).keys() == each.left
