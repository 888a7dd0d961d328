"""Whatever happens to a sound document, it is judged; and what passes can be completed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azext_ml_endpoint.document import schemas
from azext_ml_endpoint.document.complete import complete
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.spot import DocumentPath, Spot
from azext_ml_endpoint.document.validate import validate, validate_deployment
from tests.unit.document import project

FULL = f"""\
{project.ENDPOINT}\
    request_settings: {{request_timeout_ms: 1, max_queue_wait_ms: 2}}
    liveness_probe: {{initial_delay: 1, period: 2}}
    resource_requirements: {{cpu: 0.5, cpu_cores_limit: 1, gpu: 1}}
    tags: {{a: b}}
  - name: green
    model: azureml:m:1
    code_configuration: {{code: src, scoring_script: score.py}}
    environment:
      build: {{path: ., dockerfile_path: Dockerfile}}
      inference_config:
        liveness_route: {{port: 1, path: /a}}
        readiness_route: {{port: 1, path: /a}}
        scoring_route: {{port: 1, path: /a}}
    instance_count: 2
target: azureml:cluster
identity:
  type: user_assigned
  user_assigned_identities: [{{resource_id: /subscriptions/s/providers/p}}]
"""


def _keys() -> list[str]:
    endpoint = schemas.load("online-endpoint")
    parts = [endpoint, *endpoint["$defs"].values()]
    return sorted({key for part in parts for key in part.get("properties", {})})


KEYS = st.sampled_from(_keys()) | st.text(max_size=5)
TEXTS = st.sampled_from(
    [
        *("", "blue", "src", "model.pkl", "score.py", "conda.yml", "../..", "/", ".", "~", "a\0b"),
        *("azureml:", "azureml:m", "azureml:m:1", "/subscriptions/s", "file:", "file:conda.yml"),
        *("a: b\nc: d", "FROM a", "manual", "Auto", "user_assigned", "batch"),
        *("azureml://datastores/a/paths/b", "azureml://registries/r/models/m/versions/1"),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.text(max_size=5)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project.make(tmp_path_factory.mktemp("project"))


def _node(value: Any, like: Node) -> Node:
    if isinstance(value, dict):
        value = {key: _node(below, like) for key, below in value.items()}
    if isinstance(value, list):
        value = [_node(below, like) for below in value]
    return Node(value=value, place=like.place, base=like.base)


def _paths(spot: Spot) -> Iterator[DocumentPath]:
    yield spot.path
    for below in spot.below():
        yield from _paths(below)


def _changed(node: Node, path: DocumentPath, change: Callable[[Node], Node]) -> Node:
    if not path:
        return change(node)
    step, rest = path[0], path[1:]
    children: Any = dict(node.value) if isinstance(node.value, dict) else list(node.value)  # type: ignore[arg-type]
    children[step] = _changed(children[step], rest, change)
    return replace(node, value=children)


def _with_key(node: Node, key: str, value: Any) -> Node:
    if not isinstance(node.value, dict):
        return node
    return replace(node, value={**node.value, key: _node(value, node)})


def _without_one(node: Node, position: int) -> Node:
    if isinstance(node.value, list):
        return replace(node, value=node.value[:position] + node.value[position + 1 :])
    if isinstance(node.value, dict):
        kept = [key for index, key in enumerate(node.value) if index != position]
        return replace(node, value={key: node.value[key] for key in kept})
    return node


def _mutated(node: Node, data: st.DataObject) -> Node:
    draw = data.draw
    path = draw(st.sampled_from(list(_paths(Spot(node)))))
    value = draw(
        SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(KEYS, SCALARS, max_size=2)
    )
    key, position = draw(KEYS), draw(st.integers(0, 5))
    changes: list[Callable[[Node], Node]] = [
        lambda found: _node(value, found),
        lambda found: _with_key(found, key, value),
        lambda found: _without_one(found, position),
        lambda found: replace(found, secret=not isinstance(found.value, dict | list)),
    ]
    return _changed(node, path, draw(st.sampled_from(changes)))


def _is_sound(findings: list[Finding]) -> bool:
    return not any(finding.severity == "error" for finding in findings)


def test_the_full_document_is_sound(whole: Path) -> None:
    assert validate(project.tree(FULL, whole)) == []


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_change_makes_the_judgement_fail(whole: Path, data: st.DataObject) -> None:
    node = project.tree(FULL, whole)
    for _ in range(data.draw(st.integers(1, 4))):
        node = _mutated(node, data)
    if _is_sound(validate(node)):
        complete(node)


@settings(max_examples=75, deadline=None)
@given(data=st.data())
def test_no_change_makes_the_judgement_of_a_deployment_fail(
    whole: Path, data: st.DataObject
) -> None:
    node = next(Spot(project.tree(FULL, whole)).items("deployments")).node
    for _ in range(data.draw(st.integers(1, 4))):
        node = _mutated(node, data)
    if _is_sound(validate_deployment(node)):
        complete(project.endpoint_of(node))
