"""A deployment in ARM's JSON: what is sent, and what is read from answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_ml_endpoint.cloud.wire import deployment as wire
from azext_ml_endpoint.cloud.wire import dump
from azext_ml_endpoint.document.model import (
    HIDDEN,
    Deployment,
    Probe,
    Reference,
    RequestSettings,
    ResourceRequirements,
    ScaleSettings,
)
from azext_ml_endpoint.plan.aspects import differences
from azext_ml_endpoint.plan.memory import recalled_deployment
from tests.fakes.builders import EVERY_ASPECT, code, deployment, model
from tests.unit.cloud.wire.answers import WORKSPACE, answered

MODEL = WORKSPACE.asset("models", "prices", "1")
CODE = WORKSPACE.asset("codes", "a", "1")
ENVIRONMENT = WORKSPACE.asset("environments", "e", "1")
IDS = {"model model-1": MODEL, "code code-1": CODE, "environment environment-1": ENVIRONMENT}
ALIASES = {id_.lower(): key for key, id_ in IDS.items()}
COMPARED = EVERY_ASPECT - {"inference_config"}

BLUE = deployment("blue", instance_type="Standard_F2s_v2")
AUTO = ScaleSettings(scale_type="auto", min_instances=1, max_instances=3)
ON_KUBERNETES = deployment(
    "blue",
    scale_settings=AUTO,
    resource_requirements=ResourceRequirements(cpu=0.5, memory_in_gb=0.5, gpu=1),
)


def body(wanted: Deployment, kind: str = "managed", there: Any = None) -> dict[str, Any]:
    return wire.body(wanted, kind, "eastus2", IDS, there)


def changed(wanted: Deployment, there: dict[str, Any]) -> list[str]:
    """The aspects in which the service and the document differ."""
    seen = wire.observed(there, wanted, ALIASES)
    return differences(recalled_deployment(wanted, seen), seen, COMPARED)


def test_a_managed_deployment_is_sent_with_all_that_the_document_says() -> None:
    settings = RequestSettings(request_timeout_ms=3000, max_queue_wait_ms=1000)
    wanted = deployment(
        "blue",
        instance_type="Standard_F2s_v2",
        scale_settings=ScaleSettings(scale_type="manual", instance_count=2),
        request_settings=settings,
        liveness_probe=Probe(initial_delay=30),
        environment_variables={"COLOUR": "blue"},
        app_insights_enabled=True,
        description="first",
        tags={"team": "houses"},
        properties={"stage": "test"},
    )
    said = (
        '{"app_insights_enabled":true,"code":null,"description":null,"environment":null,'
        '"liveness_probe.initial_delay":30,"model":null,"request_settings.max_queue_wait_ms":1000,'
        '"request_settings.request_timeout_ms":3000,"scoring_script":null,"tags.team":null}'
    )
    assert body(wanted) == {
        "location": "eastus2",
        "tags": {"team": "houses"},
        "sku": {"name": "Default", "capacity": 2},
        "properties": {
            "endpointComputeType": "Managed",
            "model": MODEL,
            "codeConfiguration": {"codeId": CODE, "scoringScript": "score.py"},
            "environmentId": ENVIRONMENT,
            "environmentVariables": {"COLOUR": "blue"},
            "instanceType": "Standard_F2s_v2",
            "requestSettings": {"requestTimeout": "PT3S", "maxQueueWait": "PT1S"},
            "livenessProbe": {"initialDelay": "PT30S"},
            "appInsightsEnabled": True,
            "description": "first",
            "properties": {"stage": "test", "mlEndpointSaid": said},
        },
    }


def test_a_deployment_on_kubernetes_scales_by_itself_and_says_what_it_needs() -> None:
    sent = body(ON_KUBERNETES, "kubernetes")
    assert sent["sku"] == {"name": "Default"}
    assert sent["properties"]["endpointComputeType"] == "Kubernetes"
    assert sent["properties"]["scaleSettings"] == {
        "scaleType": "TargetUtilization",
        "minInstances": 1,
        "maxInstances": 3,
    }
    assert sent["properties"]["containerResourceRequirements"] == {
        "containerResourceRequests": {"cpu": "0.5", "memory": "0.5Gi", "gpu": "1"},
        "containerResourceLimits": {"gpu": "1"},
    }


def test_a_deployment_without_code_and_of_registered_assets_names_them() -> None:
    given = Reference(text=MODEL, name="prices", version="1")
    sent = body(deployment("blue", code=None, scoring_script=None, model=given))
    assert "codeConfiguration" not in sent["properties"]
    assert sent["properties"]["model"] == MODEL


def test_scaling_sends_the_number_of_instances_alone() -> None:
    wanted = deployment("blue", scale_settings=ScaleSettings(scale_type="manual", instance_count=3))
    assert wire.scaled(wanted) == {"sku": {"name": "Default", "capacity": 3}}


def test_what_the_document_cannot_say_stays_as_it_is() -> None:
    there = answered("blue", body(BLUE), egressPublicNetworkAccess="Disabled", description="old")
    there["properties"]["properties"]["other"] = "tool"
    there["properties"]["dataCollector"] = {"collections": {"model_inputs": {}}}
    there["zones"] = ["1"]
    whole = body(BLUE, there=there)
    assert whole["zones"] == ["1"] and not {"id", "name", "type", "systemData"} & set(whole)
    sent = whole["properties"]
    assert sent["egressPublicNetworkAccess"] == "Disabled"
    assert sent["dataCollector"] == {"collections": {"model_inputs": {}}}
    assert sent["properties"]["other"] == "tool"
    assert sent["description"] == "old"
    assert "provisioningState" not in sent


def test_a_silent_document_says_nothing_of_the_scale() -> None:
    assert body(BLUE)["sku"] == {"name": "Default"}
    there = answered("blue", body(BLUE)) | {"sku": {"name": "Default", "capacity": 7}}
    assert changed(BLUE, there) == []
    assert body(BLUE, there=there)["sku"]["capacity"] == 7


def test_what_a_cluster_chooses_is_no_difference() -> None:
    there = answered("blue", body(deployment("blue"), "kubernetes"))
    there["properties"]["instanceType"] = "defaultinstancetype"
    there["properties"]["containerResourceRequirements"] = {
        "containerResourceRequests": {"cpu": "100m", "memory": "500Mi"}
    }
    assert changed(deployment("blue"), there) == []
    needs = ResourceRequirements(cpu=0.1)
    assert changed(deployment("blue", resource_requirements=needs), there) == []


@pytest.mark.parametrize(
    ("change", "aspect"),
    [
        ({"model": model("model-2")}, "model"),
        ({"code": code("code-2")}, "code"),
        ({"environment": Reference(text=MODEL, name="e")}, "environment"),
        ({"scoring_script": "main.py"}, "scoring_script"),
        ({"environment_variables": {"COLOUR": "blue"}}, "environment_variables"),
        ({"instance_type": "Standard_F4s_v2"}, "instance_type"),
        (
            {"scale_settings": ScaleSettings(scale_type="manual", instance_count=2)},
            "scale_settings",
        ),
        ({"request_settings": RequestSettings(request_timeout_ms=1)}, "request_settings"),
        ({"liveness_probe": Probe(period=1)}, "liveness_probe"),
        ({"readiness_probe": Probe(period=1)}, "readiness_probe"),
        ({"app_insights_enabled": True}, "app_insights_enabled"),
        ({"description": "new"}, "description"),
        ({"tags": {"team": "houses"}}, "tags"),
        ({"properties": {"stage": "test"}}, "properties"),
    ],
)
def test_a_change_is_seen_in_its_aspect(change: dict[str, Any], aspect: str) -> None:
    wanted = deployment("blue", **{"instance_type": "Standard_F2s_v2", **change})
    assert changed(wanted, answered("blue", body(BLUE))) == [aspect]


def test_ids_that_differ_in_case_are_the_same() -> None:
    there = answered("blue", body(BLUE))
    there["properties"]["model"] = MODEL.upper()
    assert changed(BLUE, there) == []
    given = Reference(text=MODEL, name="prices", version="1")
    wanted = deployment("blue", model=given, instance_type="Standard_F2s_v2")
    assert changed(wanted, there) == []


@pytest.mark.parametrize("state", ["Failed", "Canceled"])
def test_a_deployment_whose_last_operation_did_not_succeed_is_in_trouble(state: str) -> None:
    there = answered("blue", body(BLUE), provisioningState=state)
    assert wire.observed(there).trouble
    assert wire.observed(answered("blue", body(BLUE))).trouble is None


def test_the_assets_that_a_deployment_uses_are_told() -> None:
    assert wire.used_ids(answered("blue", body(BLUE))) == set(ALIASES)


texts = st.dictionaries(st.sampled_from(["a", "b"]), st.text(max_size=3), max_size=2)
counts = st.integers(1, 50)
maybe = st.none() | counts
probes = st.builds(
    Probe,
    initial_delay=maybe,
    period=maybe,
    timeout=maybe,
    success_threshold=maybe,
    failure_threshold=maybe,
)
manual = st.builds(ScaleSettings, scale_type=st.just("manual"), instance_count=maybe)
automatic = st.builds(
    ScaleSettings,
    scale_type=st.just("auto"),
    min_instances=counts,
    max_instances=counts,
    polling_interval=st.none() | counts,
    target_utilization_percentage=st.none() | counts,
)
amounts = st.none() | st.integers(1, 64).map(lambda tenths: tenths / 8)
needs = st.builds(
    ResourceRequirements,
    cpu=amounts,
    memory_in_gb=amounts,
    gpu=st.none() | counts,
    cpu_cores_limit=amounts,
    memory_in_gb_limit=amounts,
)


@given(
    st.fixed_dictionaries(
        {
            "environment_variables": texts,
            "tags": texts,
            "properties": texts,
            "description": st.none() | st.text("ab", min_size=1),
            "app_insights_enabled": st.none() | st.booleans(),
            "liveness_probe": st.none() | probes,
            "readiness_probe": st.none() | probes,
            "request_settings": st.builds(
                RequestSettings,
                request_timeout_ms=maybe,
                max_concurrent_requests_per_instance=maybe,
                max_queue_wait_ms=st.none() | st.integers(0, 50),
            ),
        }
    ),
    st.one_of(
        st.tuples(
            st.just("managed"),
            st.fixed_dictionaries({"instance_type": st.just("F2"), "scale_settings": manual}),
        ),
        st.tuples(
            st.just("kubernetes"),
            st.fixed_dictionaries(
                {
                    "instance_type": st.none() | st.just("small"),
                    "scale_settings": st.none() | manual | automatic,
                    "resource_requirements": st.none() | needs,
                }
            ),
        ),
    ),
)
def test_what_was_sent_is_what_is_seen(
    settings: dict[str, Any], kind: tuple[str, dict[str, Any]]
) -> None:
    wanted = deployment("blue", **settings, **kind[1])
    assert changed(wanted, answered("blue", body(wanted, kind[0]))) == []


def test_secrets_are_noted_by_name_and_shown_to_nobody() -> None:
    variables = {"KEY": "planted", "COLOUR": "blue"}
    wanted = deployment("blue", environment_variables=variables, secrets=frozenset({"KEY"}))
    there = answered("blue", body(wanted))
    assert there["properties"]["environmentVariables"] == variables
    assert "planted" not in str(dump.deployment(there))
    assert dump.deployment(there)["properties"] == {}
    assert changed(wanted, there) == []


def test_what_was_shown_of_a_secret_stands_for_its_value() -> None:
    variables = {"KEY": "planted", "COLOUR": "blue"}
    made = deployment("blue", environment_variables=variables, secrets=frozenset({"KEY"}))
    there = answered("blue", body(made))
    edited = deployment("blue", environment_variables={"KEY": HIDDEN, "COLOUR": "red"})
    wanted = wire.with_secrets(edited, there)
    assert wanted.environment_variables == {"KEY": "planted", "COLOUR": "red"}
    assert body(wanted, there=there)["properties"]["properties"]["mlEndpointSecrets"] == "KEY"


def test_stars_are_stars_where_nothing_is_secret() -> None:
    there = answered("blue", body(deployment("blue", environment_variables={"KEY": "value"})))
    edited = deployment("blue", environment_variables={"KEY": HIDDEN})
    assert wire.with_secrets(edited, there) == edited
