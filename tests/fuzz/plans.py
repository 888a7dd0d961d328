"""A saved plan that somebody has edited."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from azext_ml_endpoint import content as identities
from azext_ml_endpoint.document import load
from azext_ml_endpoint.handlers.places import Place
from azext_ml_endpoint.plan import saved
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.ground import Ground
from azext_ml_endpoint.plan.planned import Planned
from tests.fakes.builders import EVERY_ASPECT, planned
from tests.fuzz import oracle
from tests.fuzz.material import VALUES, json_of, mutated, spoilt
from tests.unit.document import project

ORIGIN = saved.Origin(
    asked=("endpoint.yml",),
    files={"endpoint.yml": "0" * 64},
    settings=("deployments[0].environment_variables.LEVEL=info",),
    endpoint_name="houses",
    replaced=("blue",),
    place={"local": True, "runtime": None, "resource_group": None, "workspace": None},
)
SETTINGS = st.text("abname.deployments[0]=-:{}'\"\\ ", max_size=20)
DIGESTS = {"name": "0" * 16, "traffic": "1" * 16, "deployments[blue].model": "2" * 16}
TREE: dict[str, Any] = {
    "format": 2,
    "origin": {**vars(ORIGIN), "place": dict(ORIGIN.place)},
    "wanted": DIGESTS,
    "there": DIGESTS,
    "plan": {"endpoint": "houses", "steps": []},
}
INPUTS = spoilt(
    json_of(mutated(st.just(TREE), [*TREE, *TREE["origin"], *ORIGIN.place], VALUES | SETTINGS))
)
_SETTINGS = ("a" * 500_000, "a." * 50_000 + "a=1", "a[0]" * 50_000 + "=1", "a=" + "[" * 50_000)
SOUND = json.dumps(TREE).encode()
LARGE = [
    *(b"[" * 200_000, b'{"a":' * 100_000, b"9" * 100_000, b'{"format": NaN}', b"\xff\xfe[\0]\0"),
    *(
        json.dumps({**TREE, "origin": {**TREE["origin"], "settings": [each]}}).encode()
        for each in _SETTINGS
    ),
    json.dumps({**TREE, "wanted": {f"k{n}": "x" for n in range(20_000)}}).encode(),
]


def prepare() -> None:
    project.make(Path.cwd())
    Path("endpoint.yml").write_text(project.ENDPOINT, "utf-8")


def judge(content: bytes) -> None:
    then = oracle.survived(lambda: saved.read(content, "plan.json"))
    if then is None:
        return
    Place(**then.origin.place)
    oracle.survived(lambda: saved.require_same_files(then, ORIGIN.files))
    oracle.survived(lambda: saved.require_same(then, _now(ORIGIN.settings)))
    read = functools.partial(
        load.load, settings=then.origin.settings, name=then.origin.endpoint_name
    )
    found = oracle.survived(lambda: read(then.origin.asked, variables={}))
    if found and found.described:
        intent = Intent(replaced=then.origin.replaced)
        now = _plan(found.described, intent)
        oracle.survived(now.require_possible)
        oracle.survived(lambda: saved.require_same(then, now))
        again = saved.read(saved.text(then.origin, now), "plan.json")
        assert again.origin == then.origin and isinstance(again.wanted, Mapping)


@functools.cache
def _now(settings: tuple[str, ...]) -> Planned:
    loaded = load.load("endpoint.yml", variables={}, settings=settings, name="houses")
    return _plan(loaded.require(), Intent())


def _plan(wanted: Any, intent: Intent) -> Planned:
    known = identities.identify(wanted)
    ground = Ground(registered=frozenset(), honours=EVERY_ASPECT)
    return planned(known, None, ground, intent)
