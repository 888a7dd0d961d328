"""Endpoints as today's files: what is written is read again as the same endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from azext_ml_endpoint.document import load, proof, spelled, write_todays
from azext_ml_endpoint.document.finding import Place
from azext_ml_endpoint.document.model import (
    Code,
    Deployment,
    Endpoint,
    Environment,
    Identity,
    Model,
    Probe,
    Reference,
    RequestSettings,
    ResourceRequirements,
    Route,
    ScaleSettings,
)
from azext_ml_endpoint.errors import UnsupportedError
from tests.fakes.builders import OWN_ROUTES
from tests.unit.document import project
from tests.unit.document.test_write import CLUSTER, minimal

AUTO = ScaleSettings(
    scale_type="auto", min_instances=1, max_instances=3, target_utilization_percentage=70
)
NEEDS = ResourceRequirements(
    cpu=0.5, memory_in_gb=0.1, gpu=1, cpu_cores_limit=1, memory_in_gb_limit=2.5
)


def houses(folder: Path, **changes: Any) -> Endpoint:
    return Endpoint(name="houses", deployments=(minimal(folder, **changes),))


def on_cluster(folder: Path, **changes: Any) -> Endpoint:
    return replace(houses(folder, **changes), kind="kubernetes", target=CLUSTER)


def written(endpoint: Endpoint, folder: Path) -> dict[str, Any]:
    """What is in the files, in their order."""
    files = write_todays.files(endpoint, folder)
    return {name: yaml.safe_load(each.text) for name, each in files.items()}


def reread(endpoint: Endpoint, folder: Path) -> Endpoint:
    folder.mkdir(exist_ok=True)
    files = write_todays.files(endpoint, folder)
    assert proof.errors_in_files(files, folder, Place("here")) == []
    variables: dict[str, str] = {}
    for name, each in files.items():
        (folder / name).write_text(each.text, "utf-8")
        variables |= each.secrets
    loaded = load.load(folder, variables=variables)
    assert loaded.findings == ()
    assert loaded.require() == proof.endpoint_of_files(files, folder)
    return loaded.require()


def test_they_are_in_todays_words(folder: Path) -> None:
    scale = ScaleSettings(scale_type="manual", instance_count=2)
    endpoint = replace(houses(folder, scale_settings=scale), traffic={"blue": 100})
    files = written(endpoint, folder / "to")
    address = "https://azuremlschemas.azureedge.net/latest/managedOnline"
    assert files == {
        "endpoint.yml": {
            "$schema": f"{address}Endpoint.schema.json",
            "name": "houses",
            "traffic": {"blue": 100},
        },
        "blue.yml": {
            "$schema": f"{address}Deployment.schema.json",
            "name": "blue",
            "endpoint_name": "houses",
            "model": {"path": "../model.pkl"},
            "code_configuration": {"code": "../src", "scoring_script": "score.py"},
            "environment": {"conda_file": "../conda.yml", "image": "ubuntu:22.04"},
            "instance_type": "Standard_F2s_v2",
            "instance_count": 2,
        },
    }


def test_a_cluster_is_asked_in_its_own_amounts(folder: Path) -> None:
    endpoint = on_cluster(folder, scale_settings=AUTO, resource_requirements=NEEDS)
    files = written(endpoint, folder)
    assert files["endpoint.yml"]["compute"] == "azureml:aks"
    blue = files["blue.yml"]
    assert (blue["type"], blue["$schema"].rpartition("/")[2]) == (
        "kubernetes",
        "kubernetesOnlineDeployment.schema.json",
    )
    assert blue["scale_settings"] == {
        "type": "target_utilization",
        "min_instances": 1,
        "max_instances": 3,
        "target_utilization_percentage": 70,
    }
    assert blue["resources"] == {
        "requests": {"cpu": "0.5", "memory": "0.1Gi", "nvidia.com/gpu": "1"},
        "limits": {"cpu": "1", "memory": "2.5Gi", "nvidia.com/gpu": "1"},
    }


def test_the_type_says_that_a_model_is_one_of_mlflow(folder: Path) -> None:
    def said(**flavors: Any) -> Any:
        model = Model(name="m", version="2", datastore="s", datastore_path="a", flavors=flavors)
        return written(on_cluster(folder, model=model), folder)["blue.yml"]["model"]

    plain = said(python_function={})
    assert (plain["type"], "flavors" in plain) == ("mlflow_model", False)
    own = said(python_function={}, onnx={"a": "b"})
    assert own["flavors"].keys() == {"python_function", "onnx"}


def test_whole_amounts_are_written_as_the_extension_reads_them(folder: Path) -> None:
    needs = replace(NEEDS, cpu=2.0, memory_in_gb=4.0, memory_in_gb_limit=8.0)
    files = written(on_cluster(folder, resource_requirements=needs), folder)
    requests, limits = (files["blue.yml"]["resources"][each] for each in ("requests", "limits"))
    assert (requests["cpu"], requests["memory"], limits["memory"]) == ("2", "4Gi", "8Gi")


DEPLOYMENTS: Mapping[str, Mapping[str, Any]] = {
    "as it is": {},
    "no scale": {"scale_settings": ScaleSettings(scale_type="manual", instance_count=3)},
    "references": {
        "model": Reference(text="m:1", name="m", version="1"),
        "environment": Reference(text="e@latest", name="e", label="latest"),
    },
    "a datastore": {
        "model": Model(name="m", version="2", datastore="s", datastore_path="a/b"),
    },
    "flavors": {"model": Model(name="m", version="2", datastore="s", datastore_path="a", flavors={
        "python_function": {}})},
    "settings": {
        "request_settings": RequestSettings(request_timeout_ms=4000),
        "liveness_probe": Probe(period=5),
        "readiness_probe": Probe(initial_delay=9),
        "app_insights_enabled": True,
        "description": "Ein Häuschen",
        "tags": {"a": "1.10"},
        "environment_variables": {"PRICE": "$5 and ${HOME} and $$", "YES": "yes"},
    },
    "a secret": {
        "environment_variables": {"KEY": "s3cret", "OTHER": "a ${secret:KEY} of $$"},
        "secrets": frozenset({"KEY"}),
    },
}  # fmt: skip


@pytest.mark.parametrize("changes", DEPLOYMENTS.values(), ids=DEPLOYMENTS)
def test_they_are_read_as_the_same(folder: Path, changes: Mapping[str, Any]) -> None:
    endpoint = replace(
        houses(folder, **changes),
        description="Prices",
        tags={"team": "x"},
        identity=Identity(type="system_assigned"),
    )
    assert reread(endpoint, folder / "to") == endpoint


def test_those_of_a_cluster_are_read_as_the_same(folder: Path) -> None:
    endpoint = on_cluster(folder, scale_settings=AUTO, resource_requirements=NEEDS)
    assert reread(endpoint, folder / "to") == endpoint


def test_a_dockerfile_is_named_in_its_context(folder: Path) -> None:
    dockerfile = Environment(
        name="e",
        version="3",
        dockerfile=(folder / "Dockerfile").read_text(),
        dockerfile_path=folder / "Dockerfile",
        context=folder,
    )
    endpoint = houses(folder, environment=dockerfile)
    blue = written(endpoint, folder / "to")["blue.yml"]
    assert blue["environment"]["build"] == {"path": "..", "dockerfile_path": "Dockerfile"}
    assert reread(endpoint, folder / "to") == endpoint


def test_a_dockerfile_in_no_file_is_refused(folder: Path) -> None:
    environment = Environment(dockerfile="FROM ubuntu\n", context=folder)
    with pytest.raises(UnsupportedError, match="Deployment blue: its Dockerfile is in no file"):
        write_todays.files(houses(folder, environment=environment), folder)


def test_code_in_a_datastore_is_refused(folder: Path) -> None:
    with pytest.raises(UnsupportedError, match="Deployment blue: its code is in a datastore"):
        write_todays.files(houses(folder, code=Code(path=Path("c"), datastore="s")), folder)


def test_packages_in_no_file_are_written_where_they_are_used(folder: Path) -> None:
    environment = Environment(image="ubuntu:22.04", conda_file=project.CONDA)
    blue = written(houses(folder, environment=environment), folder)["blue.yml"]
    assert blue["environment"]["conda_file"] == yaml.safe_load(project.CONDA)


def test_a_secret_is_in_no_file(folder: Path) -> None:
    secret = {"environment_variables": {"KEY": "s3cret"}, "secrets": frozenset({"KEY"})}
    files = write_todays.files(houses(folder, **secret), folder)
    assert files["blue.yml"].secrets == {"KEY": "s3cret"}
    assert "s3cret" not in files["blue.yml"].text and "${secret:KEY}" in files["blue.yml"].text


def test_a_deployment_may_be_called_endpoint() -> None:
    assert write_todays.name("blue") == "blue.yml"
    assert write_todays.name("Endpoint") == "Endpoint-deployment.yml"


def test_what_they_cannot_say_is_told(folder: Path) -> None:
    code = Code(path=folder / "src", name="c", version="1")
    assert list(write_todays.unsaid(houses(folder, code=code))) == [
        "deployment blue: name, version, description and tags of the code"
    ]
    assert list(write_todays.unsaid(houses(folder))) == []


def test_what_the_extension_refuses_is_told_and_left_out(folder: Path) -> None:
    started = replace(OWN_ROUTES, startup_route=Route(port=8080, path="/started"))
    environment = Environment(image="ubuntu:22.04", inference_config=started)
    blue: dict[str, Any] = {
        "startup_probe": Probe(period=5),
        "egress_public_network_access": "disabled",
        "environment": environment,
    }
    of_both = ["deployment blue: startup_probe", "deployment blue: startup_route"]
    managed = houses(folder, **blue)
    assert list(write_todays.unsaid(managed)) == of_both
    said = written(managed, folder)["blue.yml"]
    assert "startup_probe" not in said and said["egress_public_network_access"] == "disabled"
    assert "startup_route" not in said["environment"]["inference_config"]
    cluster = replace(on_cluster(folder, **blue), public_network_access="disabled")
    assert set(write_todays.unsaid(cluster)) == {
        *of_both,
        "endpoint: public_network_access",
        "deployment blue: egress_public_network_access",
    }
    files = written(cluster, folder)
    assert "public_network_access" not in files["endpoint.yml"]
    assert "egress_public_network_access" not in files["blue.yml"]


def test_what_is_collected_is_in_the_extensions_words(folder: Path) -> None:
    arm_id = "azureml:/subscriptions/s/data/d/versions/1"
    collections = {
        "a": {"enabled": True, "data": "azureml:in:2"},
        "b": {"enabled": False, "data": arm_id},
        "c": {"enabled": True, "data": {"name": "x"}},
    }
    said = written(houses(folder, data_collector={"collections": collections}), folder)["blue.yml"]
    assert said["data_collector"]["collections"] == {
        "a": {"enabled": "true", "data": {"name": "in", "version": "2"}},
        "b": {"enabled": "false", "data": arm_id},
        "c": {"enabled": "true", "data": {"name": "x"}},
    }


def test_nothing_of_them_is_in_the_words_of_2021(folder: Path) -> None:
    endpoint = on_cluster(folder, scale_settings=AUTO, resource_requirements=NEEDS)
    for each in write_todays.files(endpoint, folder).values():
        assert not list(spelled.remarks(project.tree(each.text, folder, "x.yml")))


def test_a_file_that_nobody_could_read_is_found_out(folder: Path) -> None:
    endpoint = houses(folder, code=Code(path=folder / "gone"))
    files = write_todays.files(endpoint, folder)
    (finding,) = proof.errors_in_files(files, folder, Place("endpoint houses"))
    assert str(finding).startswith("endpoint houses: code 'gone' does not exist")


def test_a_deployment_that_says_little_is_written(folder: Path) -> None:
    little = Deployment(name="blue", model=Reference(text="m:1", name="m", version="1"))
    assert list(written(Endpoint(name="houses", deployments=(little,)), folder)["blue.yml"]) == [
        "$schema",
        "name",
        "endpoint_name",
        "model",
    ]
