"""A file is in the spelling of 2021 or in today's, and what is of the other one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.document import spelled, spelling
from azext_ml_endpoint.document.load import check
from azext_ml_endpoint.document.model import ENDPOINT_KEYS, PLAIN, SECTIONS, TEXTS
from tests.unit.document import official_format as form
from tests.unit.document import project

TODAYS = """\
name: blue
endpoint_name: houses
model: {path: model.pkl}
code_configuration: {code: src, scoring_script: score.py}
environment: {image: "ubuntu:22.04", conda_file: conda.yml}
instance_type: Standard_F2s_v2
instance_count: 1
"""
EARLIER = project.ENDPOINT


def remarks(text: str, folder: Path) -> list[str]:
    node = project.tree(text, folder, "x.yml")
    return [f"{each.place}: {each.message}. {each.hint}" for each in spelled.remarks(node)]


@pytest.mark.parametrize("text", [TODAYS, EARLIER])
def test_a_file_of_one_spelling_is_not_remarked(text: str, tmp_path: Path) -> None:
    assert remarks(text, tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("path: model", "local_path: model", "x.yml:3:21: local_path is 2021's spelling, and this "
         "file is in today's. Write path."),
        ("instance_count: 1", "scale_settings: {scale_type: manual}", "x.yml:7:30: "
         "scale_settings.scale_type is 2021's spelling, and this file is in today's. "
         "Write scale_settings.type."),
        ("conda_file: conda", "conda_file: file:conda", "x.yml:5:50: conda_file is 2021's "
         "spelling, and this file is in today's. Write conda_file: conda.yml."),
    ],
)  # fmt: skip
def test_a_key_of_2021_in_a_file_of_today(old: str, new: str, told: str, tmp_path: Path) -> None:
    assert remarks(TODAYS.replace(old, new), tmp_path) == [told]


def test_a_key_of_today_in_a_file_of_2021(tmp_path: Path) -> None:
    text = EARLIER.replace("docker:\n        image: ubuntu", "image: ubuntu")
    (told,) = remarks(text, tmp_path)
    assert "image is today's spelling, and this file is in 2021's. Write docker.image." in told


def test_what_is_the_same_in_both_tells_nothing(tmp_path: Path) -> None:
    text = TODAYS.replace("{path: model.pkl}", "{path: m, datastore: azureml:s}")
    text = text.replace("code: src", "code: azureml:c:1")
    assert remarks(text, tmp_path) == []


def test_dollars_are_dollars_in_files_of_today(tmp_path: Path) -> None:
    assert spelled.is_todays(project.tree(TODAYS, tmp_path, "x.yml"))
    text = TODAYS.replace("path:", "local_path:").replace("conda_file: ", "conda_file: file:")
    text = text.replace("instance_count: 1", "scale_settings: {scale_type: manual}")
    assert not spelled.is_todays(project.tree(text, tmp_path, "x.yml"))


def test_a_check_tells_it_and_finds_nothing_wrong(tmp_path: Path) -> None:
    project.make(tmp_path)
    (tmp_path / "x.yml").write_text(TODAYS.replace("path: model", "local_path: model"))
    (finding,) = check(tmp_path / "x.yml", variables={})
    assert finding.severity == "warning"


def test_what_the_official_sdk_refuses_is_known() -> None:
    """By its schemas; see :mod:`tests.unit.document.official_format`."""
    keys = {*PLAIN, *TEXTS, *SECTIONS} - {"scoring_script", "resource_requirements"}
    unknown = keys - set(form.DEPLOYMENT[()])
    only_managed = {*form.ONLY_MANAGED["endpoint"], *form.ONLY_MANAGED["deployment"]}
    assert spelling.UNKNOWN_TODAY["managed"] == unknown
    on_clusters = only_managed & {*keys, *ENDPOINT_KEYS}
    assert spelling.UNKNOWN_TODAY["kubernetes"] == unknown | on_clusters


def test_no_name_is_on_both_sides() -> None:
    for owner, pairs in spelling.PAIRS.items():
        earlier, todays = zip(*pairs, strict=True)
        assert not set(earlier) & set(todays), owner
