"""The sample of a language model: its weights, and its two spellings."""

from __future__ import annotations

import runpy
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_ml_endpoint.document import load
from azext_ml_endpoint.document.model import Deployment, Endpoint

SAMPLE = Path(__file__).resolve().parents[3] / "samples/endpoints/online/llm"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy, with the weights."""
    folder = shutil.copytree(SAMPLE, tmp_path / "llm", ignore=shutil.ignore_patterns("model"))
    make(folder / "model/tiny.gguf")
    return folder


def make(target: Path) -> None:
    runpy.run_path(str(SAMPLE / "make_weights.py"))["main"](target)


def test_the_weights_are_small_and_always_the_same(tmp_path: Path) -> None:
    make(tmp_path / "one.gguf")
    make(tmp_path / "other.gguf")
    content = (tmp_path / "one.gguf").read_bytes()
    assert content == (tmp_path / "other.gguf").read_bytes()
    assert content.startswith(b"GGUF") and len(content) < 100_000


def test_both_formats_say_the_same(folder: Path) -> None:
    one = read(folder / "endpoint.yml", traffic=None)
    two = read(folder / "two-files", traffic={"blue": 100})
    assert plain(one) == plain(two)


def read(path: Path, traffic: dict[str, int] | None) -> Endpoint:
    loaded = load.load(path, variables={}, traffic=traffic)
    assert loaded.findings == ()
    return loaded.require()


def plain(endpoint: Endpoint) -> Any:
    """Without where it was written."""
    (blue,) = endpoint.deployments
    assert isinstance(blue, Deployment) and blue.environment
    environment = replace(blue.environment, dockerfile_path=None)  # type: ignore[type-var]
    return replace(endpoint, deployments=(replace(blue, environment=environment),))
