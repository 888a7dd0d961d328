"""Whatever is there: what no edit and no file speaks of goes back to Azure as it came."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from azext_ml_endpoint.cloud.wire import deployment as wire
from azext_ml_endpoint.cloud.wire import document, dump, keys, values
from azext_ml_endpoint.cloud.wire import endpoint as endpoints
from azext_ml_endpoint.document import live, proof, write
from azext_ml_endpoint.document.finding import Place
from azext_ml_endpoint.document.load import load_change
from azext_ml_endpoint.document.model import Deployment, Endpoint
from azext_ml_endpoint.plan.aspects import differences
from azext_ml_endpoint.plan.fit import Intent, adapt
from tests.fakes.builders import EVERY_ASPECT
from tests.unit.cloud.wire.answers import WORKSPACE, answered
from tests.unit.cloud.wire.live_bodies import deployments

COMPARED = EVERY_ASPECT - {"inference_config"}
CLUSTER = f"{WORKSPACE.id}/computes/aks"
EDITS: dict[str, tuple[Any, tuple[keys.Pointer, ...]]] = {
    "tags.new": ("x", (("tags", "new"),)),
    "description": ("another", (("properties", "description"),)),
    "app_insights_enabled": (True, (("properties", "appInsightsEnabled"),)),
    "environment_variables.NEW": ("x", (("properties", "environmentVariables", "NEW"),)),
    "properties.new": ("x", (("properties", "properties", "new"),)),
    "request_settings.request_timeout_ms": (
        77_000,
        (("properties", "requestSettings", "requestTimeout"),),
    ),
    "liveness_probe.period": (77, (("properties", "livenessProbe", "period"),)),
    "readiness_probe.failure_threshold": (
        77,
        (("properties", "readinessProbe", "failureThreshold"),),
    ),
}
"""Key of the document -> its new value, and the places of a body that it is about."""

bodies = st.sampled_from(["Managed", "Kubernetes"]).flatmap(deployments)
any_edit = st.sampled_from(sorted(EDITS))
quickly = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def around(blue: dict[str, Any]) -> dict[str, Any]:
    """An endpoint that blue can be of."""
    on_cluster = blue["properties"]["endpointComputeType"] == "Kubernetes"
    own = {"authMode": "Key", "compute": CLUSTER if on_cluster else None, "traffic": {}}
    return answered("houses", {"location": "eastus2", "tags": {}, "properties": own})


def edited(blue: dict[str, Any], key: str) -> Deployment:
    """What an option of `update` makes of it."""
    there = dump.endpoint(around(blue), [blue])
    after = live.editable(there)
    deployment = after["deployments"][0]
    section, _, name = key.partition(".")
    if name:
        deployment[section] = {**(deployment[section] or {}), name: EDITS[key][0]}
    else:
        deployment[section] = EDITS[key][0]
    edit = live.EditedDocument(there=there, edited=after, options="--set")
    wanted = load_change(edit).require().wanted
    return recalled(wanted, blue, Intent(create=False, live=True))


def recalled(wanted: Endpoint, blue: dict[str, Any], intent: Intent) -> Deployment:
    there = endpoints.observed(around(blue), (wire.observed(blue),), WORKSPACE)
    (deployment,) = adapt(wanted, there, intent).deployments
    return deployment


def sent(wanted: Deployment, blue: dict[str, Any]) -> dict[str, Any]:
    return wire.body(wanted, "managed", "eastus2", {}, blue)


def comparable(body: dict[str, Any], *but: keys.Pointer) -> dict[str, Any]:
    """Field by field, without what says nothing, what only Azure writes, and these places."""
    own = {name: each for name, each in body["properties"].items() if name != "provisioningState"}
    own["properties"] = values.users_own(own.get("properties"))
    flat = dict(_fields(("properties",), own) if own else ())
    for name in ("location", "tags", "sku"):
        flat |= dict(_fields((name,), body.get(name)))
    return {
        ".".join(place): value for place, value in flat.items() if place not in but and value != {}
    }


def _fields(place: keys.Pointer, value: Any) -> Iterator[tuple[keys.Pointer, Any]]:
    if isinstance(value, dict) and value:
        for name, each in value.items():
            yield from _fields((*place, name), each)
    elif value is not None:
        yield place, value


@quickly
@given(bodies, any_edit)
def test_an_edit_changes_what_it_names_and_nothing_else(blue: dict[str, Any], key: str) -> None:
    before, changed = copy.deepcopy(blue), EDITS[key][1]
    assume(key != "app_insights_enabled" or not blue["properties"].get("appInsightsEnabled"))
    put = sent(edited(blue, key), blue)
    assert blue == before
    assert comparable(put, *changed) == comparable(blue, *changed)
    for place in changed:
        assert keys.get(put, place) is not None


@quickly
@given(bodies)
def test_the_exported_file_is_valid_and_changes_nothing(blue: dict[str, Any]) -> None:
    houses, folder = around(blue), Path("/")
    written = write.endpoint(document.endpoint(houses, [blue], WORKSPACE), folder)
    assert proof.errors(written, folder, Place("it")) == []
    wanted = recalled(proof.endpoint(written, folder), blue, Intent())
    wanted = _with_full_ids(wanted, blue)
    assert differences(wanted, wire.observed(blue, wanted), COMPARED) == []
    assert comparable(sent(wanted, blue)) == comparable(blue)


def _with_full_ids(wanted: Deployment, blue: dict[str, Any]) -> Deployment:
    """As the references of the workspace are resolved."""
    from dataclasses import replace

    found = wire.described(blue)
    return replace(wanted, model=found.model, code=found.code, environment=found.environment)
