"""Random cases: what is there, what a file wants, and how the file is meant."""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from hypothesis import strategies as st

from azext_ml_endpoint.document.model import Data, Deployment, Endpoint, Identity, ScaleSettings
from azext_ml_endpoint.plan.aspects import aspects
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.history import Provenance
from azext_ml_endpoint.plan.memory import of_deployment
from tests.fakes.builders import code, deployment, endpoint, environment, model, reference
from tests.unit.plan.world import World, shares

MODES = ("update", "apply", "create", "only", "replace")
NAMES = ("blue", "green", "grey", "blue-2")
DIGESTS = tuple(f"{kind}-{nth}" for kind in ("model", "code", "environment") for nth in (1, 2))
WHO = Provenance(who="ada@example.com", when="2026-01-31T09:30:00Z", file_hash="0123456789ab")
TWIN = "ml-endpoint.twin.blue"
ONCE: Mapping[str, Collection[str]] = {
    "": (),
    "not JSON": (),
    '["team"]': ("tags.team",),
    '{"description":null}': ("description",),
    '{"description":null,"tags.team":null}': ("description", "tags.team"),
}
"""What may be remembered of the file of an endpoint, and what it said then."""
OTHERS = {"ml-endpoint.other": "stays"}
ONE = ScaleSettings(scale_type="manual", instance_count=1)
TWO = ScaleSettings(scale_type="manual", instance_count=2)
AUTO = ScaleSettings(scale_type="auto", min_instances=1, max_instances=3)

_DEFAULTS = vars(Endpoint(name="")) | vars(Deployment(name=""))
_DIFFERENT = ("scaled", "changed", "fixed")
_T = TypeVar("_T")

VARIANTS: Mapping[str, tuple[Any, ...]] = {
    "model": (model(), model("model-2"), reference()),
    "code": (code(), code("code-2")),
    "environment": (environment(), environment("environment-2"), reference("sklearn")),
    "scale_settings": (ONE, TWO, AUTO),
    "environment_variables": ({}, {"COLOUR": "blue"}),
    "tags": ({}, {"team": "houses"}),
    "description": (None, "by the sea"),
}
"""What can differ between deployments and be changed in place."""

INPUTS = Data(name="inputs", path="azureml://datastores/store/paths/inputs")

ENDPOINT_VARIANTS: Mapping[str, tuple[Any, ...]] = {
    "description": (None, "houses by the sea"),
    "tags": ({}, {"team": "houses"}, {"stage": "test", "team": "flats"}),
    "properties": ({}, {"owner": "ada"}),
    "auth_mode": ("key", "aml_token", None),
}


@dataclass(frozen=True)
class Case:
    """``seed`` decides in which order steps begin and end, and where they are cut off."""

    world: World
    wanted: Endpoint
    intent: Intent
    seed: int

    def __repr__(self) -> str:
        """In few words, for whoever reads of a counterexample."""
        world, wanted = self.world, self.wanted
        down = f"DOWN: {sorted(world.broken)}{' and the endpoint' if world.troubled else ''}"
        there = [_spelled(each) for each in world.deployments.values()]
        asked = [_spelled(each) for each in wanted.deployments]
        return "\n".join(
            [
                f"there: {world.told and _spelled(world.told)}, traffic {world.traffic}, {down},",
                f"  registered {sorted(world.registered)}, kept {world.kept}, {there}",
                f"wanted: {_spelled(wanted)}, traffic {wanted.traffic}, {asked}",
                f"meant: {_spelled(self.intent)}",
            ]
        )

    @property
    def order(self) -> random.Random:
        return random.Random(self.seed)


def _spelled(thing: Endpoint | Deployment | Intent) -> str:
    """Its name, and what is said of it beside that."""
    apart = {"name", "deployments", "traffic", "provenance", "scoring_script"}
    said = {
        key: getattr(value, "digest", value)
        for key, value in vars(thing).items()
        if key not in apart and value and value != _DEFAULTS.get(key)
    }
    return f"{getattr(thing, 'name', '')} {said}"


_CHOICES = st.binary(min_size=128, max_size=128)
"""One draw for a whole case, which is quick. 0 is the simplest: the first of what there is."""


@st.composite
def some_case(draw: st.DrawFn, modes: Sequence[str] = MODES) -> Case:
    """modes: how the file may be meant."""
    return _Maker(iter(draw(_CHOICES))).case(modes)


@dataclass(frozen=True)
class _Maker:
    """Everything is chosen by numbers."""

    numbers: Iterator[int]

    def draw(self) -> int:
        return next(self.numbers)

    def one(self, options: Sequence[_T]) -> _T:
        return options[self.draw() % len(options)]

    def once_in(self, times: int) -> bool:
        return self.draw() % times == times - 1

    def case(self, modes: Sequence[str]) -> Case:
        mode = self.one(modes)
        wanted_ones, there_ones = self.deployments(alike=mode == "create")
        world = self.world(there_ones, always=mode in ("only", "replace"))
        wanted = self.endpoint(wanted_ones, world)
        intent = self.intent(mode, wanted)
        if intent.only is not None:
            wanted = self.narrowed(wanted, world, intent.only)
        return Case(world, wanted, intent, self.draw())

    def intent(self, mode: str, wanted: Endpoint) -> Intent:
        match mode:
            case "create":
                return Intent(create=True, provenance=WHO)
            case "apply":
                return Intent(provenance=WHO)
            case "only":
                only = frozenset(self.some(NAMES))
                return Intent(create=False, only=only, live=True, provenance=WHO)
            case "replace":
                known = [each.name for each in wanted.deployments] or ["blue"]
                some = self.one([known[:1], known[-1:], known[:2]])
                return Intent(replaced=tuple(some), provenance=WHO)
        return Intent(create=False, provenance=WHO)

    def deployments(self, *, alike: bool) -> tuple[list[Deployment], list[Deployment]]:
        """Those of the file and those that are there, mostly alike if they have the same name."""
        wanted: list[Deployment] = []
        there: list[Deployment] = []
        kinds = ["-", "new", "same"] if alike else ["-", "new", "gone", "same", *_DIFFERENT]
        for name in NAMES:
            kind = self.one(["-", "-", *kinds] if name == "blue-2" else kinds)
            if kind != "-":
                one = self.deployment(name)
                wanted += [one] if kind != "gone" else []
                there += [self.earlier(one, kind)] if kind != "new" else []
        return wanted, there

    def deployment(self, name: str) -> Deployment:
        said = {aspect: self.one(values) for aspect, values in VARIANTS.items()}
        collected = self.one([(), (INPUTS,)])
        return deployment(name, instance_type="small", collected=collected, **said)

    def earlier(self, now: Deployment, kind: str) -> Deployment:
        """What an earlier file said of it."""
        match kind:
            case "scaled":
                return replace(now, scale_settings=self.one(VARIANTS["scale_settings"]))
            case "fixed" if self.once_in(2):
                return replace(now, instance_type="large")
            case "changed" | "fixed":
                aspect = self.one(sorted(VARIANTS))
                return replace(now, **{aspect: self.one(VARIANTS[aspect])})
        return now

    def world(self, there: list[Deployment], *, always: bool) -> World:
        """Nothing, or what earlier commands left, with deployments that broke since."""
        registered = set(self.some(DIGESTS))
        if not always and self.once_in(8):
            return World(registered=registered)
        names = [each.name for each in there]
        return World(
            endpoint(**{**self.said(), "auth_mode": self.one(["key", "aml_token"])}),
            {each.name: each for each in there},
            {each.name: self.remembered(each) for each in there},
            shares(self.split(names) if self.once_in(2) else {}),
            self.kept(),
            registered,
            {name for name in names if self.once_in(4)},
            self.once_in(8),
        )

    def remembered(self, there: Deployment) -> dict[str, Any]:
        """All that it is, some of it, or nothing where others have made it."""
        said = of_deployment(aspects(there))
        some = {key: said[key] for key in said if key in ("description", "tags.team")}
        return self.one([said, some, {}])

    def said(self) -> dict[str, Any]:
        return {aspect: self.one(values) for aspect, values in ENDPOINT_VARIANTS.items()}

    def kept(self) -> dict[str, str]:
        twin = self.one([{}, {TWIN: "blue-2"}])
        text = self.one(list(ONCE))
        tag = "ml-endpoint.tags" if text.startswith("[") else "ml-endpoint.said"
        return {**OTHERS, **twin, **({tag: text} if text else {})}

    def endpoint(self, ones: list[Deployment], world: World) -> Endpoint:
        """Half of them as they are there already."""
        said = self.said()
        if world.told and self.once_in(2):
            said = {aspect: getattr(world.told, aspect) for aspect in said}
        if self.once_in(16):
            said["identity"] = Identity(type=self.one(["system_assigned", "none"]))
        return endpoint(*ones, traffic=self.traffic([each.name for each in ones]), **said)

    def traffic(self, names: Collection[str]) -> dict[str, int] | None:
        """None, nobody at all, or 100 % among these."""
        match self.draw() % 5:
            case 0:
                return None
            case 1:
                return {}
        return self.split(names)

    def split(self, names: Collection[str]) -> dict[str, int]:
        """100 % among some of these. Shares of 0 may be said or not."""
        chosen = self.one(list(itertools.permutations(sorted(names))))
        first = self.one([100, 50, 10, 0]) if len(chosen) > 1 else 100
        return dict(zip(chosen, [first, 100 - first], strict=False))

    def narrowed(self, wanted: Endpoint, world: World, only: frozenset[str]) -> Endpoint:
        """What options of `update` make of what is there: they speak of some deployments."""
        chosen = tuple(each for each in wanted.deployments if each.name in only)
        left = (set(world.deployments) - only) | {each.name for each in chosen}
        edited = self.once_in(2)
        ones = tuple(replace(each, edited=edited) for each in chosen)
        return replace(wanted, deployments=ones, traffic=self.traffic(left), edited=edited)

    def some(self, options: Sequence[_T]) -> list[_T]:
        """Most of them, or few."""
        chosen = ~self.draw()
        return [each for nth, each in enumerate(options) if chosen >> nth & 1]
