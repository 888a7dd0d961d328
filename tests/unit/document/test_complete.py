from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

from azext_ml_endpoint.document import schemas
from azext_ml_endpoint.document.complete import (
    complete,
    complete_environment,
    complete_model,
)
from azext_ml_endpoint.document.model import (
    Check,
    Code,
    Comparison,
    Deployment,
    Endpoint,
    Environment,
    Identity,
    InferenceConfig,
    Model,
    Probe,
    Reference,
    RequestSettings,
    ResourceRequirements,
    Route,
    ScaleSettings,
)
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.validate import validate
from azext_ml_endpoint.errors import FileAccessError
from tests.fakes.builders import write_files
from tests.unit.document import catalogue, project


def _endpoint(change: str, folder: Path) -> Endpoint:
    """The project's endpoint after a change as in the catalogues."""
    lines = change.strip("\n").splitlines()
    tree = project.tree(catalogue.changed(project.ENDPOINT, lines), folder)
    assert validate(tree) == []
    return complete(tree)


def _deployment(change: str, folder: Path) -> Deployment:
    (deployment,) = _endpoint(change, folder).deployments
    return deployment


def _alone(tree: Node) -> Deployment:
    """Of a file of its own."""
    (deployment,) = complete(project.endpoint_of(tree)).deployments
    return deployment


def _environment(text: str, folder: Path) -> Environment:
    return complete_environment(project.tree(text, folder))


def test_the_document_as_it_stands(folder: Path) -> None:
    assert _endpoint("", folder) == Endpoint(
        name="my-endpoint",
        auth_mode="key",
        traffic={"blue": 100},
        deployments=(
            Deployment(
                name="blue",
                model=Model(name="my-model", version="1", path=folder / "model.pkl"),
                code=Code(path=folder / "src"),
                scoring_script="score.py",
                environment=Environment(
                    name="my-environment",
                    version="1",
                    image="ubuntu:22.04",
                    conda_file=project.CONDA,
                    conda_path=folder / "conda.yml",
                ),
                environment_variables={"LEVEL": "debug"},
                instance_type="Standard_F2s_v2",
                scale_settings=ScaleSettings(scale_type="manual", instance_count=1),
            ),
        ),
    )


def test_everything_that_an_endpoint_can_say(folder: Path) -> None:
    identity = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/x/me"
    text = f"""
        name: abc
        target: azureml:my-cluster
        auth_mode: aml_token
        description: Predicts.
        location: westeurope
        tags: {{team: a, level: 1, is_new: true, share: 0.5}}
        properties: {{a: 1}}
        identity:
          type: user_assigned
          user_assigned_identities: [{{resource_id: {identity}, client_id: x}}]
        """
    assert complete(project.tree(text, folder)) == Endpoint(
        name="abc",
        kind="kubernetes",
        target=Reference(text="my-cluster", name="my-cluster"),
        auth_mode="aml_token",
        description="Predicts.",
        location="westeurope",
        tags={"team": "a", "level": "1", "is_new": "true", "share": "0.5"},
        properties={"a": "1"},
        identity=Identity(type="user_assigned", user_assigned_identities=(identity,)),
    )


def test_everything_that_a_deployment_can_say(folder: Path) -> None:
    text = """
        name: green
        endpoint_name: my-endpoint
        model: azureml:my-model@latest
        code_configuration: {code: azureml:my-code:2, scoring_script: a/score.py}
        environment: azureml:my-environment:3
        environment_variables: {COUNT: 1, IS_NEW: false, EMPTY: "", SHARE: 0.5}
        instance_type: small
        request_settings: {request_timeout_ms: 1, max_queue_wait_ms: 2}
        liveness_probe: {initial_delay: 1, period: 2, timeout: 3}
        readiness_probe: {success_threshold: 4, failure_threshold: 5}
        resource_requirements:
          {cpu: 0.5, memory_in_gb: 1, gpu: 2, cpu_cores_limit: 3, memory_in_gb_limit: 4}
        scale_settings:
          scale_type: AUTO
          min_instances: 0
          max_instances: 3
          polling_interval: 10
          target_utilization_percentage: 70
        app_insights_enabled: true
        description: Better.
        tags: {a: b}
        properties: {c: d}
        """
    assert _alone(project.tree(text, folder)) == Deployment(
        name="green",
        model=Reference(text="my-model@latest", name="my-model", label="latest"),
        code=Reference(text="my-code:2", name="my-code", version="2"),
        scoring_script="a/score.py",
        environment=Reference(text="my-environment:3", name="my-environment", version="3"),
        environment_variables={"COUNT": "1", "IS_NEW": "false", "EMPTY": "", "SHARE": "0.5"},
        instance_type="small",
        request_settings=RequestSettings(request_timeout_ms=1, max_queue_wait_ms=2),
        liveness_probe=Probe(initial_delay=1, period=2, timeout=3),
        readiness_probe=Probe(success_threshold=4, failure_threshold=5),
        resource_requirements=ResourceRequirements(
            cpu=0.5, memory_in_gb=1, gpu=2, cpu_cores_limit=3, memory_in_gb_limit=4
        ),
        scale_settings=ScaleSettings(
            scale_type="auto",
            min_instances=0,
            max_instances=3,
            polling_interval=10,
            target_utilization_percentage=70,
        ),
        app_insights_enabled=True,
        description="Better.",
        tags={"a": "b"},
        properties={"c": "d"},
    )


def test_bounds_beside_a_number_of_instances_say_nothing(folder: Path) -> None:
    text = """\
        name: green
        model: azureml:my-model@latest
        scale_settings: {scale_type: manual, instance_count: 2, min_instances: 1, max_instances: 2}
        """
    scale = _alone(project.tree(text, folder)).scale_settings
    assert scale == ScaleSettings(scale_type="manual", instance_count=2)


NO_TRAFFIC = "- traffic:\n-   blue: 100\n"


@pytest.mark.parametrize(
    ("change", "traffic"),
    [(NO_TRAFFIC, None), ("-   blue: 100\n", None), (f"{NO_TRAFFIC}+ traffic: {{}}\n", {})],
)
def test_traffic_that_nobody_speaks_of_is_not_the_same_as_no_traffic(
    change: str, traffic: object, folder: Path
) -> None:
    assert _endpoint(change, folder).traffic == traffic


def test_secrets_are_known_by_name(folder: Path) -> None:
    text = "name: blue\nenvironment_variables: {A: a, B: '${secret:TOKEN}'}\n"
    deployment = _alone(project.tree(text, folder, TOKEN="hunter2"))
    assert deployment.secrets == {"B"}
    assert deployment.environment_variables == {"A": "a", "B": "hunter2"}


COUNTED = ScaleSettings(scale_type="manual", instance_count=2)
SCALE = "-     scale_settings:\n-       scale_type: manual\n-       instance_count: 1\n"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (f"{SCALE}+     instance_count: 2\n", COUNTED),
        ("-       instance_count: 1\n+     instance_count: 2\n", COUNTED),
        (SCALE, None),
    ],
)
def test_the_count_may_stand_at_the_deployment(
    change: str, expected: ScaleSettings | None, folder: Path
) -> None:
    assert _deployment(change, folder).scale_settings == expected


UNNAMED = {"name": "blue", "anonymous": True}
MODEL = "-       name: my-model\n-       version: 1\n-       local_path: model.pkl\n"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("path: model.pkl", {**UNNAMED, "path": "model.pkl"}),
        ("{name: a, local_path: ./src/../model.pkl}", {"name": "a", "path": "model.pkl"}),
        ("{name: a, version: 2, local_path: src}", {"name": "a", "version": "2", "path": "src"}),
        (
            "{datastore: azureml:store, path: a/b}",
            {**UNNAMED, "datastore": "store", "datastore_path": "a/b"},
        ),
        (
            "{path: azureml://subscriptions/s/datastores/store/paths/a/b}",
            {**UNNAMED, "datastore": "store", "datastore_path": "a/b"},
        ),
        (
            "{local_path: model.pkl, flavors: {a: {b: [1]}}, tags: {c: 1}, description: D.}",
            {
                **UNNAMED,
                "path": "model.pkl",
                "flavors": {"a": {"b": [1]}},
                "tags": {"c": "1"},
                "description": "D.",
            },
        ),
    ],
)
def test_a_model_has_a_name_and_an_absolute_path(
    change: str, expected: dict[str, Any], folder: Path
) -> None:
    change = change if change.startswith("{") else f"{{{change}}}"
    deployment = _deployment(f"-     model:\n{MODEL}+     model: {change}\n", folder)
    if "path" in expected:
        expected = {**expected, "path": folder / expected["path"]}
    assert deployment.model == Model(**expected)


def test_a_model_that_is_a_link_keeps_its_name(folder: Path) -> None:
    (folder / "link.pkl").symlink_to("model.pkl")
    model = complete_model(project.tree("name: m\nversion: 1.2.3\nlocal_path: link.pkl\n", folder))
    assert model == Model(name="m", version="1.2.3", path=folder / "link.pkl")


CODE = "-       code:\n-         local_path: src\n"


@pytest.mark.parametrize(
    "code", ["src", "{path: src}", "{local_path: ./src/}", "file:src", "'file: ./src/'"]
)
def test_code_is_a_folder_in_every_spelling(code: str, folder: Path) -> None:
    deployment = _deployment(f"{CODE}+       code: {code}\n", folder)
    assert deployment.code == Code(path=folder / "src")


@pytest.mark.parametrize(
    "code",
    [
        "{path: a/src, datastore: azureml:store}",
        "{path: a/src, datastore: store}",
        "{path: 'azureml://datastores/store/paths/a/src'}",
    ],
)
def test_code_may_be_in_a_datastore(code: str, folder: Path) -> None:
    deployment = _deployment(f"{CODE}+       code: {code}\n", folder)
    assert deployment.code == Code(path=Path("a/src"), datastore="store")


def test_code_may_be_an_asset(folder: Path) -> None:
    asset = "{local_path: src, name: c, version: 3, description: D., tags: {a: 1}}"
    assert _deployment(f"{CODE}+       code: {asset}\n", folder).code == Code(
        path=folder / "src", name="c", version="3", description="D.", tags={"a": "1"}
    )


FROM = "FROM ubuntu:22.04\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image: a", {"image": "a"}),
        ("docker: {image: a}\npath: .", {"image": "a"}),
        (
            "docker: {build: {dockerfile: file:Dockerfile}}",
            {"dockerfile": FROM, "dockerfile_path": "Dockerfile", "context": "."},
        ),
        (
            "docker: {build: {dockerfile: Dockerfile}}\npath: src",
            {"dockerfile": FROM, "dockerfile_path": "Dockerfile", "context": "src"},
        ),
        (
            "docker: {build: {dockerfile: 'from a'}}",
            {"dockerfile": "from a", "context": "."},
        ),
        (
            "build: {path: src/.., dockerfile_path: Dockerfile}\npath: src",
            {"dockerfile": FROM, "dockerfile_path": "Dockerfile", "context": "."},
        ),
        ("build: {path: .}", {"dockerfile": FROM, "dockerfile_path": "Dockerfile", "context": "."}),
        (
            "image: a\nconda_file: bare.yml\nos_type: windows\ndescription: D.\ntags: {a: 1}",
            {
                "image": "a",
                "conda_file": "dependencies: [python]\n",
                "conda_path": "bare.yml",
                "os_type": "windows",
                "description": "D.",
                "tags": {"a": "1"},
            },
        ),
        (
            "image: a\nconda_file: '{dependencies: [python]}'",
            {"image": "a", "conda_file": "{dependencies: [python]}"},
        ),
        (
            "image: a\nname: e\nversion: 2021.8.1",
            {"image": "a", "name": "e", "version": "2021.8.1"},
        ),
    ],
)
def test_an_environment_has_texts_and_absolute_paths(
    text: str, expected: dict[str, Any], folder: Path
) -> None:
    for key in ("conda_path", "dockerfile_path", "context"):
        if key in expected:
            expected = {**expected, key: Path(folder, expected[key])}
    assert _environment(text, folder) == Environment(**expected)


def test_a_conda_mapping_becomes_a_text_in_its_order(folder: Path) -> None:
    text = "image: a\nconda_file: {name: z, channels: [b], dependencies: [c, {pip: [d]}]}"
    conda = _environment(text, folder).conda_file
    assert conda is not None
    assert yaml.safe_load(conda) == {
        "name": "z",
        "channels": ["b"],
        "dependencies": ["c", {"pip": ["d"]}],
    }
    assert conda.startswith("name: z\nchannels:")


def test_a_container_tells_its_routes(folder: Path) -> None:
    routes = "{liveness_route: {port: 1, path: /a}, readiness_route: {port: 2, path: /b},"
    text = f"image: a\ninference_config: {routes} scoring_route: {{port: 3, path: /c}}}}"
    assert _environment(text, folder).inference_config == InferenceConfig(
        liveness_route=Route(port=1, path="/a"),
        readiness_route=Route(port=2, path="/b"),
        scoring_route=Route(port=3, path="/c"),
    )


def test_paths_start_from_the_file_that_holds_them(folder: Path) -> None:
    tree = project.tree("name: m\nlocal_path: model.pkl\n", folder / "models")
    assert complete_model(tree).path == folder / "models" / "model.pkl"


def test_a_file_that_vanished_is_an_error_that_says_so(folder: Path) -> None:
    tree = project.tree("image: a\nconda_file: conda.yml\n", folder)
    (folder / "conda.yml").unlink()
    with pytest.raises(FileAccessError) as caught:
        complete_environment(tree)
    assert caught.value.message == f"{folder / 'conda.yml'} does not exist"


@pytest.mark.parametrize(
    ("section", "kind"),
    [
        ("requestSettings", RequestSettings),
        ("probe", Probe),
        ("scaleSettings", ScaleSettings),
        ("resourceRequirements", ResourceRequirements),
        ("route", Route),
        ("inferenceConfig", InferenceConfig),
    ],
)
def test_sections_that_are_taken_as_they_are_have_the_models_fields(
    section: str, kind: type[Any]
) -> None:
    properties = schemas.load("online-endpoint")["$defs"][section]["properties"]
    assert list(properties) == [field.name for field in dataclasses.fields(kind)]


def test_a_default_of_the_schema_is_documentation_and_no_wish(folder: Path) -> None:
    change = "      instance_type: Standard_F2s_v2\n+     liveness_probe: {period: 7}"
    blue = _deployment(change, folder)
    assert blue.liveness_probe == Probe(period=7)
    assert (blue.readiness_probe, blue.request_settings, blue.app_insights_enabled) == (None,) * 3


def test_tests_of_the_endpoint_and_of_a_deployment(folder: Path) -> None:
    endpoint = _endpoint(
        """
      instance_count: 1
+     tests:
+       - request_file: src/request.json
+         name: two patients
+         expect: {status: 201, max_latency_ms: 800, first_token_ms: 90, text: "[1, 2]"}
+ tests:
+   - request_file: file:src/request.json
+   - data: {names: [Zürich, null, true], 1: 2.0}
+     expect: {json: ["length(@) == 2", "a != b"]}
+   - text: "1,2"
+     content_type: text/csv
+     expect:
+       json: {"[0]": [1, {a: b}], b: {approx: 2, tolerance: 0.5, "<": 3}}
+       text: {contains: 1}
""",
        folder,
    )
    (deployment,) = endpoint.deployments
    assert deployment.tests == (
        Check(
            name="two patients",
            request_file=folder / "src/request.json",
            status=201,
            max_latency_ms=800,
            first_token_ms=90,
            text=(Comparison(path="", sign="==", value="[1, 2]"),),
        ),
    )
    assert endpoint.tests == (
        Check(name="request.json", request_file=folder / "src/request.json"),
        Check(
            name="test 2",
            body='{"names": ["Zürich", null, true], "1": 2.0}'.encode(),
            json=(
                Comparison(path="length(@)", sign="==", value=2),
                Comparison(path="a", sign="!=", value="b"),
            ),
        ),
        Check(
            name="test 3",
            body=b"1,2",
            content_type="text/csv",
            json=(
                Comparison(path="[0]", sign="==", value=[1, {"a": "b"}]),
                Comparison(path="b", sign="<", value=3),
                Comparison(path="b", sign="approx", value=2, tolerance=0.5),
            ),
            text=(Comparison(path="", sign="contains", value=1),),
        ),
    )


URIS = (
    "runs:/brave_run/model",
    "azureml://jobs/brave_run/outputs/artifacts/paths/model/",
    "azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/d/paths/a/model",
    "https://account.blob.core.windows.net/container/model.pkl",
    "wasbs://container@account.blob.core.windows.net/model.pkl",
)


@pytest.mark.parametrize("uri", URIS)
def test_a_model_may_be_anywhere_in_azure(folder: Path, uri: str) -> None:
    change = f"{{name: m, version: 1, path: '{uri}', stage: Production}}"
    found = _deployment(f"-     model:\n{MODEL}+     model: {change}\n", folder).model
    assert isinstance(found, Model)
    assert (found.uri, found.path, found.datastore, found.stage) == (uri, None, None, "Production")


def test_a_model_of_triton_needs_neither_script_nor_environment(folder: Path) -> None:
    write_files(folder, {"repository/densenet/1/model.onnx": "weights"})
    change = "{name: m, version: 1, local_path: repository, type: triton_model}"
    found = _deployment(f"-     model:\n{MODEL}+     model: {change}\n", folder).model
    assert isinstance(found, Model) and found.type == "triton_model"
