"""The digests are those of azure-ai-ml 1.35: what is pinned here was computed with it."""

from __future__ import annotations

import hashlib
import os
import random
import threading
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.content import hashing
from azext_ml_endpoint.document.model import Environment
from azext_ml_endpoint.errors import FileAccessError, Interrupted
from tests.fakes.builders import OWN_ROUTES, write_files

IMAGE = "mcr.microsoft.com/azureml/base:1"
CONDA = """name: env
# comment
dependencies:
  - python=3.10
  - pip:
      - numpy==1.21.2
channels: [conda-forge]
"""
TREE = "3e1efbb4240318c90fed6e7ea8f9bdcabbb2774da661a3286faa8afbf699f787"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With capitals, a blank, no ASCII, a link, an empty folder, and things that are ignored."""
    files = {
        "score.py": "def init(): ...\n",
        "sub/Model.bin": "W",
        "sub/Deep/x": "",
        "a.log": "log",
        ".amlignore": "*.log\n.venv/\n",
        ".venv/lib/y": "x",
        "B é.txt": "é",
    }
    folder = write_files(tmp_path / "t", files)
    write_files(tmp_path / "shared", {"s.txt": "shared"})
    (folder / "link").symlink_to("../shared")
    (folder / "empty").mkdir()
    return folder


def test_a_folder_has_the_object_hash_that_the_sdk_gives_it(folder: Path) -> None:
    assert hashing.object_hash(folder) == TREE


def test_a_folder_has_the_content_hash_that_the_sdk_gives_it(folder: Path) -> None:
    expected = "b19d92b103f20f666d4d756ec26d1bc44ee61367077a3cdd1add1bfb48b95cb2"
    assert hashing.content_hash(folder) == expected


def test_a_file_has_the_hashes_that_the_sdk_gives_it(folder: Path) -> None:
    file = folder / "sub/Model.bin"
    expected = "2fb40970e9c60ae5a0412ef6e803486458db237ae49491dcbfd2f9e0f08476ce"
    assert hashing.object_hash(file) == expected
    expected = "fd679dcd359c1dc519a34037c831df714375e812368014fe87a30733e5042e4d"
    assert hashing.content_hash(file) == expected


def test_an_anonymous_model_has_the_name_that_the_sdk_gives_it() -> None:
    expected = "7211b79fc61b6825ebccfa0c602d82418f9e357433d4d0f9ffe0dc6957b52a6d"
    assert hashing.anonymous_model(TREE) == expected


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        ({}, "57967f6dd0dab09b313c8443c0e7a53b39d6748a65ff560f38001411e5572044"),
        (
            {"conda_file": CONDA},
            "dbaf711830b3e7421102ae14da604fd68c8196a11b6c47159213bdff9311e218",
        ),
        (
            {"inference_config": OWN_ROUTES},
            "503808c32534712cc04248f9b7122c14a9276ed405b5acd3147e048a0391b633",
        ),
        (
            {"inference_config": OWN_ROUTES, "conda_file": CONDA},
            "ebbe5914c7b4f3adfc82f4af1ea591946404dc6e61b2298298d9a0a012bb7b74",
        ),
    ],
    ids=["image", "conda", "routes", "both"],
)
def test_an_anonymous_environment_has_the_version_that_the_sdk_gives_it(
    described: dict[str, Any], expected: str
) -> None:
    assert hashing.anonymous_environment(Environment(image=IMAGE, **described)) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Dockerfile", "f426f341146abcd971d543a9fa1eefac2f9eb908bc79ddd49658031004ab1bce"),
        ("docker/Dockerfile", "8f64195cdadaebec64d8ff406ecb7e5ddfd832656950e14d75d10c1d28857827"),
    ],
)
def test_a_build_context_has_the_version_that_the_sdk_gives_it(path: str, expected: str) -> None:
    context = Path("/work/context")
    environment = Environment(
        dockerfile="FROM x", dockerfile_path=context / path, context=context, context_digest=TREE
    )
    assert hashing.anonymous_environment(environment) == expected


def test_environments_of_two_systems_are_two() -> None:
    windows = Environment(image=IMAGE, os_type="windows")
    linux = Environment(image=IMAGE)
    assert hashing.anonymous_environment(windows) != hashing.anonymous_environment(linux)


def test_packages_are_sent_without_comments_and_with_sorted_keys() -> None:
    assert hashing.conda_text(CONDA) == (
        "channels:\n- conda-forge\n"
        "dependencies:\n- python=3.10\n- pip:\n  - numpy==1.21.2\nname: env\n"
    )


@pytest.mark.parametrize(
    "text", ["a: [1", "a: " + "[" * 100_000, "- " * 100_000, "made: 2026-13-01"]
)
def test_packages_that_cannot_be_read_are_sent_as_they_are(text: str) -> None:
    assert hashing.conda_text(text) == text


# What counts


IDENTITIES = [hashing.object_hash, hashing.content_hash]


@pytest.mark.parametrize("identity", IDENTITIES)
def test_a_name_that_is_no_utf_8_counts(folder: Path, identity: Any) -> None:
    before = identity(folder)
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9")).touch()
    assert identity(folder) != before


@pytest.mark.parametrize("size", [1, (1 << 20) - 1, 1 << 20, (3 << 20) + 5, (9 << 20) + 5])
def test_a_file_is_read_to_its_end_whatever_its_size(tmp_path: Path, size: int) -> None:
    data = random.Random(size).randbytes(size)
    (tmp_path / "model.bin").write_bytes(data)
    begins = b"Initialize for october 2021 AML CLI version"
    expected = hashlib.sha256(begins + data).hexdigest()
    assert hashing.object_hash(tmp_path / "model.bin") == expected


def test_an_ignored_folder_leaves_its_name_in_the_identity_of_a_model_only(folder: Path) -> None:
    """As in the SDK."""
    model, code = hashing.object_hash(folder), hashing.content_hash(folder)
    (folder / ".venv").rename(folder / "gone.log")
    assert hashing.object_hash(folder) != model
    assert hashing.content_hash(folder) == code


def test_what_is_asked_for_again_below_an_ignored_folder_counts(tmp_path: Path) -> None:
    """It is uploaded, so that it must not change unseen; to the SDK it is no part of a model."""
    files = {".amlignore": "data\n!data/keep", "data/keep": "1", "data/other": "", "a": ""}
    before = hashing.object_hash(write_files(tmp_path, files))
    write_files(tmp_path, {"data/other": "changed"})
    assert hashing.object_hash(tmp_path) == before
    write_files(tmp_path, {"data/keep": "2"})
    assert hashing.object_hash(tmp_path) != before


def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_files(tmp_path, {"model.pkl": ""}) / "model.pkl"

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(FileAccessError, match=r"model\.pkl: Permission denied"):
        hashing.object_hash(file)


@pytest.mark.parametrize("size", [1, 9 << 20])
def test_reading_ends_when_it_is_to_stop(tmp_path: Path, size: int) -> None:
    stop = threading.Event()
    (tmp_path / "model.bin").write_bytes(bytes(size))
    hashing.object_hash(tmp_path, stop)
    stop.set()
    with pytest.raises(Interrupted, match=r"model\.bin"):
        hashing.object_hash(tmp_path, stop)
