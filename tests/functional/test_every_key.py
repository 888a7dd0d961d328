"""Every key, in both kinds of endpoint: made, planned, changed, shown, exported, and read again.

A key that has no values here is named by the last tests.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from azext_ml_endpoint.cloud.wire import keys
from azext_ml_endpoint.document import schemas, spelling
from azext_ml_endpoint.document.model import ENDPOINT_KEYS, PLAIN, SECTIONS, TEXTS
from tests.fakes.cloud_world import CloudWorld
from tests.fakes.foreign_tool import ForeignTool
from tests.fakes.simulated_arm import WORKSPACE
from tests.functional.in_process_az import Result, az
from tests.simulator.world import REGISTRY

Data = dict[str, Any]
BOTH = ("managed", "kubernetes")
KUBERNETES = ("kubernetes",)
AUTO = {"scale_settings": {"scale_type": "auto", "min_instances": 1, "max_instances": 4}}
MANUAL = {"scale_settings": {"scale_type": "manual", "instance_count": 1}}
IDENTITY = (
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity"
    "/userAssignedIdentities/scorer"
)
COLLECTED = "azureml://datastores/workspaceblobstore/paths/collected"
IMAGE = "mcr.microsoft.com/azureml/minimal:latest"
CONDA = {"name": "env", "dependencies": ["python=3.11", {"pip": ["numpy==2.0.0"]}]}
ROUTES = {
    "liveness_route": {"port": 8080, "path": "/live"},
    "readiness_route": {"port": 8081, "path": "/ready"},
    "scoring_route": {"port": 8080, "path": "/score"},
}


@dataclass(frozen=True)
class Case:
    """A place in a deployment or an endpoint, and two values for it, neither a default.

    other: None where it is settled when the thing is made. beside: what it needs around it.
    """

    path: str
    value: Any
    other: Any = None
    kinds: tuple[str, ...] = BOTH
    beside: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> tuple[str, ...]:
        return tuple(self.path.split("."))


def probe(name: str) -> list[Case]:
    values = {
        "initial_delay": (1400, 20),  # seconds: a large model takes its time
        "period": (21, 22),
        "timeout": (30, 31),
        "failure_threshold": (300, 32),
    }
    found = [Case(f"{name}.{key}", *pair) for key, pair in values.items()]
    # of a liveness probe it is always 1
    pair = (1, None) if name == "liveness_probe" else (2, 3)
    return [*found, Case(f"{name}.success_threshold", *pair)]


def collector(**changes: Any) -> Data:
    return {"collections": {"model_inputs": {"enabled": True}}, **changes}


DEPLOYMENT: tuple[Case, ...] = (
    Case("scoring_script", "score.py", "other.py"),
    Case("environment_variables", {"LEVEL": "debug"}, {"LEVEL": "info", "MORE": "1.10"}),
    Case("instance_type", "Standard_F4s_v2"),
    Case("scale_settings.scale_type", "manual", "auto", KUBERNETES, AUTO),
    Case("scale_settings.instance_count", 2, 3, BOTH, MANUAL),
    Case("scale_settings.min_instances", 2, 3, KUBERNETES, AUTO),
    Case("scale_settings.max_instances", 5, 6, KUBERNETES, AUTO),
    Case("scale_settings.polling_interval", 11, 12, KUBERNETES, AUTO),
    Case("scale_settings.target_utilization_percentage", 71, 72, KUBERNETES, AUTO),
    Case("request_settings.request_timeout_ms", 90_000, 1_500),
    Case("request_settings.max_concurrent_requests_per_instance", 5, 6),
    Case("request_settings.max_queue_wait_ms", 60_000, 250, KUBERNETES),
    *probe("liveness_probe"),
    *probe("readiness_probe"),
    *probe("startup_probe"),
    Case("resource_requirements.cpu", 0.5, 1.5, KUBERNETES),
    Case("resource_requirements.memory_in_gb", 0.5, 2, KUBERNETES),
    Case("resource_requirements.gpu", 1, 2, KUBERNETES),
    Case("resource_requirements.cpu_cores_limit", 1, 2, KUBERNETES),
    Case("resource_requirements.memory_in_gb_limit", 1.5, 2, KUBERNETES),
    Case("app_insights_enabled", True, False),
    Case("model_mount_path", "/models", "/opt/models"),
    Case("egress_public_network_access", "disabled", "enabled"),
    Case("description", "one", "two"),
    Case("tags", {"a": "1"}, {"a": "2", "b": "yes"}),
    Case("properties", {"private-network-connection": "true"}, {"more": "1"}),
    Case("data_collector", collector(), collector(sampling_rate=0.5)),
    Case("data_collector.rolling_rate", "day", "minute", beside={"data_collector": collector()}),
    Case(
        "data_collector.request_logging",
        {"capture_headers": ["x-trace"]},
        {"capture_headers": ["x-trace", "x-user"]},
        beside={"data_collector": collector()},
    ),
    Case(
        "data_collector.collections",
        {"inputs": {"enabled": True, "data": {"name": "in", "path": COLLECTED}}},
        {"inputs": {"enabled": True, "data": {"name": "in", "version": "2", "path": COLLECTED}}},
    ),
    Case(
        "data_collector.collections",
        {"inputs": {"enabled": False}},
        {"inputs": {"enabled": True}, "outputs": {"enabled": True, "client_id": "c"}},
    ),
)
ENDPOINT: tuple[Case, ...] = (
    Case("auth_mode", "aad_token"),
    Case("auth_mode", "aml_token", "key"),
    Case("public_network_access", "disabled", "enabled"),
    Case("description", "one"),  # whether it can be changed, nobody has seen
    Case("tags", {"a": "1"}, {"a": "2", "b": "yes"}),
    Case("properties", {"a": "1"}, {"a": "1", "b": "2"}),
    Case("mirror_traffic", {"blue": 10}, {"blue": 50}),
    Case("traffic", {"blue": 100}, {"blue": 0}),
    Case("location", "eastus2"),
    Case("identity", {"type": "none"}),
    Case(
        "identity",
        {
            "type": "system_assigned,user_assigned",
            "user_assigned_identities": [{"resource_id": IDENTITY}],
        },
    ),
    Case(
        "identity",
        {"type": "user_assigned", "user_assigned_identities": [{"resource_id": IDENTITY}]},
    ),
)
ENVIRONMENTS: Mapping[str, Any] = {
    "an image": {"image": IMAGE},
    "an image, as in 2021": {"docker": {"image": IMAGE}},
    "packages within": {"image": IMAGE, "conda_file": CONDA},
    "packages as a text": {"image": IMAGE, "conda_file": yaml.safe_dump(CONDA)},
    "packages in a file": {"image": IMAGE, "conda_file": "conda.yml"},
    "packages in a file, as in 2021": {"image": IMAGE, "conda_file": "file:conda.yml"},
    "a context": {"build": {"path": "context"}},
    "a Dockerfile in a context": {"build": {"path": "context", "dockerfile_path": "other"}},
    "a Dockerfile, as in 2021": {"docker": {"build": {"dockerfile": "file:context/Dockerfile"}}},
    "a Dockerfile as a text": {"docker": {"build": {"dockerfile": f"FROM {IMAGE}\n"}}},
    "a server of its own": {"image": IMAGE, "inference_config": ROUTES},
    "a server that starts slowly": {
        "image": IMAGE,
        "inference_config": {**ROUTES, "startup_route": {"port": 8081, "path": "/started"}},
    },
    "a server of its own, built": {"build": {"path": "context"}, "inference_config": ROUTES},
    "a name": {"name": "own", "version": "1", "image": IMAGE, "description": "d", "tags": {"a": 1}},
    "an operating system": {"image": IMAGE, "os_type": "windows"},
    "one in a file": "file:environment.yml",
    "a registered one": "azureml:known:1",
    "a registered one by its label": "azureml:known@latest",
    "a curated one": f"{REGISTRY}/environments/sklearn-1.5/versions/1",
    "a curated one by its label": f"{REGISTRY}/environments/sklearn-1.5/labels/latest",
}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    for folder in ("src", "context"):
        (tmp_path / folder).mkdir()
    for script in ("score.py", "other.py"):
        (tmp_path / "src" / script).write_text("def init(): ...\ndef run(data): return data\n")
    (tmp_path / "model.pkl").write_bytes(b"weights")
    (tmp_path / "conda.yml").write_text(yaml.safe_dump(CONDA))
    (tmp_path / "environment.yml").write_text(json.dumps({"image": IMAGE, "tags": {"a": "b"}}))
    for name in ("Dockerfile", "other"):
        (tmp_path / "context" / name).write_text(f"FROM {IMAGE}\nLABEL of={name}\n")


def done(command: str, *arguments: str, exit_code: int = 0) -> Result:
    made = az("ml", "endpoint", *command.split(), *arguments)
    assert made.exit_code == exit_code, made.stderr
    return made


def document(kind: str, **said: Any) -> Data:
    blue = {
        "name": "blue",
        "model": {"local_path": "model.pkl"},
        "code_configuration": {"code": {"local_path": "src"}, "scoring_script": "score.py"},
        "environment": {"image": IMAGE},
        "instance_type": "Standard_F2s_v2",
        **said,
    }
    target = {"target": "azureml:aks-test"} if kind == "kubernetes" else {}
    return {"name": "houses", **target, "deployments": [blue]}


def put(tree: Data, place: tuple[str, ...], value: Any) -> None:
    *around, name = place
    for each in around:
        tree = tree.setdefault(each, {})
    tree[name] = value


def of_deployment(case: Case, kind: str, value: Any) -> Data:
    said = document(kind, **copy.deepcopy(dict(case.beside)))
    (blue,) = said["deployments"]
    if case.path == "scoring_script":
        blue["code_configuration"]["scoring_script"] = value
    elif value == "manual":
        blue["scale_settings"] = MANUAL["scale_settings"]
    else:
        put(blue, case.place, value)
    return said


def save(said: Data, file: str = "houses.yml") -> tuple[str, str]:
    Path(file).write_text(json.dumps(said))
    return "-f", file


def require_nothing_to_do(*files: str) -> None:
    planned = done("plan --detailed-exitcode", *files)
    assert "nothing to do" in planned.stderr


def require_round(azure: CloudWorld, key: str, kind: str) -> Data:
    """What is exported, in either format, is what is there. The former's data.

    But for a key that the extension ml refuses: it is told of, and left out of today's files.
    """
    done("export -n houses --yes --out exported.yml")
    done("validate -f exported.yml")
    require_nothing_to_do("-f", "exported.yml")
    exported: Data = yaml.safe_load(Path("exported.yml").read_text())
    is_unknown = key in spelling.UNKNOWN_TODAY[kind] and key in json.dumps(exported)
    told = done("export -n houses --format two-files --out todays", exit_code=int(is_unknown))
    assert (f"{key}: not in the files, whose format cannot say it" in told.stderr) == is_unknown
    done("validate -f todays")
    azure.simulator.journal.clear()
    done("apply --yes -f exported.yml")
    if not is_unknown:
        require_nothing_to_do("-f", "todays")
        done("apply --yes -f todays")
    assert azure.writes() == []
    return exported


def cases(table: tuple[Case, ...]) -> list[Any]:
    return [
        pytest.param(case, kind, id=f"{case.path}-{kind}-{number}")
        for number, case in enumerate(table)
        for kind in case.kinds
    ]


@pytest.mark.parametrize(("case", "kind"), cases(DEPLOYMENT))
def test_a_key_of_a_deployment(azure: CloudWorld, case: Case, kind: str) -> None:
    value, path = case.value, case.place
    files = save(of_deployment(case, kind, value))
    done("validate", *files)
    done("create", *files)
    require_nothing_to_do(*files)
    if case.other is not None:
        value = case.other
        save(of_deployment(case, kind, value))
        changes = done("plan", *files).json["steps"]
        named = [each["path"] for step in changes for each in step["changes"]]
        assert any(f"deployments[blue].{case.place[0]}" in each for each in named), named
        done("update", *files)
        require_nothing_to_do(*files)
    (shown,) = done("show -n houses").json["deployments"]
    (exported,) = require_round(azure, path[0], kind)["deployments"]
    for found in (shown, exported):
        require_said(found, path, value)


def require_said(found: Data, path: tuple[str, ...], value: Any) -> None:
    """Defaults need not be said; data assets are named by what they are registered as."""
    if path == ("scoring_script",):
        path = ("code_configuration", "scoring_script")
    there = keys.get(found, path)
    if path[0] == "data_collector" and isinstance(value, dict) and path[-1] != "request_logging":
        there, value = without_data(there), without_data(value)
    is_usual = there is None and value in (False, "enabled", 1)
    assert is_usual or there == value or (there or {}).items() >= value.items()


def without_data(said: Any) -> Any:
    if not isinstance(said, dict):
        return said
    return {key: without_data(each) for key, each in said.items() if key != "data"}


@pytest.mark.parametrize(("case", "kind"), cases(ENDPOINT))
def test_a_key_of_an_endpoint(azure: CloudWorld, case: Case, kind: str) -> None:
    value = case.value
    files = save({**document(kind), case.path: value})
    done("validate", *files)
    done("create", *files)
    require_nothing_to_do(*files)
    if case.other is not None:
        value = case.other
        save({**document(kind), case.path: value})
        assert done("plan", *files).json["has_changes"]
        done("update", *files)
        require_nothing_to_do(*files)
    shown = done("show -n houses").json
    exported = require_round(azure, case.path, kind)
    assert exported.get(case.path, value) == value
    if case.path == "identity":
        assert shown["identity"]["type"] == value["type"]
    elif case.path != "traffic":
        there = shown[case.path]
        assert there == value or there.items() >= value.items()


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("form", ENVIRONMENTS)
def test_a_form_of_an_environment(azure: CloudWorld, form: str, kind: str) -> None:
    known = {"properties": {"image": IMAGE}}
    ForeignTool(azure.simulator).put("environments/known/versions/1", known)
    files = save(document(kind, environment={"image": "before:1"}))
    done("create", *files)
    save(document(kind, environment=ENVIRONMENTS[form]))
    done("validate", *files)
    assert "environment" in done("plan", *files).stderr
    done("update", *files)
    require_nothing_to_do(*files)
    azure.simulator.journal.clear()
    done("apply --yes", *files)
    assert azure.writes() == []
    (shown,) = done("show -n houses").json["deployments"]
    assert shown["environment"]
    require_round(azure, "environment", kind)


def test_what_is_collected_can_be_edited_and_left_to_azure(azure: CloudWorld) -> None:
    files = save(document("managed", data_collector=collector()))
    done("create --no-wait", *files)
    done("wait -n houses --created")
    registered = azure.body("data/houses-blue-model_inputs/versions/1")["properties"]
    assert registered["dataUri"].endswith("/modelDataCollector/houses/blue/model_inputs")
    require_nothing_to_do(*files)
    azure.simulator.journal.clear()
    place = "deployments[0].data_collector"
    done("update -n houses --set", f"{place}.sampling_rate=0.5")
    done("update -n houses --set", f"{place}.collections.model_inputs.enabled=false")
    (blue,) = done("show -n houses").json["deployments"]
    assert blue["data_collector"]["collections"]["model_inputs"]["enabled"] is False
    assert all("deployments/blue" in each for each in azure.writes())
    assert azure.sent("onlineEndpoints/houses/deployments/blue")["properties"]["dataCollector"] == {
        "collections": {
            "model_inputs": {
                "dataCollectionMode": "Disabled",
                "dataId": f"{WORKSPACE.id}/data/houses-blue-model_inputs/versions/1",
                "samplingRate": 0.5,
            }
        }
    }


# What has no values here


def test_every_key_of_a_deployment_has_values_here() -> None:
    below = [f"{key}.{each.name}" for key, kind in SECTIONS.items() for each in fields(kind)]
    collected = schemas.load("online-endpoint")["$defs"]["dataCollector"]["properties"]
    known = {each.path for each in DEPLOYMENT} | {"data_collector.sampling_rate"}
    within = [f"data_collector.{key}" for key in collected]
    assert [key for key in (*PLAIN, *TEXTS, *below, *within) if key not in known] == []


def test_every_key_of_an_endpoint_has_values_here() -> None:
    apart = ("traffic", "mirror_traffic", "identity", "location")
    known = {each.path for each in ENDPOINT}
    assert [key for key in (*ENDPOINT_KEYS, *apart) if key not in known] == []


def test_every_key_of_an_environment_has_values_here() -> None:
    answers = {"$schema", "id", "creation_context", "path"}
    known = set(schemas.load("online-endpoint")["$defs"]["environment"]["properties"]) - answers
    said = [each for each in ENVIRONMENTS.values() if isinstance(each, dict)]
    assert known - {key for each in said for key in each} == set()
