"""What would mean something else in this format is an error, or told: never silent.

The files are those of :mod:`.official_files`, changed in one place. Models, code and environments
are in :mod:`.test_official_assets`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import ResourceRequirements, ScaleSettings
from tests.unit.document.official_files import (
    BLUE,
    CLUSTER,
    ENDPOINT,
    ON_CLUSTER,
    blue_of,
    loaded,
    told,
)

# Types


@pytest.mark.parametrize("kind", ["kubernetse", "manged", "serverless", "5"])
def test_unknown_types_of_deployments_are_refused(folder: Path, kind: str) -> None:
    (finding,) = told(folder, ENDPOINT, BLUE.replace("type: managed", f"type: {kind}"))
    assert finding.startswith("error: 2.yml:4:7: type must be 'managed' or 'kubernetes', not")


@pytest.mark.parametrize("kind", ["batch", "Batch", "BATCH"])
def test_batch_endpoints_are_refused_by_their_type(folder: Path, kind: str) -> None:
    (finding,) = told(folder, f"{ENDPOINT}type: {kind}\n", BLUE)
    assert finding.startswith("error: 1.yml:1:1: this is of a batch endpoint")


@pytest.mark.parametrize("kind", ["offline", "managed", "onlin"])
def test_other_types_of_endpoints_are_refused(folder: Path, kind: str) -> None:
    (finding,) = told(folder, f"{ENDPOINT}type: {kind}\n", BLUE)
    assert finding.startswith("error: 1.yml:6:7: type must be 'online', not")


# Managed, or on a cluster


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("type: managed", "type: kubernetes"), "2.yml:4:7"),
        (("type: managed", "type: Kubernetes"), "2.yml:4:7"),
        (("type: managed", "type: KUBERNETES"), "2.yml:4:7"),
    ],
)
def test_a_kubernetes_deployment_needs_a_cluster(
    folder: Path, change: tuple[str, str], place: str
) -> None:
    (finding,) = told(folder, ENDPOINT, BLUE.replace(*change))
    assert finding.startswith(f"error: {place}: this is for Kubernetes, and the endpoint has no")
    assert "Write compute: azureml:<cluster> in the endpoint's file" in finding


def test_a_file_of_the_schema_for_kubernetes_needs_one_too(folder: Path) -> None:
    text = BLUE.replace("managedOnline", "kubernetesOnline").replace("type: managed\n", "")
    (finding,) = told(folder, ENDPOINT, text)
    assert finding.startswith("error: 2.yml:1:10: this is for Kubernetes")
    (finding,) = told(folder, ENDPOINT.replace("managedOnline", "KubernetesOnline"), BLUE)
    assert finding.startswith("error: 1.yml:1:10: this is for Kubernetes")


def test_a_managed_deployment_is_not_put_on_a_cluster(folder: Path) -> None:
    (finding,) = told(folder, CLUSTER, f"{ON_CLUSTER}type: Managed\n")
    assert finding.startswith("error: 2.yml:19:7: type is 'managed', and the endpoint has a")


@pytest.mark.parametrize("kind", ["kubernetes", "Kubernetes"])
def test_a_kubernetes_deployment_on_a_cluster_is_one(folder: Path, kind: str) -> None:
    blue = blue_of(folder, f"{ON_CLUSTER}type: {kind}\n", CLUSTER)
    assert blue.resource_requirements


# Scaling


@pytest.mark.parametrize(
    "key",
    ["min_instances", "max_instances", "polling_interval", "instance_count", "scale_type", "what"],
)
def test_nothing_stands_beside_default_scaling(folder: Path, key: str) -> None:
    (finding,) = told(folder, ENDPOINT, BLUE.replace("default", f"default\n  {key}: 1"))
    assert finding.startswith(f"error: 2.yml:20:3: '{key}' does not go with type 'default'")


@pytest.mark.parametrize("text", ["{}", "{min_instances: 1}", "{type: }"])
def test_scaling_needs_a_type(folder: Path, text: str) -> None:
    scale = "scale_settings:\n  type: default"
    (finding,) = told(folder, ENDPOINT, BLUE.replace(scale, f"scale_settings: {text}"))
    assert "scale_settings need a type: 'default' or 'target_utilization'" in finding


@pytest.mark.parametrize("count", ["2", "'2'", "2.0"])
def test_a_fixed_count_beside_utilization_is_told_of(folder: Path, count: str) -> None:
    text = f"{ON_CLUSTER}instance_count: {count}\n"
    (finding,) = told(folder, CLUSTER, text)
    assert finding.startswith("warning: 2.yml:19:1: instance_count is left out")
    (blue,) = loaded(folder, CLUSTER, text).require().deployments
    assert blue.scale_settings and blue.scale_settings.instance_count is None


# Resources


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("    memory: 1Gi", "    gpu: 2"), "2.yml:18:5: gpu is 2 here and 1 before"),
        (("    memory: 1Gi", "    nvidia.com/gpu: 0"), "2.yml:18:5: nvidia.com/gpu is 0 here"),
        (("    memory: 0.5Gi", "    gpu: 4"), "2.yml:15:5: nvidia.com/gpu is 1 here and 4 before"),
        (("cpu: 500m", "cpu: 2 cores"), "2.yml:13:5: cpu cannot be '2 cores'"),
        (("memory: 0.5Gi", "memory: 2GB"), "2.yml:14:5: memory cannot be '2GB'"),
        (("    memory: 1Gi", "    memory: 1Gi\n    disk: 1Gi"), "2.yml:19:5: 'disk' is no"),
    ],
)
def test_amounts_that_one_number_cannot_say(
    folder: Path, change: tuple[str, str], place: str
) -> None:
    (finding,) = told(folder, CLUSTER, ON_CLUSTER.replace(*change))
    assert finding.startswith(f"error: {place}")


@pytest.mark.parametrize("memory", ["512Mi", "536870912", "536870912000m", "524288Ki"])
def test_amounts_of_every_unit_are_what_kubernetes_means(folder: Path, memory: str) -> None:
    blue = blue_of(folder, ON_CLUSTER.replace("0.5Gi", memory), CLUSTER)
    assert blue.resource_requirements and blue.resource_requirements.memory_in_gb == 0.5


def test_devices_that_are_the_same_twice_are_one_number(folder: Path) -> None:
    blue = blue_of(folder, ON_CLUSTER.replace("    memory: 1Gi", "    gpu: 1"), CLUSTER)
    assert blue.resource_requirements == ResourceRequirements(
        cpu=0.5, memory_in_gb=0.5, gpu=1, cpu_cores_limit=1
    )


@pytest.mark.parametrize("text", ["5", "[cpu]", "half"])
def test_resources_that_are_no_mapping_are_not_dropped(folder: Path, text: str) -> None:
    plain = ON_CLUSTER[: ON_CLUSTER.index("resources:")]
    (finding,) = told(folder, CLUSTER, f"{plain}resources: {text}\n")
    assert finding.startswith("error: 2.yml:11:12: resource_requirements must be a mapping")
    (finding,) = told(folder, CLUSTER, f"{plain}resources:\n  limits: {text}\n")
    assert finding.startswith("error: 2.yml:12:11: limits must be a mapping")


def test_resources_in_both_spellings_are_one_too_many(folder: Path) -> None:
    (finding,) = told(folder, CLUSTER, f"{ON_CLUSTER}resource_requirements: {{cpu: 1}}\n")
    assert finding.startswith("error: 2.yml:11:1: resources is the same thing as resource_req")
    plain = ON_CLUSTER[: ON_CLUSTER.index("resources:")]
    blue = blue_of(folder, f"{plain}resource_requirements: {{cpu: 1}}\n", CLUSTER)
    assert blue.resource_requirements == ResourceRequirements(cpu=1)


@pytest.mark.parametrize("key", ["model", "resources", "scale_settings", "instance_count"])
def test_a_key_without_a_value_is_not_dropped(folder: Path, key: str) -> None:
    lines = [line for line in ON_CLUSTER.splitlines() if not line.startswith((f"{key}:", " "))]
    named = [line for line in lines if not line.endswith(":")]
    (finding,) = told(folder, CLUSTER, "\n".join([*named, f"{key}:", ""]))
    assert finding.startswith("error: 2.yml:") and "has no value; it must be" in finding


# Values


@pytest.mark.parametrize("mode", ["AMLToken", "amlToken", "AmlToken", "AML_TOKEN", "aml_token"])
def test_ways_to_authenticate_in_every_case(folder: Path, mode: str) -> None:
    read = loaded(folder, ENDPOINT.replace("aml_token", mode), BLUE)
    assert (read.require().auth_mode, read.findings) == ("aml_token", ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("auth_mode: aml_token", "auth_mode: Key"),
        ("auth_mode: aml_token", "auth_mode: AADToken"),
        ("tags:", "identity: {type: SystemAssigned}\ntags:"),
        ("tags:", "identity: {type: systemAssigned}\ntags:"),
        ("tags:", "identity: {type: None}\ntags:"),
        ("tags:", "type: Online\ntags:"),
        ("tags:", "traffic: {blue: '100'}\ntags:"),
        ("tags:", "traffic: {blue: 100.0}\ntags:"),
    ],
)
def test_values_of_endpoints_as_the_official_tools_take_them(
    folder: Path, old: str, new: str
) -> None:
    assert told(folder, ENDPOINT.replace(old, new), BLUE) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("type: default", "type: Default"),
        ("type: default", "type: DEFAULT"),
        ("type: managed", "type: Managed"),
        ("  image:", "  os_type: Windows\n  image:"),
        ("  image:", "  os_type: LINUX\n  image:"),
        ("instance_count: 2", "instance_count: '2'"),
        ("instance_count: 2", "instance_count: 2.0"),
        ("request_timeout_ms: 3000", "request_timeout_ms: '3000'"),
        ("period: 20", "period: ' 20 '"),
        ("scale_settings:", "app_insights_enabled: 'true'\nscale_settings:"),
        ("scale_settings:", "app_insights_enabled: 'No'\nscale_settings:"),
        ("scale_settings:", "app_insights_enabled: 1\nscale_settings:"),
        (
            "  image:",
            "  inference_config:\n    liveness_route: {port: '80', path: /}\n"
            "    readiness_route: {port: 80, path: /}\n    scoring_route: {port: 80.0, path: /}\n"
            "  image:",
        ),
    ],
)
def test_values_of_deployments_as_the_official_tools_take_them(
    folder: Path, old: str, new: str
) -> None:
    assert old in BLUE
    assert told(folder, ENDPOINT, BLUE.replace(old, new)) == []


@pytest.mark.parametrize("kind", ["TargetUtilization", "targetUtilization", "TARGET_UTILIZATION"])
def test_scaling_by_utilization_in_every_case(folder: Path, kind: str) -> None:
    text = ON_CLUSTER.replace("target_utilization\n", f"{kind}\n").replace(": 3\n", ": '3'\n")
    assert blue_of(folder, text, CLUSTER).scale_settings == ScaleSettings(
        scale_type="auto",
        min_instances=1,
        max_instances=3,
        polling_interval=10,
        target_utilization_percentage=70,
    )


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("instance_count: 2", "instance_count: two", "2.yml:17:17: instance_count must be an"),
        ("instance_count: 2", "instance_count: 2.5", "2.yml:17:17: instance_count must be an"),
        ("instance_count: 2", "instance_count: yes", "2.yml:17:17: instance_count must be an"),
        ("instance_count: 2", "app_insights_enabled: maybe", "2.yml:17:23: app_insights_enabled"),
        ("instance_count: 2", "app_insights_enabled: 2", "2.yml:17:23: app_insights_enabled"),
    ],
)
def test_values_that_mean_nothing_of_the_kind(folder: Path, old: str, new: str, place: str) -> None:
    (finding,) = told(folder, ENDPOINT, BLUE.replace(old, new))
    assert finding.startswith(f"error: {place}")


@pytest.mark.parametrize("value", ["100", "007", "yes", "KEY", "SystemAssigned", "1.0"])
def test_free_texts_are_nobodys_enumeration(folder: Path, value: str) -> None:
    """What stands in variables is no integer and no word, whatever it looks like."""
    plain = blue_of(folder, BLUE.replace("  PRICE: $5 and ${HOME}", f"  PRICE: '{value}'"))
    assert plain.environment_variables == {"PRICE": value}


# What nobody sets


def test_what_azure_answers_is_told_of_once_for_each_part(folder: Path) -> None:
    endpoint = f"{ENDPOINT}id: /subscriptions/s\nscoring_uri: https://h\nkind: Managed\n"
    blue = BLUE.replace("  type: custom_model", "  creation_context: {a: b}\n  type: custom_model")
    assert told(folder, f"{endpoint}identity: {{type: none, principal_id: p}}\n", blue) == [
        "warning: 1.yml:6:1: id, scoring_uri and kind are left out: Azure answers so, and no file "
        "can set it",
        "warning: 1.yml:9:24: principal_id is left out: Azure answers so, and no file can set it "
        "(identity)",
        "warning: 2.yml:7:3: creation_context is left out: Azure answers so, and no file can set "
        "it (model)",
    ]


# Comments


def test_comments_are_lost_with_a_word(folder: Path) -> None:
    endpoint = f"# Of the team\n{ENDPOINT}"
    blue = BLUE.replace("name: blue", "name: blue  # the first\n# not green")
    assert told(folder, endpoint, blue) == [
        "warning: 1.yml:1:1: a comment is left out: the file that is written has none",
        "warning: 2.yml:2:13: 2 comments are left out: the file that is written has none",
    ]
