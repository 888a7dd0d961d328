"""What would mean something else in this format is an error, or told: never silent.

The files are those of :mod:`.test_official`, changed in one place.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import (
    Deployment,
    Environment,
    Model,
    Reference,
    ResourceRequirements,
    ScaleSettings,
)
from tests.fakes.builders import write_files
from tests.unit.document.test_official import BLUE, CLUSTER, ENDPOINT, ON_CLUSTER, loaded, told

SUBSCRIPTION = "subscriptions/00000000-0000-0000-0000-000000000001"
WORKSPACE = "providers/Microsoft.MachineLearningServices/workspaces/ws"
ARM = f"/{SUBSCRIPTION}/resourceGroups/rg/{WORKSPACE}"


def blue_of(folder: Path, text: str, endpoint: str = ENDPOINT) -> Deployment:
    read = loaded(folder, endpoint, text)
    assert read.findings == ()
    (blue,) = read.require().deployments
    return blue


def model_of(folder: Path, text: str) -> Model:
    model = blue_of(folder, text).model
    assert isinstance(model, Model)
    return model


# Types


@pytest.mark.parametrize("kind", ["mlflow_model", "MLFLOW_MODEL", "Mlflow_Model", "MlflowModel"])
def test_a_model_of_mlflow_stays_one_however_its_type_is_written(folder: Path, kind: str) -> None:
    model = model_of(folder, BLUE.replace("custom_model", kind))
    assert model.flavors == {"python_function": {}}


@pytest.mark.parametrize("kind", ["custom", "mlflow", "triton"])
def test_the_first_name_of_a_models_type_is_known(folder: Path, kind: str) -> None:
    files = {"triton": "densenet/1/model.onnx", "mlflow": "MLmodel"}
    write_files(folder, {f"model/{files.get(kind, 'model.pkl')}": "flavors: {}\n"})
    text = BLUE.replace("./model.pkl", "model")
    later = text.replace("custom_model", f"{kind}_model")
    assert "type: custom_model" in text
    text = text.replace("type: custom_model", f"model_format: {kind}")
    (line,) = told(folder, ENDPOINT, text)
    assert "model_format is what type was called at first" in line
    first = loaded(folder, ENDPOINT, text).require().deployments
    assert first == loaded(folder, ENDPOINT, later).require().deployments


def test_both_names_of_a_models_type_are_one_too_many(folder: Path) -> None:
    text = BLUE.replace("type: custom_model", "type: custom_model\n  model_format: custom")
    assert "'model_format' is no key of a model" in "".join(told(folder, ENDPOINT, text))


def test_empty_flavors_make_no_custom_model(folder: Path) -> None:
    model = model_of(folder, BLUE.replace("custom_model", "mlflow_model\n  flavors: {}"))
    assert model.flavors == {"python_function": {}}


@pytest.mark.parametrize("kind", ["triton_model", "Triton_Model", "TRITON_MODEL", "TritonModel"])
def test_a_model_of_triton_is_one_however_its_type_is_written(folder: Path, kind: str) -> None:
    write_files(folder, {"repository/densenet/1/model.onnx": ""})
    text = BLUE.replace("custom_model", kind).replace("./model.pkl", "repository")
    assert told(folder, ENDPOINT, text) == []
    assert model_of(folder, text).type == "triton_model"


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        ("mlfow_model", "; did you mean 'mlflow_model'?"),
        ("costum_model", "; did you mean 'custom_model'?"),
        ("onnx", ""),
        ("5", ""),
        ("[mlflow_model]", ""),
    ],
)
def test_unknown_types_of_models_are_refused(folder: Path, kind: str, meant: str) -> None:
    (finding,) = told(folder, ENDPOINT, BLUE.replace("custom_model", kind))
    assert finding.startswith("error: 2.yml:7:3: type must be 'custom_model' or 'mlflow_model' or")
    assert finding.removesuffix(" (model.type)").endswith(meant)


@pytest.mark.parametrize("kind", ["custom_model", "Custom_Model"])
def test_flavors_of_a_custom_model_contradict_it(folder: Path, kind: str) -> None:
    text = BLUE.replace("custom_model", f"{kind}\n  flavors: {{sklearn: {{}}}}")
    (finding,) = told(folder, ENDPOINT, text)
    assert finding.startswith("error: 2.yml:8:3: flavors are of a model of type mlflow_model only")


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


# Versions


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("  type: custom_model", "  name: prices"), "2.yml:7:3: this model has no version"),
        (("  type: custom_model", "  name: prices\n  version:"), "2.yml:7:3: this model has no"),
        (("  image:", "  name: sklearn\n  image:"), "2.yml:12:3: this environment has no version"),
    ],
)
def test_a_version_that_would_be_counted_up_is_told_of(
    folder: Path, change: tuple[str, str], place: str
) -> None:
    (finding,) = told(folder, ENDPOINT, BLUE.replace(*change))
    assert finding.startswith(f"warning: {place}")
    assert "here it is version 1" in finding


def test_a_model_without_a_name_has_no_version(folder: Path) -> None:
    assert model_of(folder, BLUE).anonymous
    (finding,) = told(folder, ENDPOINT, BLUE.replace("  type: custom_model", "  version: 3"))
    assert finding.startswith("error: 2.yml:7:3: a model that has a version needs a name")
    (finding,) = told(folder, ENDPOINT, BLUE.replace("  image:", "  version: 3\n  image:"))
    assert finding.startswith("warning: 2.yml:12:3: version is left out")


@pytest.mark.parametrize(
    ("written", "version"),
    [("1.0", "1.0"), ("1", "1"), ("'1'", "1"), ("2026.1", "2026.1"), ("0.5", "0.5")],
)
def test_versions_are_text(folder: Path, written: str, version: str) -> None:
    text = BLUE.replace("  type: custom_model", f"  name: prices\n  version: {written}")
    model = model_of(folder, text)
    assert (model.version, model.anonymous) == (version, False)
    text = BLUE.replace("  image:", f"  name: sklearn\n  version: {written}\n  image:")
    environment = blue_of(folder, text).environment
    assert isinstance(environment, Environment) and environment.version == version


# Where things are


@pytest.mark.parametrize(
    "path",
    [
        f"azureml://{SUBSCRIPTION}/resourcegroups/rg/workspaces/ws/datastores/store/paths/a/b",
        f"azureml://{SUBSCRIPTION}/resourceGroups/rg/workspaces/ws/datastores/store/paths/a/b",
        f"azureml://{SUBSCRIPTION}/resourceGroups/rg/{WORKSPACE}/datastores/store/paths/a/b",
    ],
)
def test_a_datastore_of_another_workspace_does_not_become_ours(folder: Path, path: str) -> None:
    model = model_of(folder, BLUE.replace("./model.pkl", path))
    assert model.datastore is None
    assert str(model.uri).endswith("/resourcegroups/rg/workspaces/ws/datastores/store/paths/a/b")
    findings = told(folder, ENDPOINT, BLUE.replace("code: src", f"code: {{path: '{path}'}}"))
    (finding,) = (each for each in findings if "path is in the workspace 'ws'" in each)
    assert finding.startswith("error: 2.yml:9:10: ")
    (finding,) = told(folder, ENDPOINT, BLUE.replace("code: src", f"code: {path}"))
    assert finding.startswith("error: 2.yml:9:9: ") and "is no way to name a code" in finding


def test_a_datastore_of_no_named_workspace_is_the_one_of_ours(folder: Path) -> None:
    model = model_of(folder, BLUE.replace("./model.pkl", "azureml://datastores/store/paths/a/b"))
    assert (model.datastore, model.datastore_path) == ("store", "a/b")


@pytest.mark.parametrize(
    "written",
    [
        f"azureml://{SUBSCRIPTION}/resourceGroups/rg/workspaces/ws/",
        f"azureml://{SUBSCRIPTION}/resourcegroups/rg/{WORKSPACE}/",
        f"azureml:{SUBSCRIPTION}/resourceGroups/rg/{WORKSPACE}/",
        f"azureml:/{SUBSCRIPTION}/resourceGroups/rg/{WORKSPACE}/",
        f"/{SUBSCRIPTION}/resourceGroups/rg/{WORKSPACE}/",
    ],
)
def test_ids_of_every_spelling_are_arms(folder: Path, written: str) -> None:
    text = (
        ON_CLUSTER.replace("azureml:prices", f"{written}models/m/versions/1")
        .replace("azureml:sklearn@latest", f"{written}environments/e/versions/2")
        .replace(
            "scale_settings",
            f"code_configuration: {{code: '{written}codes/c/versions/3', "
            "scoring_script: score.py}\nscale_settings",
        )
    )
    endpoint = CLUSTER.replace("azureml:aks", f"{written}computes/aks")
    read = loaded(folder, endpoint, text)
    assert read.findings == ()
    houses = read.require()
    (blue,) = houses.deployments
    assert blue.model == Reference(text=f"{ARM}/models/m/versions/1", name="m", version="1")
    environment = f"{ARM}/environments/e/versions/2"
    assert blue.environment == Reference(text=environment, name="e", version="2")
    assert blue.code == Reference(text=f"{ARM}/codes/c/versions/3", name="c", version="3")
    assert houses.target == Reference(text=f"{ARM}/computes/aks", name="aks")


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
