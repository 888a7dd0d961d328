"""Random cases in a real place, with a driver at work: what is checked there after every step."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from azext_ml_endpoint.document.model import (
    Code,
    Deployment,
    Endpoint,
    Environment,
    Model,
    ScaleSettings,
)
from azext_ml_endpoint.errors import ConflictError, NotFoundError
from azext_ml_endpoint.plan.driver import Executes
from azext_ml_endpoint.plan.executor import execute
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.planned import Planned
from azext_ml_endpoint.plan.steps import DeleteDeployment, Plan, SetTraffic, Step
from tests.fakes.builders import write_files
from tests.unit.plan.cases import AUTO, DIGESTS, Case

MANUAL = ScaleSettings(scale_type="manual", instance_count=3)
"""A managed endpoint does not scale by itself."""
INSTANCE_TYPES = {"small": "Standard_F2s_v2", "large": "Standard_F4s_v2"}


class Place(Protocol):
    """Where nothing is yet."""

    def planned(self, asked: Endpoint, intent: Intent) -> tuple[Planned, Executes]:
        """As a command of its own would plan, and what carries that out."""

    def observe(self) -> ObservedEndpoint | None: ...

    def breaks(self, deployment_name: str) -> None:
        """It serves no longer."""


class Cut(Exception):
    """The command is killed."""


def prove_in(new_place: Callable[[], Place], case: Case, files: Path) -> int:
    """The number of steps that it took. ``files`` has what :func:`write_assets` wrote."""
    case = _real(case, files)
    place = _built(new_place(), case)
    before = place.observe()
    try:
        plan, driver = place.planned(case.wanted, case.intent)
        plan.require_possible()
    except (ConflictError, NotFoundError):
        assert place.observe() == before
        return 0
    execute(plan.plan, _Watch(place, driver))
    _prove_done(place, case)
    if plan.plan:
        _prove_cut_off(_built(new_place(), case), case, _seen(place))
    return len(plan.plan)


def _prove_done(place: Place, case: Case) -> None:
    again, _ = place.planned(case.wanted, replace(case.intent, replaced=()))
    again.require_possible()
    assert not list(again.plan)


def _prove_cut_off(place: Place, case: Case, end: object) -> None:
    plan, driver = place.planned(case.wanted, case.intent)
    left = random.Random(case.seed).randrange(len(plan.plan))
    try:
        execute(plan.plan, _Watch(place, driver, left))
    except Cut:
        rest, driver = place.planned(case.wanted, case.intent)
        rest.require_possible()
        execute(rest.plan, _Watch(place, driver))
    _prove_done(place, case)
    if not case.intent.replaced:  # which name a twin gets may differ
        assert _seen(place) == end


class _Watch:
    """A driver that is watched. steps: how many it takes before it is cut off."""

    def __init__(self, place: Place, driver: Executes, steps: int = 1000) -> None:
        self._place, self._driver, self._steps = place, driver, steps
        self._lock = threading.Lock()

    def execute(self, step: Step) -> None:
        with self._lock:
            self._steps -= 1
            if self._steps < 0:
                raise Cut
            _require_safe(step, self._place.observe())
        self._driver.execute(step)
        with self._lock:
            _require_sound(self._place.observe())

    def cancel(self) -> None:
        self._driver.cancel()


def _require_safe(step: Step, there: ObservedEndpoint | None) -> None:
    before = there.traffic if there else {}
    if isinstance(step, DeleteDeployment):
        assert not before.get(step.deployment_name), "deleted while it receives traffic"
    if isinstance(step, SetTraffic):
        ready = {each.name for each in there.deployments if not each.trouble} if there else set()
        more = {name for name, share in step.traffic.items() if share > before.get(name, 0)}
        assert more <= ready, "traffic to a deployment that is not ready"


def _require_sound(there: ObservedEndpoint | None) -> None:
    if there is not None:
        assert set(there.traffic) <= {each.name for each in there.deployments}


def _seen(place: Place) -> object:
    there = place.observe()
    assert there is not None
    deployments = {each.name: (each.trouble, each.aspects) for each in there.deployments}
    return (there.aspects, there.trouble), dict(there.traffic), deployments


# What is there


def write_assets(folder: Path) -> Path:
    """A file or a folder for each digest of the cases."""
    write_files(folder, {f"{each}/model.pkl": each for each in DIGESTS if "model" in each})
    scripts = {f"{each}/app/score.py": f"# {each}" for each in DIGESTS if "code" in each}
    return write_files(folder, scripts)


def _built(place: Place, case: Case) -> Place:
    """With what the case's world has."""
    told = case.world.told
    if told is not None:
        ones = tuple(case.world.deployments.values())
        asked = replace(told, deployments=ones, traffic=case.world.traffic)
        plan, driver = place.planned(asked, Intent())
        execute(Plan(tuple(plan.plan)), driver)
        for name in case.world.broken:
            place.breaks(name)
    return place


def _real(case: Case, files: Path) -> Case:
    """The case with assets that exist."""
    world = case.world.copy()
    world.deployments = {name: _made(each, files) for name, each in world.deployments.items()}
    ones = tuple(_made(each, files) for each in case.wanted.deployments)
    return replace(case, world=world, wanted=replace(case.wanted, deployments=ones))


def _made(deployment: Deployment, files: Path) -> Deployment:
    digests: Mapping[str, str] = {
        kind: getattr(getattr(deployment, kind), "digest", f"{kind}-1")
        for kind in ("model", "code", "environment")
    }
    return replace(
        deployment,
        model=Model(name="prices", anonymous=True, path=files / digests["model"] / "model.pkl"),
        code=Code(path=files / digests["code"] / "app"),
        environment=Environment(image=f"python:{digests['environment']}"),
        instance_type=INSTANCE_TYPES[deployment.instance_type or "small"],
        scale_settings=MANUAL if deployment.scale_settings == AUTO else deployment.scale_settings,
    )
