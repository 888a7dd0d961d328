"""The files of the official extension, read as one document of this format."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document import load, official, write
from azext_ml_endpoint.document.model import (
    Code,
    Deployment,
    Endpoint,
    Environment,
    Model,
    Probe,
    Reference,
    RequestSettings,
    ResourceRequirements,
    ScaleSettings,
)
from tests.unit.document import project
from tests.unit.document.official_files import BLUE, CLUSTER, ENDPOINT, ON_CLUSTER, loaded, told


def test_an_endpoint_and_its_deployments_are_one_document(folder: Path) -> None:
    read = loaded(folder, ENDPOINT, BLUE)
    assert read.findings == ()
    assert read.described == Endpoint(
        name="houses",
        auth_mode="aml_token",
        tags={"team": "prices"},
        deployments=(
            Deployment(
                name="blue",
                model=Model(name="blue", anonymous=True, path=folder / "model.pkl"),
                code=Code(path=folder / "src"),
                scoring_script="score.py",
                environment=Environment(
                    image="ubuntu:22.04", conda_file=project.CONDA, conda_path=folder / "conda.yml"
                ),
                environment_variables={"PRICE": "$5 and ${HOME}"},
                instance_type="Standard_F2s_v2",
                scale_settings=ScaleSettings(scale_type="manual", instance_count=2),
                request_settings=RequestSettings(request_timeout_ms=3000),
                liveness_probe=Probe(period=20),
            ),
        ),
    )


def test_what_is_converted_is_written_and_read_as_the_same(folder: Path) -> None:
    endpoint = loaded(folder, ENDPOINT, BLUE).require()
    (folder / "to").mkdir()
    (folder / "to/all.yml").write_text(write.endpoint(endpoint, folder / "to").text)
    read = load.load(folder / "to/all.yml", variables={"HOME": "not asked for"})
    assert (read.described, read.findings) == (endpoint, ())


def test_the_files_come_in_any_order(folder: Path) -> None:
    assert loaded(folder, BLUE, ENDPOINT) == loaded(folder, ENDPOINT, BLUE)


def test_a_cluster_its_resources_and_its_scaling(folder: Path) -> None:
    read = loaded(folder, CLUSTER, ON_CLUSTER)
    assert read.findings == ()
    endpoint = read.require()
    assert endpoint.target == Reference(text="aks", name="aks")
    (blue,) = endpoint.deployments
    assert blue.model == Reference(text="prices@latest", name="prices", label="latest")
    assert blue.environment == Reference(text="sklearn@latest", name="sklearn", label="latest")
    assert blue.resource_requirements == ResourceRequirements(
        cpu=0.5, memory_in_gb=0.5, gpu=1, cpu_cores_limit=1, memory_in_gb_limit=1
    )
    assert blue.scale_settings == ScaleSettings(
        scale_type="auto",
        min_instances=1,
        max_instances=3,
        polling_interval=10,
        target_utilization_percentage=70,
    )


def test_an_mlflow_model_stays_one(folder: Path) -> None:
    text = BLUE.replace("custom_model", "mlflow_model")
    (blue,) = loaded(folder, ENDPOINT, text).require().deployments
    assert isinstance(blue.model, Model)
    assert blue.model.flavors == {"python_function": {}}


def test_data_assets_of_a_collector_are_described_or_named(folder: Path) -> None:
    collector = """\
data_collector:
  collections:
    model_inputs: {enabled: 'True', data: {name: inputs, version: 01, path: azureml://datastores/a/paths/b}}
    model_outputs: {enabled: true, data: azureml:outputs}
"""
    read = loaded(folder, ENDPOINT, f"{BLUE}{collector}")
    assert read.findings == ()
    (blue,) = read.require().deployments
    assert blue.data_collector == {
        "collections": {
            "model_inputs": {
                "enabled": True,
                "data": {
                    "name": "inputs",
                    "version": "01",
                    "path": "azureml://datastores/a/paths/b",
                },
            },
            "model_outputs": {"enabled": True, "data": "azureml:outputs@latest"},
        }
    }


@pytest.mark.parametrize(
    ("data", "told_of"),
    [
        ("{path: ./here}", "error: 2.yml:25:60: path cannot be './here': what is collected is"),
        ("{data_id: azureml:a:1}", "warning: 2.yml:25:54: data_id is left out"),
        ("azureml:a:b:c", "error: 2.yml:25:53: 'azureml:a:b:c' is no way to name a data asset"),
        ("azureml:/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices"
         "/workspaces/w/models/m/versions/1", "is the id of a model, not of a data asset"),
    ],
)  # fmt: skip
def test_what_no_data_asset_of_a_collector_can_be(folder: Path, data: str, told_of: str) -> None:
    collector = (
        f"data_collector:\n  collections: {{model_inputs: {{enabled: true, data: {data}}}}}\n"
    )
    (finding,) = told(folder, ENDPOINT, f"{BLUE}{collector}")
    assert told_of in finding


@pytest.mark.parametrize("said", ["true", "'True'"])
def test_a_private_connection_is_the_property_that_the_official_sdk_sends(
    folder: Path, said: str
) -> None:
    text = f"{BLUE}private_network_connection: {said}\nproperties: {{a: b}}\n"
    read = loaded(folder, ENDPOINT, text)
    (blue,) = read.require().deployments
    assert blue.properties == {"a": "b", "private-network-connection": "true"}
    (finding,) = read.findings
    assert (finding.severity, finding.place.line) == ("warning", 24)
    assert "egress_public_network_access: disabled" in str(finding.hint)


def test_a_private_connection_that_is_none(folder: Path) -> None:
    read = loaded(folder, ENDPOINT, f"{BLUE}private_network_connection: false\n")
    assert (read.findings, read.require().deployments[0].properties) == ((), {})
    (finding,) = told(folder, ENDPOINT, f"{BLUE}private_network_connection: maybe\n")
    assert finding.startswith("error: 2.yml:24:1: private_network_connection is true or false, not")


def test_a_place_to_upload_to_is_warned_of(folder: Path) -> None:
    text = BLUE.replace("  type: custom_model", "  datastore: azureml:mine")
    (finding,) = told(folder, ENDPOINT, text)
    assert finding.startswith("warning: 2.yml:7:3: datastore is left out")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("custom_model", "tritonic_model"), "2.yml:7:3: type "),
        (("type: default", "type: manual"), "2.yml:19:3: type must be 'default' or 'target_"),
        (("houses", "homes"), "2.yml:3:16: endpoint_name is 'homes', and the endpoint is 'houses'"),
        (("code: src", "code: source"), "2.yml:9:9: code 'source' does not exist. Did you mean"),
        (("instance_count", "instance_cuont"), "2.yml:17:1: 'instance_cuont' is no key of a dep"),
        (("code: src", "code: src\n  code: src"), "2.yml:10:3: duplicate key 'code'"),
    ],
)
def test_what_is_wrong_is_told_where_it_is_written(
    folder: Path, change: tuple[str, str], place: str
) -> None:
    (finding,) = told(folder, ENDPOINT, BLUE.replace(*change))
    assert finding.startswith(f"error: {place}")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("500m", "half"), "2.yml:13:5: cpu cannot be 'half'. Write an amount such as 500m"),
        (("    cpu: 500m", "    cores: 1"), "2.yml:13:5: 'cores' is no resource; there are"),
        (("  limits:", "  at_most:"), "2.yml:16:3: 'at_most' is neither requests nor limits"),
    ],
)
def test_resources_that_nobody_understands(
    folder: Path, change: tuple[str, str], place: str
) -> None:
    (finding,) = told(folder, CLUSTER, ON_CLUSTER.replace(*change))
    assert finding.startswith(f"error: {place}")


def test_the_endpoint_is_needed_once(folder: Path) -> None:
    (finding,) = told(folder, BLUE)
    assert "1.yml:1:1: this is a deployment, and its endpoint's file is missing" in finding
    (finding,) = told(folder, ENDPOINT, ENDPOINT)
    assert "2.yml:1:1: this is a second endpoint" in finding


@pytest.mark.parametrize("kind", ["batchEndpoint", "batchDeployment"])
def test_batch_endpoints_are_for_others(folder: Path, kind: str) -> None:
    (finding,) = told(folder, f"$schema: https://host/latest/{kind}.schema.json\nname: nightly\n")
    assert finding.startswith("error: 1.yml:1:1: this is of a batch endpoint")


def test_a_file_of_this_format_needs_no_conversion(folder: Path) -> None:
    (finding,) = told(folder, project.ENDPOINT)
    assert finding.startswith("error: 1.yml:6:1: the deployments are in the file already")


def test_a_file_that_is_not_there(folder: Path) -> None:
    (folder / "1.yml").write_text(BLUE)
    (finding,) = (str(each) for each in official.load(["x.yml", "1.yml"]).findings)
    assert finding.startswith("x.yml:1:1: the file does not exist")


@pytest.mark.parametrize("text", ["- name: houses\n", "houses\n"])
def test_a_file_that_is_no_mapping(folder: Path, text: str) -> None:
    (finding,) = told(folder, text)
    assert finding.startswith("error: 1.yml:1:1: this is no endpoint")
