"""The options of a place become one value, or are refused before anything happens."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from typing import Any

import pytest

from azext_ml_endpoint.cli import place
from azext_ml_endpoint.errors import UsageError
from azext_ml_endpoint.handlers.places import Place

WORKSPACE = {"resource_group_name": "rg", "workspace_name": "ws"}


def options(**given: Any) -> Namespace:
    known = {"local": None, "runtime": None, "endpoint_type": None}
    return Namespace(**{**known, **WORKSPACE, **given})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Place(None, None, "rg", "ws")),
        ({"no_wait": True}, Place(None, None, "rg", "ws")),
        ({"local": False, "endpoint_type": "online"}, Place(False, None, "rg", "ws")),
        (
            {"local": True, "workspace_name": None, "resource_group_name": None},
            Place(True, None, None, None),
        ),
        (
            {"local": True, "runtime": "docker", "no_wait": False},
            Place(True, "docker", "rg", "ws"),
        ),
        ({"local": True, "port": 8080}, Place(True, None, "rg", "ws", port=8080)),
    ],
)
def test_a_place_is_a_workspace_or_this_machine(given: dict[str, Any], expected: Place) -> None:
    namespace = options(**given)
    place.build(namespace)
    assert namespace.place == expected


def test_only_an_endpoint_of_this_machine_has_a_port() -> None:
    with pytest.raises(UsageError, match="--port is for endpoints on this machine"):
        place.build(options(port=8080))


@pytest.mark.parametrize("text", ["1", "8080", "65535"])
def test_a_port_is_a_number(text: str) -> None:
    assert place.port_number(text) == int(text)


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "", "８０"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="is no port, such as 8080"):
        place.port_number(text)


def test_what_works_in_azure_only_has_a_workspace() -> None:
    namespace = Namespace(**WORKSPACE)
    place.build(namespace)
    assert namespace.place == Place(None, None, "rg", "ws")


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ({"workspace_name": None}, "Give --workspace-name/-w, .* --defaults workspace=WORKSPACE"),
        ({"resource_group_name": ""}, "Give --resource-group/-g, .* --defaults group=GROUP"),
        (
            {"workspace_name": None, "resource_group_name": None},
            "-g and --workspace-name/-w, .* group=GROUP workspace=WORKSPACE",
        ),
    ],
)
def test_what_is_missing_of_a_workspace_is_said(missing: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=rf"{said}\nFor an endpoint .* add --local\.$"):
        place.build(options(**missing))


@pytest.mark.parametrize(
    ("given", "said"),
    [({"runtime": "docker"}, "--runtime"), ({"local": True, "no_wait": True}, "--no-wait")],
)
def test_what_is_for_the_other_place_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        place.build(options(**given))


def test_who_needs_no_place_is_asked_for_none() -> None:
    namespace = options(workspace_name=None)
    place.build(namespace, needed=False)
    assert namespace.place.workspace is None


@pytest.mark.parametrize("local", [None, True])
def test_batch_endpoints_are_refused_with_where_to_go(local: bool | None) -> None:
    with pytest.raises(UsageError, match=r"online endpoints only.*az ml batch-endpoint"):
        place.build(options(local=local, endpoint_type="batch"))


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ({"endpoint_name": "caf\udce9"}, "--name: "),
        ({"workspace_name": "caf\udce9"}, "--workspace-name: "),
        ({"resource_group_name": "caf\udce9"}, "--resource-group: "),
        ({"edits": [("--set", ["tags.a=\udce9"])]}, "--set: "),
        ({"traffic": {"\udce9": 100}}, "--traffic: "),
        ({"data": "\udce9"}, "--data: .* --request-file"),
    ],
)
def test_names_and_data_are_text(given: dict[str, Any], option: str) -> None:
    with pytest.raises(UsageError, match=f"^{option}"):
        place.build(options(local=True, **given))
    place.build(options(local=True, file="caf\udce9.yml"))
