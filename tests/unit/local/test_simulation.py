"""What a deployment may use of this machine where it is to behave as in Azure."""

from __future__ import annotations

from typing import Any

import pytest

from azext_ml_endpoint.document.model import ScaleSettings
from azext_ml_endpoint.local import simulation
from azext_ml_endpoint.local.runtime import Allowance
from tests.fakes.builders import deployment

GIB = 1024**3
TWO = ScaleSettings(scale_type="manual", instance_count=2)


@pytest.mark.parametrize(
    ("name", "cores", "gib"),
    [
        ("Standard_F2s_v2", 2, 4),
        ("standard_f4s_v2", 4, 8),
        ("Standard_DS3_v2", 4, 14),
        ("Standard_DS1_v2", 1, 3.5),
        ("Standard_D2_v2", 2, 7),
        ("Standard_D4s_v3", 4, 16),
        ("Standard_D2as_v4", 2, 8),
        ("Standard_E4s_v3", 4, 32),
        ("Standard_L8s_v3", 8, 64),
    ],
)
def test_the_size_of_a_machine_follows_from_its_name(name: str, cores: int, gib: float) -> None:
    assert simulation.size(name) == (cores, int(gib * GIB))


@pytest.mark.parametrize(
    "name",
    [
        None,
        "",
        "local",
        "Standard_NC6s_v3",
        "Standard_DS99_v2",
        "F2s",
        "Standard_D2ls_v5",
        "Standard_E64s_v3",
    ],
)
def test_an_unknown_machine_is_no_limit(name: str | None) -> None:
    assert simulation.size(name) == (None, None)


def of(limited: bool = True, **changes: Any) -> Allowance:
    wanted = deployment("blue", instance_type="Standard_F2s_v2", **changes)
    return simulation.allowance(wanted, limited=limited)


def test_all_instances_are_one_with_as_many_workers() -> None:
    assert of() == Allowance(cpus=2, memory=4 * GIB)
    assert of(scale_settings=TWO) == Allowance(workers=2, cpus=4, memory=8 * GIB)
    assert of(limited=False, scale_settings=TWO) == Allowance(workers=2)


def test_an_autoscaler_begins_with_the_fewest() -> None:
    scale = ScaleSettings(scale_type="auto", min_instances=3, max_instances=5)
    assert of(scale_settings=scale).workers == 3


def test_who_sets_the_workers_himself_is_heard() -> None:
    own = of(scale_settings=TWO, environment_variables={"WORKER_COUNT": "4"})
    assert (own.workers, own.instances, own.variables) == (None, 2, {})
    three = ScaleSettings(scale_type="manual", instance_count=3)
    more = of(False, scale_settings=three, environment_variables={"WORKER_COUNT": "4"})
    fewer = of(False, scale_settings=TWO, environment_variables={"WORKER_COUNT": "4"})
    record = {simulation.ALLOWANCE: simulation.said(fewer)}
    assert simulation.stale(record, more) == "simulated instances 2 → 3"


def test_the_server_is_told_by_a_variable() -> None:
    assert of(scale_settings=TWO).variables == {"WORKER_COUNT": "2"}


def test_what_runs_otherwise_is_to_be_made_again() -> None:
    now = of(scale_settings=TWO)
    record = {simulation.ALLOWANCE: simulation.said(now)}
    assert simulation.stale(record, now) is None
    assert simulation.stale({}, None) is None
    assert simulation.stale({}, Allowance()) is None
    assert simulation.stale({}, now) == (
        "simulated workers any → 2, cpus any → 4, memory any → 8 GiB"
    )
    assert simulation.stale(record, Allowance(workers=3, cpus=4, memory=8 * GIB)) == (
        "simulated workers 2 → 3"
    )
    assert simulation.stale(record, None) is not None


@pytest.mark.parametrize("spoilt", [None, [], "x", {"workers": "2"}, {"memory": []}, {"more": 1}])
def test_what_was_spoilt_meanwhile_is_nothing(spoilt: Any) -> None:
    assert simulation.stale({simulation.ALLOWANCE: spoilt}, None) is None
    now = of(limited=False, scale_settings=TWO)
    assert simulation.stale({simulation.ALLOWANCE: spoilt}, now) == "simulated workers any → 2"
