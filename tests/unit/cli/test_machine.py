"""``--gpus`` and ``--platform``."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from typing import Any

import pytest

from azext_ml_endpoint.cli import machine, place
from azext_ml_endpoint.errors import UsageError


@pytest.mark.parametrize("text", ["all", "none", "1", "16", "device=0", "device=0,GPU-3a.b_c"])
def test_gpus_are_said_as_to_docker(text: str) -> None:
    assert machine.gpus(text) == text


@pytest.mark.parametrize("text", ["", "0", "-1", "100", "some", "device=", "device=0,", "all "])
def test_what_names_no_gpus_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="is not all, none, a number or device=0,1"):
        machine.gpus(text)


@pytest.mark.parametrize("text", ["linux/amd64", "linux/arm64/v8", "windows/amd64"])
def test_a_platform_is_a_system_and_an_architecture(text: str) -> None:
    assert machine.platform(text) == text


@pytest.mark.parametrize("text", ["", "amd64", "linux/", "linux/arm64/8", "Linux/amd64", "a/b/c"])
def test_what_is_no_platform_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="is no platform, such as linux/amd64"):
        machine.platform(text)


@pytest.mark.parametrize("given", [{"gpus": "all"}, {"platform": "linux/amd64"}])
def test_they_are_for_this_machine(given: dict[str, Any]) -> None:
    known = {"local": None, "runtime": None, "endpoint_type": None}
    where = {"resource_group_name": "rg", "workspace_name": "ws"}
    (name,) = given
    with pytest.raises(UsageError, match=f"--{name} is for endpoints on this machine"):
        place.build(Namespace(**known, **where, **given))
    namespace = Namespace(**{**known, **where, **given, "local": True})
    place.build(namespace)
    assert getattr(namespace.place, name) == given[name]
