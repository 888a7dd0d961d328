"""What a conda file asks for, in pip's terms where that is possible."""

from __future__ import annotations

import pytest

from azext_ml_endpoint.local.process.conda_file import parse

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


def test_variables_are_what_was_written() -> None:
    text = "dependencies: []\nvariables: {A: 1.10, B: 0777, C: yes, D: '1.0', E: 12:30:45}\n"
    expected = {"A": "1.10", "B": "0777", "C": "yes", "D": "1.0", "E": "12:30:45"}
    assert parse(text).variables == expected


def test_other_packages_are_left_to_conda_as_they_were_written() -> None:
    asked = parse("dependencies: [python, 'nvidia::cudatoolkit=11.8', libgdal]")
    assert asked.conda_only == ("nvidia::cudatoolkit=11.8", "libgdal")


def test_alternatives_of_python_are_told_apart() -> None:
    assert parse("dependencies: ['python=3.10|>=3.12,<3.13']").python == (
        "==3.10.*",
        ">=3.12,<3.13",
    )


@pytest.mark.parametrize(
    ("dependency", "python"),
    [
        ("python[version='>=3.10,<3.13']", (">=3.10,<3.13",)),
        ("conda-forge::python 3.11.* *_cpython", ("==3.11.*",)),
        ("python=3.11.4=h955ad1f_0", ("==3.11.4.*",)),
        ("PYTHON", ()),
    ],
)
def test_python_is_understood_however_conda_lets_it_be_written(
    dependency: str, python: tuple[str, ...]
) -> None:
    asked = parse(f'dependencies: ["{dependency}"]')
    assert (asked.python, asked.conda_only) == (python, ())


@pytest.mark.parametrize(
    "dependency",
    ["python=three", "python ^3.1.$", "setuptools 70|71", "https://x.org/python-3.11-0.conda"],
)
def test_what_only_conda_can_tell_apart_is_left_to_it(dependency: str) -> None:
    asked = parse(f"dependencies: ['{dependency}']")
    assert (asked.python, asked.requirements, asked.conda_only) == ((), (), (dependency,))


@pytest.mark.parametrize("line", ["-r requirements.txt", "-e .", "./wheels/x.whl", "x @ file:///y"])
def test_a_line_that_names_what_does_not_go_along_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="names a file beside it, which does not go along"):
        parse(f"dependencies: [{{pip: ['{line}']}}]")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dependencies: [", r"'\[' or '\{' is still open \(line 1, column 16\)"),
        ("dependencies: " + "[" * 100_000, r"nested more than 50 deep \(line 1, column 65\)"),
        ("dependencies: !!python/name:os.system x", "not YAML: could not determine"),
        ("- python", "no list of dependencies"),
        ("dependencies: python", "no list of dependencies"),
        ("dependencies: [1]", "dependency 1 is not understood"),
        ("dependencies: []\nvariables: [A]", "variables are no mapping"),
        ("dependencies: ['=3.11']", "'=3.11' is no package as conda names it"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(text)
