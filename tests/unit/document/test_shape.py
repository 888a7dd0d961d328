"""What the catalogues cannot show: the document that comes back, and the severity of sections."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document import shape
from azext_ml_endpoint.document.finding import Place
from azext_ml_endpoint.document.node import plain
from azext_ml_endpoint.document.spot import Spot
from tests.unit.document import project

HERE = Path("/project")


def _spot(text: str) -> Spot:
    return Spot(project.tree(text, HERE, "f.yml"))


def test_a_sound_document_comes_back_as_it_is() -> None:
    spot = _spot(project.ENDPOINT)
    findings, same = shape.check(spot, "online-endpoint")
    assert findings == []
    assert same is spot


def test_misspelt_keys_come_back_put_right_in_their_order_and_at_their_places() -> None:
    spot = _spot("nmae: abc\nauth_mod: key\ndeployments: [{name: blue, modle: a}]\n")
    _, repaired = shape.check(spot, "online-endpoint")
    assert plain(repaired.node) == {
        "name": "abc",
        "auth_mode": "key",
        "deployments": [{"name": "blue", "model": "a"}],
    }
    assert list(plain(repaired.node)) == ["name", "auth_mode", "deployments"]
    assert repaired.node.keys["auth_mode"] == Place("f.yml", 2, 1)


def test_one_key_cannot_be_meant_by_two() -> None:
    findings, repaired = shape.check(_spot("nmae: abc\nnaem: abd\n"), "online-endpoint")
    assert [finding.message for finding in findings] == [
        "'nmae' is no key of an online endpoint; did you mean 'name'?",
        "'naem' is no key of an online endpoint",
    ]
    assert plain(repaired.node) == {"name": "abc", "naem": "abd"}


def test_a_key_that_is_there_is_not_meant_by_another() -> None:
    findings, _ = shape.check(_spot("name: abc\nnmae: abd\n"), "online-endpoint")
    assert [finding.message for finding in findings] == ["'nmae' is no key of an online endpoint"]


def test_what_show_prints_is_never_meant() -> None:
    findings, _ = shape.check(_spot("name: abc\nscoring_url: a\n"), "online-endpoint")
    assert [finding.message for finding in findings] == [
        "'scoring_url' is no key of an online endpoint"
    ]


@pytest.mark.parametrize("severity", ["error", "warning"])
def test_an_unknown_section_is_as_bad_as_one_says(severity: shape.Severity) -> None:
    spot = _spot("a: 1\ndependencies: [{b: 1, pip: []}]\nchanels: []\n")
    findings, _ = shape.check(spot, "conda", unknown_section=severity)
    assert {finding.path: finding.severity for finding in findings} == {
        "a": severity,
        "dependencies[0].b": "error",
        "chanels": "error",
    }


def test_paths_go_on_from_the_spots_own() -> None:
    spot = Spot(_spot("dependencies: 1\n").node, ("environment", "conda_file"))
    findings, _ = shape.check(spot, "conda")
    assert [finding.path for finding in findings] == ["environment.conda_file.dependencies"]


def test_an_integer_is_written_as_one() -> None:
    """JSON schema by itself takes 1.0 for an integer."""
    findings, _ = shape.check(_spot("name: abc\ntraffic: {blue: 100.0}\n"), "online-endpoint")
    assert [finding.message for finding in findings] == ["blue must be an integer, not 100.0"]
