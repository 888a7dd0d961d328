"""Random answers of ARM: any deployment that the published schema allows."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from azext_ml_endpoint.cloud.contract import Json
from tests.simulator import fields
from tests.simulator.schema import DURATION, Schema
from tests.unit.cloud.wire.answers import WORKSPACE, answered

SHORT = st.text("ab:/#'\" é${}-1", min_size=1, max_size=6).filter(lambda text: text.strip() == text)
NAMES = st.sampled_from(["team", "stage", "LEVEL", "AZUREML_MODEL_DIR", "on", "1.10", "a.b"])
TIMES = st.sampled_from(["PT1S", "PT90S", "PT1M30S", "PT0.25S", "PT2.5S", "PT1H", "P1D"])
CORES = {"100m": 0.1, "1": 1.0, "0.5": 0.5}
PARTICULAR: dict[str, st.SearchStrategy[Any]] = {
    "location": st.just("eastus2"),
    "model": st.just(WORKSPACE.asset("models", "prices", "1")),
    "codeId": st.just(WORKSPACE.asset("codes", "a", "1")),
    "environmentId": st.just(WORKSPACE.asset("environments", "e", "1")),
    "scoringScript": st.sampled_from(["score.py", "code/main.py"]),
    "instanceType": st.sampled_from(["Standard_F2s_v2", "Standard_DS3_v2"]),
    "requestTimeout": st.sampled_from(["PT5S", "PT1M30S", "PT0.25S", "PT180S"]),
    "minInstances": st.just(1),  # more than the other one no service would have taken
    "cpu": st.sampled_from(list(CORES)),
    "memory": st.sampled_from(["1500Mi", "200Mi", "0.5Gi", "1Gi", "512M"]),
    "gpu": st.just("1"),
    "name": st.just("Default"),
    "successThreshold": st.just(1),  # a liveness probe has no other
    "environmentVariables": st.dictionaries(
        st.sampled_from(["LEVEL", "AZUREML_MODEL_DIR", "AML_APP_ROOT", "on"]), SHORT, max_size=3
    ),
    "modelMountPath": st.sampled_from(["/models", "/var/x"]),
}
"""Members whose values mean something."""
_NOT_ANSWERED = ("kind", "identity", "tier", "size", "family")


def deployments(kind: str) -> st.SearchStrategy[Json]:
    """What a GET shows. kind: ``Managed`` or ``Kubernetes``."""
    possible = _of(fields.DEPLOYMENTS[kind]).filter(_is_possible)
    return possible.map(lambda body: answered("blue", body))


def _is_possible(body: Json) -> bool:
    """No cluster gives a container less than it asks for."""
    said = body["properties"].get("containerResourceRequirements") or {}
    least, most = (
        (said.get(f"containerResource{each}") or {}).get("cpu") for each in ("Requests", "Limits")
    )
    return not (least and most) or CORES[least] <= CORES[most]


def _of(schema: Schema) -> st.SearchStrategy[Any]:
    if "if" in schema:
        return st.one_of(_of(schema["then"]), _of(schema["else"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema == DURATION:
        return TIMES
    match schema.get("type"):
        case "object" if "properties" in schema:
            return _record(schema)
        case "object":
            return st.dictionaries(NAMES, _of(schema["additionalProperties"]), max_size=3)
        case "array":
            return st.lists(_of(schema["items"]), max_size=2)
        case "boolean":
            return st.booleans()
        case "integer" | "number":
            return st.integers(max(1, schema.get("minimum", 1)), min(schema.get("maximum", 99), 99))
    return SHORT


def _needed(schema: Schema, members: dict[str, Any]) -> list[str]:
    """The service starts nothing that has neither model nor environment."""
    started = [name for name in ("model", "environmentId") if name in members]
    return list(dict.fromkeys([*schema["required"], *started]))


def _record(schema: Schema) -> st.SearchStrategy[Json]:
    """What is not required is said or not; a service shows null for some of what is not."""
    members = {
        name: PARTICULAR[name] if name in PARTICULAR else _of(each)
        for name, each in schema["properties"].items()
        if "readOnly" not in each and name not in _NOT_ANSWERED
    }
    needed = {name: members.pop(name) for name in _needed(schema, members)}
    return st.fixed_dictionaries(
        needed, optional={name: st.none() | each for name, each in members.items()}
    )
