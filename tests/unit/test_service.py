"""What every place does alike, over a driver that only notes what it is asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from azext_ml_endpoint.document.model import Endpoint
from azext_ml_endpoint.errors import ConflictError, NotFoundError, UsageError
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.ground import Ground, Sight
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.steps import SetTraffic, Step
from azext_ml_endpoint.service import Service
from tests.fakes.builders import (
    EVERY_ASPECT,
    deployment,
    endpoint,
    observed,
    observed_deployment,
    reference,
)
from tests.fakes.recording_report import RecordingReport

BLUE = deployment("blue", model=reference(), code=reference(), environment=reference())
SERVING = observed(observed_deployment(BLUE), traffic={"blue": 100})


@dataclass
class NotingDriver:
    """there: what each look finds, one after the other; the last one stays."""

    there: list[ObservedEndpoint | None]
    keeps_others_out: bool = True
    calls: list[str] = field(default_factory=list)

    def look(self, asked: Endpoint, intent: Intent) -> Sight:
        self.calls.append("look")
        there = self._next()
        if there is None and intent.create is False:
            raise NotFoundError("no such endpoint")
        ground = Ground(registered=frozenset(), honours=EVERY_ASPECT)
        return Sight(asked=asked, wanted=asked, there=there, ground=ground, seen=len(self.calls))

    def see(self, name: str) -> ObservedEndpoint:
        self.calls.append("see")
        return replace(self._next() or SERVING, seen="seen")

    @contextlib.contextmanager
    def changing(self, name: str) -> Iterator[None]:
        self.calls.append("in")
        yield
        self.calls.append("out")

    def begin(self, seen: Any) -> NotingDriver:
        self.calls.append(f"begin {seen}")
        return self

    def execute(self, step: Step) -> None:
        self.calls.append(step.key)

    def cancel(self) -> None:
        self.calls.append("cancel")

    def show(self, name: str) -> dict[str, Any]:
        return {"name": name}

    def _next(self) -> ObservedEndpoint | None:
        return self.there.pop(0) if len(self.there) > 1 else self.there[0]


def service(driver: NotingDriver) -> Service[NotingDriver]:
    return Service(lambda: driver, RecordingReport())


def test_a_command_looks_once_and_changes_in_its_turn() -> None:
    driver = NotingDriver([None])
    assert service(driver).create(endpoint(BLUE)) == {"name": "houses"}
    assert driver.calls == ["in", "look", "begin 2", "endpoint", "deployment blue", "out"]


def test_a_plan_only_looks() -> None:
    driver = NotingDriver([SERVING])
    assert not service(driver).plan(endpoint(BLUE)).changes_anything
    assert driver.calls == ["look"]


def test_what_is_not_there_cannot_be_updated() -> None:
    with pytest.raises(NotFoundError):
        service(NotingDriver([None])).update(endpoint(BLUE))


@pytest.mark.parametrize(("keeps_others_out", "looks"), [(True, 2), (False, 1)])
def test_a_plan_is_made_anew_where_it_can_be_made_sure_of(
    keeps_others_out: bool, looks: int
) -> None:
    driver = NotingDriver([None], keeps_others_out)
    place = service(driver)
    place.apply(place.plan(endpoint(BLUE)))
    assert driver.calls.count("look") == looks
    assert "begin 3" in driver.calls if keeps_others_out else "begin 1" in driver.calls


def test_what_nobody_was_told_of_is_not_deleted() -> None:
    more = observed(observed_deployment(BLUE), observed_deployment(deployment("green")))
    driver = NotingDriver([SERVING, more])
    place = service(driver)
    plan = place.plan(endpoint(replace(BLUE, environment_variables={"a": "b"})))
    with pytest.raises(ConflictError, match="green would go too"):
        place.apply(plan)
    assert not [call for call in driver.calls if call.startswith("begin")]


def test_an_endpoint_that_was_never_made_is_made_anew_only_where_somebody_agrees() -> None:
    stillborn = observed(stillborn=True, traffic={})
    driver = NotingDriver([stillborn])
    with pytest.raises(UsageError, match="Nobody was asked"):
        service(driver).update(endpoint())
    asked: list[str] = []
    Service(lambda: driver, RecordingReport(), asked.append).update(endpoint())
    assert driver.calls[-3:] == ["delete endpoint", "endpoint", "out"]
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("there", "seen"), [(None, "seen"), (replace(SERVING, seen="mine"), "mine")]
)
def test_one_step_is_made_of_what_was_seen(there: ObservedEndpoint | None, seen: str) -> None:
    driver = NotingDriver([SERVING])
    step = SetTraffic(reason="", endpoint_name="houses", traffic={"blue": 0})
    service(driver).take(step, there)
    assert driver.calls[-3:] == [f"begin {seen}", "traffic", "out"]
