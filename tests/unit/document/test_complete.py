"""Endpoints and deployments, complete: every key and section of a document.

Models, code and environments are in :mod:`.test_complete_assets`.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document import schemas
from azext_ml_endpoint.document.complete import complete
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
from tests.unit.document import completed, project


def _alone(tree: Node) -> Deployment:
    """Of a file of its own."""
    (deployment,) = complete(project.endpoint_of(tree)).deployments
    return deployment


def test_the_document_as_it_stands(folder: Path) -> None:
    assert completed.endpoint("", folder) == Endpoint(
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
    assert completed.endpoint(change, folder).traffic == traffic


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
    assert completed.deployment(change, folder).scale_settings == expected


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
    blue = completed.deployment(change, folder)
    assert blue.liveness_probe == Probe(period=7)
    assert (blue.readiness_probe, blue.request_settings, blue.app_insights_enabled) == (None,) * 3


def test_tests_of_the_endpoint_and_of_a_deployment(folder: Path) -> None:
    endpoint = completed.endpoint(
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
