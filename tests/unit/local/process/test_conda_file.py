"""What a conda file asks for, in pip's terms where that is possible."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.local.process.conda_file import parse, specifier

WHOLE = """
name: prices
channels: [conda-forge]
dependencies:
  - python=3.11
  - conda-forge::pip>=23
  - setuptools<81
  - pip:
      - azureml-inference-server-http>=1.5
      - --extra-index-url https://wheels.example.com/simple
variables:
  OMP_NUM_THREADS: 1
"""


def test_python_and_pip_packages_need_no_conda() -> None:
    asked = parse(WHOLE)
    assert asked.python == ("==3.11.*",)
    assert asked.requirements == (
        "setuptools<81",
        "azureml-inference-server-http>=1.5",
        "--extra-index-url https://wheels.example.com/simple",
    )
    assert asked.conda_only == ()
    assert asked.variables == {"OMP_NUM_THREADS": "1"}


def test_other_packages_are_left_to_conda_as_they_were_written() -> None:
    asked = parse("dependencies: [python, 'nvidia::cudatoolkit=11.8', libgdal]")
    assert asked.conda_only == ("nvidia::cudatoolkit=11.8", "libgdal")


def test_alternatives_of_python_are_told_apart() -> None:
    assert parse("dependencies: ['python=3.10|>=3.12,<3.13']").python == (
        "==3.10.*",
        ">=3.12,<3.13",
    )


@pytest.mark.parametrize(
    ("conda", "pep440"),
    [
        ("", ""),
        ("*", ""),
        ("=3.11", "==3.11.*"),
        (" 3.11.*", "==3.11.*"),
        ("=3.11.*", "==3.11.*"),
        ("==3.11", "==3.11.*"),
        ("==3.11.7", "==3.11.7"),
        ("=3.11.7=h955ad1f_0", "==3.11.7.*"),
        (">=3.10, <3.15", ">=3.10,<3.15"),
        ("!=3.12.*", "!=3.12.*"),
    ],
)
def test_constraints_mean_what_conda_means(conda: str, pep440: str) -> None:
    assert specifier(conda) == pep440


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dependencies: [", r"'\[' or '\{' is still open \(line 1, column 16\)"),
        ("dependencies: " + "[" * 100_000, r"nested more than 50 deep \(line 1, column 65\)"),
        ("dependencies: !!python/name:os.system x", "not YAML: could not determine"),
        ("- python", "no list of dependencies"),
        ("dependencies: python", "no list of dependencies"),
        ("dependencies: [1]", "dependency 1 is not understood"),
        ("dependencies: ['python=three']", "version '=three' is not understood"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(text)
