"""What the file of routes says, and whom it chooses."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from azext_ml_endpoint.local.gateway.place import Place
from azext_ml_endpoint.local.gateway.routes import text
from azext_ml_endpoint.local.gateway.routing import Routes, RoutesFile, Target, points

BLUE = Target("blue", "blue-1", Place(50010), weight=90, path="/score")
GREEN = Target("green", "green-2", Place(50020), weight=10, path="/predict")
ROUTES = Routes(targets=(BLUE, GREEN), path="/score", token="t")


def chosen(routes: Routes, named: str | None = None, point: float = 0.5) -> str | None:
    target = routes.choose(named, point)
    return target and target.deployment


@pytest.mark.parametrize("first", [0.0, 0.3, 0.999999])
def test_ten_thousand_requests_are_split_as_the_weights_say(first: float) -> None:
    spread = islice(points(first), 10_000)
    counted = Counter(chosen(ROUTES, point=point) for point in spread)
    assert counted["blue"] + counted["green"] == 10_000
    assert counted["green"] == pytest.approx(1000, abs=10)


def test_the_ends_of_the_shares_belong_to_somebody() -> None:
    idle = replace(GREEN, deployment="idle", weight=0)
    routes = replace(ROUTES, targets=(idle, BLUE, idle, GREEN, idle))
    assert [chosen(routes, point=each) for each in (0.0, 0.9, 1 - 1e-12)] == [
        "blue",
        "green",
        "green",
    ]


def test_a_named_deployment_answers_whatever_its_weight() -> None:
    idle = replace(GREEN, weight=0)
    routes = replace(ROUTES, targets=(BLUE, idle))
    assert [chosen(routes, "green"), chosen(routes), chosen(routes, "red")] == [
        "green",
        "blue",
        None,
    ]


def test_without_traffic_only_a_deployment_that_is_alone_answers() -> None:
    blue, green = replace(BLUE, weight=0), replace(GREEN, weight=0)
    assert chosen(replace(ROUTES, targets=(blue,))) == "blue"
    assert chosen(replace(ROUTES, targets=(blue, green))) is None
    assert chosen(replace(ROUTES, targets=())) is None


@pytest.mark.parametrize(
    ("asked", "target", "path"),
    [
        ("/score", BLUE, "/score"),
        ("/score", GREEN, "/predict"),
        ("/score?a=%2F&b", GREEN, "/predict?a=%2F&b"),
        ("/swagger.json?version=3", GREEN, "/swagger.json?version=3"),
        ("/score/more%20", GREEN, "/score/more%20"),
        ("/score?", BLUE, "/score?"),
    ],
)
def test_scoring_has_one_path_and_all_else_is_as_it_came(
    asked: str, target: Target, path: str
) -> None:
    assert ROUTES.path_at(target, asked) == path


# The file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "routes.json"
    file.write_text(text(ROUTES))
    return file


def test_what_is_written_is_what_is_read(file: Path) -> None:
    assert RoutesFile(file).routes() == ROUTES


def test_a_file_that_was_replaced_holds_at_once(file: Path) -> None:
    known = RoutesFile(file)
    assert chosen(known.routes()) in ("blue", "green")
    only = replace(ROUTES, targets=(replace(GREEN, place=Place(1)),))
    new = file.with_suffix(".new")
    new.write_text(text(only))
    new.replace(file)
    assert known.routes() == only


def test_a_file_that_is_the_same_is_not_read_again(file: Path) -> None:
    known = RoutesFile(file)
    before, found = known.routes(), file.stat()
    file.write_text("no JSON any more")
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert known.routes() is before


def test_what_is_on_the_disk_can_be_insisted_on(file: Path) -> None:
    known = RoutesFile(file)
    known.routes()
    found, new = file.stat(), replace(ROUTES, path="/new")
    file.write_text(text(new))
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert known.routes() == ROUTES
    assert known.routes(fresh=True) == known.routes() == new


@pytest.mark.parametrize("content", ["", "[]", '{"targets": 1}', json.dumps({"targets": [{}]})])
def test_what_cannot_be_read_leaves_what_was_known(file: Path, content: str) -> None:
    known = RoutesFile(file)
    before = known.routes()
    file.write_text(content)
    os.utime(file, ns=(1, 1))
    assert known.routes() == before
    file.unlink()
    assert known.routes() == before


def test_nobody_is_known_before_there_is_a_file(tmp_path: Path) -> None:
    assert RoutesFile(tmp_path / "routes.json").routes().targets == ()
