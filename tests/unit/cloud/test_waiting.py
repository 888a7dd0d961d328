"""Waiting ends when it is so, when it cannot become so, and when the time is over."""

from __future__ import annotations

from typing import Any

import pytest

from azext_ml_endpoint.cloud.waiting import Condition, wait
from azext_ml_endpoint.errors import ServiceError, StartError, UsageError


def houses(state: str = "Succeeded", **deployments: str) -> dict[str, Any]:
    each = [{"name": name, "provisioning_state": its} for name, its in deployments.items()]
    return {"name": "houses", "provisioning_state": state, "deployments": each}


BLUE = {"name": "blue", "provisioning_state": "Succeeded", "instance_type": "Standard_F2s_v2"}


@pytest.mark.parametrize(
    ("condition", "shown", "is_met"),
    [
        (Condition(exists=True), None, False),
        (Condition(exists=True), houses("Creating"), True),
        (Condition(deleted=True), houses("Deleting"), False),
        (Condition(deleted=True), None, True),
        (Condition(succeeded=True), None, False),
        (Condition(succeeded=True), houses("Updating"), False),
        (Condition(succeeded=True), houses(), True),
        (Condition(succeeded=True), houses(blue="Creating"), False),
        (Condition(succeeded=True), houses(blue="Succeeded"), True),
        (Condition(succeeded=True), BLUE, True),
        (Condition(custom="deployments[0].name=='blue'"), houses(blue="Failed"), True),
        (Condition(custom="deployments[0].name=='green'"), houses(blue="Failed"), False),
        (Condition(custom="deployments"), None, False),
        (Condition(succeeded=True, custom="name=='houses'"), houses("Updating"), True),
    ],
)
def test_conditions(condition: Condition, shown: dict[str, Any] | None, is_met: bool) -> None:
    assert condition.is_met(shown) is is_met


@pytest.mark.parametrize("shown", [houses("Failed"), houses(blue="Failed"), houses("Canceled")])
def test_what_has_failed_will_not_succeed(shown: dict[str, Any]) -> None:
    with pytest.raises(ServiceError, match="failed"):
        Condition(succeeded=True).is_met(shown)


def test_a_query_that_is_none_is_an_error() -> None:
    with pytest.raises(UsageError, match="--custom"):
        Condition(custom="[").is_met(houses())


class Clock:
    """Time passes only in pauses."""

    def __init__(self) -> None:
        self.now = 0.0

    def pause(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def test_it_looks_at_intervals_until_it_is_so() -> None:
    looks, clock = [False, False, True], Clock()
    wait(
        lambda: looks.pop(0),
        what="Endpoint houses",
        interval=30,
        timeout=3600,
        pause=clock.pause,
        clock=clock,
    )
    assert (looks, clock.now) == ([], 60)


def test_running_out_of_time_is_an_error_that_says_what_goes_on() -> None:
    clock = Clock()
    with pytest.raises(StartError, match=r"Endpoint houses .* 45 s") as over:
        wait(
            lambda: False,
            what="Endpoint houses",
            interval=30,
            timeout=45,
            pause=clock.pause,
            clock=clock,
        )
    assert "--timeout" in str(over.value.recommendation)
    assert clock.now == 45
