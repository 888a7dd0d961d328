"""Steps become true in Azure: what is sent, in which order, and what is shown in the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document.model import (
    Endpoint,
    Identity,
    Reference,
    ResourceRequirements,
    ScaleSettings,
)
from azext_ml_endpoint.errors import ConflictError
from azext_ml_endpoint.plan.own_tags import Overtaken
from azext_ml_endpoint.plan.steps import Keep, SetTraffic
from tests.fakes.builders import endpoint
from tests.fakes.cloud_world import CloudWorld, inline_deployment
from tests.simulator.operations import Durations

HOUSES = "onlineEndpoints/houses"
BLUE = f"{HOUSES}/deployments/blue"
USER = "/subscriptions/s/resourceGroups/rg/providers/M/userAssignedIdentities/uai"


@pytest.fixture
def world() -> CloudWorld:
    return CloudWorld(Durations(endpoint=90, deployment=600, delete=20, scale=60))


def houses(folder: Path, **changes: Any) -> Endpoint:
    """With blue, which gets all the traffic."""
    return endpoint(inline_deployment(folder), **{"traffic": {"blue": 100}, **changes})


def after(world: CloudWorld, wanted: Endpoint) -> list[str]:
    """What is written to come from what is there to what is wanted; nothing may be refused."""
    world.simulator.journal.clear()
    world.make(wanted)
    assert world.simulator.journal.refused() == []
    return world.writes()


def test_everything_is_made_in_a_safe_order(world: CloudWorld, tmp_path: Path) -> None:
    lines = after(world, houses(tmp_path))
    assert [line for line in lines if "onlineEndpoints" in line] == [
        f"PUT {HOUSES}",
        f"PUT {BLUE}",
        f"PUT {HOUSES}",
    ]
    assert {line.split()[1].split("/")[0] for line in lines} == {
        "models",
        "codes",
        "environments",
        "onlineEndpoints",
    }
    assert world.body(HOUSES)["properties"]["traffic"] == {"blue": 100}
    assert world.body(BLUE)["state"] == "Succeeded"


def test_what_is_shown_in_the_end_is_what_a_fresh_look_shows(
    world: CloudWorld, tmp_path: Path
) -> None:
    shown = world.make(houses(tmp_path))
    assert shown["scoring_uri"] == "https://houses.eastus2.inference.ml.azure.com/score"
    assert shown["traffic"] == {"blue": 100}
    assert world.seen("houses").show("houses") == shown


def test_nothing_is_written_where_nothing_differs(world: CloudWorld, tmp_path: Path) -> None:
    world.make(houses(tmp_path))
    assert after(world, houses(tmp_path)) == []


def test_a_changed_deployment_is_written_again(world: CloudWorld, tmp_path: Path) -> None:
    world.make(houses(tmp_path))
    changed = inline_deployment(tmp_path, environment_variables={"COLOUR": "blue"})
    assert after(world, endpoint(changed)) == [f"PUT {BLUE}"]
    assert world.sent(BLUE)["properties"]["environmentVariables"] == {"COLOUR": "blue"}


def test_changed_code_is_registered_before_its_deployment(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.make(houses(tmp_path))
    (tmp_path / "onlinescoring" / "score.py").write_text("def run(x): return 2 * x")
    code, deployment = after(world, houses(tmp_path))
    assert (code.split("/")[0], deployment) == ("PUT codes", f"PUT {BLUE}")


def test_another_number_of_instances_is_set_without_a_deployment(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.make(houses(tmp_path))
    two = ScaleSettings(scale_type="manual", instance_count=2)
    assert after(world, endpoint(inline_deployment(tmp_path, scale_settings=two))) == [
        f"PATCH {BLUE}"
    ]
    assert world.body(BLUE)["sku"]["capacity"] == 2
    shown = world.make(endpoint(inline_deployment(tmp_path, scale_settings=two)))
    assert shown["deployments"][0]["scale_settings"]["instance_count"] == 2


def test_what_the_tool_keeps_is_written_with_the_traffic_or_alone_and_shown_to_nobody(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.make(houses(tmp_path, tags={"team": "houses"}))
    world.simulator.journal.clear()
    run = world.seen("houses")
    noted = {"ml-endpoint.a": "1", "ml-endpoint.b": "2"}
    run.execute(SetTraffic(reason="", endpoint_name="houses", traffic={}, kept=noted))
    run.execute(Keep(reason="", endpoint_name="houses", kept={"ml-endpoint.a": None}))
    assert world.writes() == [f"PUT {HOUSES}", f"PATCH {HOUSES}"]
    assert world.body(HOUSES)["tags"] == {"team": "houses", "ml-endpoint.b": "2"}
    assert run.show("houses")["tags"] == {"team": "houses"}
    world.make(houses(tmp_path, tags={"team": "boats"}))
    assert world.body(HOUSES)["tags"] == {"team": "boats", "ml-endpoint.b": "2"}


def test_tags_alone_are_patched_and_all_else_is_put_with_the_traffic_it_has(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.make(houses(tmp_path))
    tagged = houses(tmp_path, tags={"team": "houses"})
    assert after(world, tagged) == [f"PATCH {HOUSES}"]
    described = houses(tmp_path, tags={"team": "houses"}, description="by the sea")
    assert after(world, described) == [f"PUT {HOUSES}"]
    there = world.body(HOUSES)
    assert there["tags"] == {"team": "houses"}
    assert there["properties"]["description"] == "by the sea"
    assert there["properties"]["traffic"] == {"blue": 100}


def test_traffic_moves_when_the_new_deployment_is_ready_and_the_old_one_goes_last(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.make(houses(tmp_path))
    green = inline_deployment(tmp_path, "green")
    assert after(world, endpoint(green, traffic={"green": 100})) == [
        f"PUT {HOUSES}/deployments/green",
        f"PUT {HOUSES}",
        f"DELETE {BLUE}",
    ]
    assert after(world, endpoint(green, traffic={"green": 100})) == []


def test_the_shares_of_deployments_with_capital_letters_are_found_again(
    world: CloudWorld, tmp_path: Path
) -> None:
    wanted = endpoint(inline_deployment(tmp_path, "Blue"), traffic={"Blue": 100})
    assert world.make(wanted)["traffic"] == {"Blue": 100}
    assert after(world, wanted) == []


def test_the_only_deployment_is_deleted_after_its_traffic(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.make(houses(tmp_path))
    world.simulator.journal.clear()
    world.delete("houses", "blue")
    assert world.writes() == [f"PUT {HOUSES}", f"DELETE {BLUE}"]
    assert world.simulator.journal.refused() == []


def test_an_endpoint_is_deleted_as_a_whole(world: CloudWorld, tmp_path: Path) -> None:
    world.make(houses(tmp_path))
    world.simulator.journal.clear()
    world.delete("houses")
    assert world.writes() == [f"DELETE {HOUSES}"]
    assert world.observe("houses") is None


def test_an_endpoint_on_kubernetes_is_made_and_found_again(
    world: CloudWorld, tmp_path: Path
) -> None:
    blue = inline_deployment(
        tmp_path,
        instance_type=None,
        scale_settings=ScaleSettings(scale_type="auto", min_instances=1, max_instances=3),
        resource_requirements=ResourceRequirements(cpu=0.5, memory_in_gb=0.5),
    )
    target = Reference(text="aks-test", name="aks-test")
    wanted = endpoint(blue, kind="kubernetes", target=target, traffic={"blue": 100})
    after(world, wanted)
    assert world.body(BLUE)["properties"]["endpointComputeType"] == "Kubernetes"
    assert after(world, wanted) == []


def test_an_endpoint_with_a_users_identity_is_made_and_found_again(
    world: CloudWorld, tmp_path: Path
) -> None:
    identity = Identity(type="user_assigned", user_assigned_identities=(USER,))
    wanted = houses(tmp_path, identity=identity)
    after(world, wanted)
    assert after(world, wanted) == []
    with pytest.raises(ConflictError, match="The identity of endpoint houses"):
        world.make(houses(tmp_path, identity=Identity(type="system_assigned")))


def test_what_cannot_be_changed_is_refused_before_anything_changes(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.make(houses(tmp_path))
    world.simulator.journal.clear()
    bigger = inline_deployment(tmp_path, instance_type="Standard_F4s_v2")
    green = inline_deployment(tmp_path, "green")
    with pytest.raises(ConflictError, match="The instance_type of deployment blue"):
        world.make(endpoint(green, bigger))
    assert world.writes() == []


def test_without_waiting_a_step_is_done_when_azure_has_accepted_it(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.make(houses(tmp_path))
    world.simulator.journal.clear()
    changed = inline_deployment(tmp_path, environment_variables={"COLOUR": "blue"})
    shown = world.make(endpoint(changed), follow=False)
    assert world.writes() == [f"PUT {BLUE}"]
    assert "GET operation" not in world.lines()
    assert shown["deployments"][0]["provisioning_state"] == "Updating"


def test_a_secret_stays_what_it_is_where_an_edit_brings_back_what_was_shown(
    world: CloudWorld, tmp_path: Path
) -> None:
    first = {"KEY": "planted", "COLOUR": "blue"}
    secret = frozenset({"KEY"})
    blue = inline_deployment(tmp_path, environment_variables=first, secrets=secret)
    (shown,) = world.make(endpoint(blue))["deployments"]
    edited = {**shown["environment_variables"], "COLOUR": "red"}
    world.make(endpoint(inline_deployment(tmp_path, environment_variables=edited)))
    there = world.sent(BLUE)["properties"]["environmentVariables"]
    assert there == {"KEY": "planted", "COLOUR": "red"}


def test_what_is_kept_under_a_condition_is_written_only_where_that_holds(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.make(houses(tmp_path))
    first = world.seen("houses")

    def mark(text: str | None, was: str | None) -> Keep:
        kept, holds = {"ml-endpoint.a": text}, {"ml-endpoint.a": was}
        return Keep(reason="", endpoint_name="houses", kept=kept, holds=holds)

    first.execute(mark("1", None))
    first.execute(mark("2", "1"))
    world.simulator.journal.clear()

    for late in (mark("3", None), mark("3", "1"), mark(None, "3")):
        with pytest.raises(Overtaken, match="at the same moment"):
            world.seen("houses").execute(late)
    moved = SetTraffic(
        reason="", endpoint_name="houses", traffic={"blue": 0}, holds={"ml-endpoint.a": None}
    )
    with pytest.raises(Overtaken):
        world.seen("houses").execute(moved)
    assert world.writes() == []


def test_who_had_to_wait_for_his_turn_looks_at_the_condition_once_more(
    world: CloudWorld, tmp_path: Path
) -> None:
    world.make(houses(tmp_path))
    first, second = world.seen("houses", follow=False), world.seen("houses")

    def mark(text: str) -> Keep:
        kept, holds = {"ml-endpoint.a": text}, {"ml-endpoint.a": None}
        return Keep(reason="", endpoint_name="houses", kept=kept, holds=holds)

    first.execute(mark("first"))
    with pytest.raises(Overtaken):
        second.execute(mark("second"))
    assert world.body(HOUSES)["tags"] == {"ml-endpoint.a": "first"}
