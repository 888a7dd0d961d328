"""An endpoint in ARM's JSON: what is sent, and what is read from answers."""

from __future__ import annotations

from typing import Any

import pytest

from azext_ml_endpoint.cloud.wire import deployment
from azext_ml_endpoint.cloud.wire import endpoint as wire
from azext_ml_endpoint.document.model import Endpoint, Identity, Reference
from azext_ml_endpoint.plan.aspects import endpoint_differences
from azext_ml_endpoint.plan.ground import Ground
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.planner import plan_update
from tests.fakes.builders import endpoint
from tests.unit.cloud.wire.answers import WORKSPACE, answered

USER = "/subscriptions/sub/resourceGroups/rg/providers/M/userAssignedIdentities/uai"
NOTHING = Ground(registered=frozenset(), honours=frozenset())
EVERYTHING = endpoint(
    auth_mode="aml_token",
    description="houses by the sea",
    tags={"team": "houses"},
    properties={"stage": "test"},
)


def created(wanted: Endpoint) -> dict[str, Any]:
    return wire.created(wanted, WORKSPACE, "eastus2")


def seen(wanted: Endpoint, there: dict[str, Any]) -> ObservedEndpoint:
    return wire.observed(there, (), WORKSPACE, wanted)


def test_an_endpoint_is_made_with_what_the_document_says() -> None:
    assert created(EVERYTHING) == {
        "location": "eastus2",
        "identity": {"type": "SystemAssigned"},
        "tags": {"team": "houses"},
        "properties": {
            "authMode": "AMLToken",
            "description": "houses by the sea",
            "properties": {"stage": "test"},
            "traffic": {},
        },
    }


def test_a_cluster_is_named_by_its_id_and_makes_the_endpoint_one_of_kubernetes() -> None:
    wanted = endpoint(kind="kubernetes", target=Reference(text="aks-test", name="aks-test"))
    body = created(wanted)
    assert body["properties"]["compute"] == f"{WORKSPACE.id}/computes/aks-test"
    assert wire.kind(body) == "kubernetes"


def test_a_users_identity_is_named_as_azure_names_it() -> None:
    identity = Identity(type="user_assigned", user_assigned_identities=(USER,))
    assert created(endpoint(identity=identity))["identity"] == {
        "type": "UserAssigned",
        "userAssignedIdentities": {USER: {}},
    }


@pytest.mark.parametrize(
    "wanted",
    [
        endpoint(),
        EVERYTHING,
        endpoint(auth_mode="aad_token", identity=Identity(type="none")),
        endpoint(identity=Identity(type="system_assigned")),
        endpoint(identity=Identity(type="user_assigned", user_assigned_identities=(USER,))),
        endpoint(kind="kubernetes", target=Reference(text="aks-test", name="aks-test")),
    ],
)
def test_nothing_is_to_be_done_about_what_was_just_made(wanted: Endpoint) -> None:
    there = seen(wanted, answered("houses", created(wanted)))
    assert len(plan_update(wanted, there, NOTHING)) == 0


def test_ids_that_differ_in_case_are_the_same() -> None:
    identity = Identity(type="user_assigned", user_assigned_identities=(USER,))
    target = Reference(text="aks-test", name="aks-test")
    wanted = endpoint(kind="kubernetes", target=target, identity=identity)
    there = answered("houses", created(wanted))
    there["identity"]["userAssignedIdentities"] = {USER.upper(): {"clientId": "c"}}
    there["properties"]["compute"] = there["properties"]["compute"].upper()
    assert len(plan_update(wanted, seen(wanted, there), NOTHING)) == 0


def test_properties_that_somebody_else_has_set_are_no_difference() -> None:
    there = answered("houses", created(endpoint(properties={"stage": "test", "other": "tool"})))
    wanted = endpoint(properties={"stage": "test"})
    assert endpoint_differences(wanted, seen(wanted, there)) == []
    other = endpoint(properties={"stage": "production"})
    assert endpoint_differences(other, seen(other, there)) == ["properties"]


def test_shares_of_nothing_are_dropped_in_both_directions() -> None:
    there = answered("houses", created(endpoint()), traffic={"blue": 100, "green": 0})
    assert seen(endpoint(), there).traffic == {"blue": 100}
    assert wire.with_traffic(there, {"blue": 0, "green": 100})["properties"]["traffic"] == {
        "green": 100
    }


def test_a_change_of_traffic_sends_everything_else_as_it_was_but_what_only_azure_writes() -> None:
    made = created(EVERYTHING)
    there = answered("houses", made, scoringUri="https://…", mirrorTraffic={"green": 10})
    body = wire.with_traffic(there, {"blue": 100})
    expected = {**made["properties"], "traffic": {"blue": 100}, "mirrorTraffic": {"green": 10}}
    assert body == {**made, "properties": expected, "sku": {"tier": "Standard"}}


def test_a_change_of_the_endpoint_leaves_its_traffic_alone() -> None:
    there = answered("houses", created(EVERYTHING), traffic={"blue": 100})
    there["properties"]["properties"]["other"] = "tool"
    body = wire.changed(there, endpoint(properties={"stage": "production"}))
    assert body["properties"] == {
        "authMode": "AMLToken",
        "description": "houses by the sea",
        "properties": {"stage": "production", "other": "tool"},
        "traffic": {"blue": 100},
    }
    assert body["tags"] == {"team": "houses"}
    gone = endpoint(auth_mode="key", dropped=frozenset({"description", "tags.team"}))
    body = wire.changed(there, gone)
    assert body["properties"]["authMode"] == "Key"
    assert "description" not in body["properties"]
    assert body["tags"] == {}


def test_only_a_change_of_tags_is_one() -> None:
    there = answered("houses", created(endpoint(tags={"team": "houses"})))
    assert wire.only_tags_differ(there, endpoint(tags={"team": "boats"}))
    assert not wire.only_tags_differ(there, endpoint(tags={"team": "boats"}, description="new"))
    assert not wire.only_tags_differ(there, endpoint(tags={"team": "houses"}))


def test_shares_are_those_of_the_deployments_whose_case_the_service_forgets() -> None:
    there = answered("houses", created(endpoint()), traffic={"blue": 100})
    blue = deployment.observed(answered("Blue", {"properties": {}}))
    assert wire.observed(there, (blue,), WORKSPACE).traffic == {"Blue": 100}
    assert wire.with_traffic(there, {"Blue": 100})["properties"]["traffic"] == {"blue": 100}


def test_an_endpoint_whose_last_operation_failed_is_in_trouble() -> None:
    there = answered("houses", created(endpoint()), provisioningState="Failed")
    assert seen(endpoint(), there).trouble
    assert seen(endpoint(), answered("houses", created(endpoint()))).trouble is None


def test_what_the_tool_keeps_is_no_tag_of_the_users_and_outlives_changes() -> None:
    wanted = endpoint(tags={"team": "houses"})
    body = wire.created(wanted, WORKSPACE, "eastus2", {"ml-endpoint.a": "1"})
    there = answered("houses", body)
    observed = seen(wanted, there)
    assert (observed.aspects["tags"], observed.kept) == ({"team": "houses"}, {"ml-endpoint.a": "1"})
    assert plan_update(wanted, observed, NOTHING).steps == ()
    other = endpoint(tags={"team": "boats"})
    assert wire.changed(there, other, {"ml-endpoint.b": "2"})["tags"] == {
        "team": "boats",
        "ml-endpoint.a": "1",
        "ml-endpoint.b": "2",
    }
    moved = wire.with_traffic(there, {}, {"ml-endpoint.a": None, "ml-endpoint.b": "2"})
    assert moved["tags"] == {"team": "houses", "ml-endpoint.b": "2"}
