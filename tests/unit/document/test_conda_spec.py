"""Match specs, as conda's own parsers read them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from azext_ml_endpoint.document.conda_spec import (
    Malformed,
    beside,
    beside_conda,
    match_spec,
    specifiers,
)

PARTS = ["3", "3.11", "3.11.*", "1.0rc1", "*", "=", "==", ">=", "<", "!=", "~=", ",", "|", " "]
MORE = ["(", ")", "[", "]", "'", '"', "version=", "::", "python", "#", "-r", "@", "file:", "/", "."]


@pytest.mark.parametrize(
    ("text", "name", "constraint"),
    [
        ("python", "python", ""),
        ("Python =3.11", "python", "=3.11"),
        ("python>=3.10,<3.13", "python", ">=3.10,<3.13"),
        ("conda-forge::python 3.11.* *_cpython", "python", "3.11.* *_cpython"),
        ("conda-forge/linux-64::python=3.11", "python", "=3.11"),
        ("https://conda.example.org/forge::python", "python", ""),
        ("conda-forge:python", "python", ""),
        ("python[version='>=3.10,<3.13']", "python", ">=3.10,<3.13"),
        ('python[version=">=3.10,<3.13",build=*_cpython]', "python", ">=3.10,<3.13"),
        ("python[build=x, version=3.11.*]", "python", "3.11.*"),
        ("python=3.10[version='3.11']", "python", "3.11"),
        ("python=3.11[build=x]", "python", "=3.11"),
        ("python[channel=conda-forge]", "python", ""),
        ("python[url='https://x.org/a::b']", "python", ""),
        ("python=3.11  # the oldest", "python", "=3.11"),
        ("scikit-learn[version='1.*']", "scikit-learn", "1.*"),
        ("libgcc-ng>=7", "libgcc-ng", ">=7"),
        ("_libgcc_mutex=0.1", "_libgcc_mutex", "=0.1"),
    ],
)
def test_name_and_constraint(text: str, name: str, constraint: str) -> None:
    spec = match_spec(text)
    assert (spec.name, spec.constraint) == (name, constraint)


@pytest.mark.parametrize(
    "text", ["", "=3.11", ">=3", "[version=3]", "python[version='3", "a]", "#"]
)
def test_what_names_no_package(text: str) -> None:
    with pytest.raises(Malformed, match="is no package as conda names it"):
        match_spec(text)


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("", ()),
        ("*", ()),
        ("* *_cpython", ()),
        ("=3.11", ("==3.11.*",)),
        ("3.11", ("==3.11.*",)),
        ("3.11.*", ("==3.11.*",)),
        ("3.11*", ("==3.11.*",)),
        ("=3.11.*", ("==3.11.*",)),
        ("= 3.11", ("==3.11.*",)),
        ("==3.11", ("==3.11.*",)),
        ("==3.11.7", ("==3.11.7",)),
        ("=3", ("==3.*",)),
        ("=3.11.7=h955ad1f_0", ("==3.11.7.*",)),
        ("3.11.* *_cpython", ("==3.11.*",)),
        ("=3.11=*_cpython", ("==3.11.*",)),
        ("=3.13.0rc1", ("==3.13.0rc1",)),
        (">=3.10, <3.15", (">=3.10,<3.15",)),
        (">=3.10 , <3.15", (">=3.10,<3.15",)),
        (">=3.10.*", (">=3.10",)),
        ("<3.13.0a0", ("<3.13.0a0",)),
        ("!=3.12.*", ("!=3.12.*",)),
        ("!=3.12.1", ("!=3.12.1",)),
        ("3.11.*,!=3.11.2", ("==3.11.*,!=3.11.2",)),
        ("~=3.11", ("~=3.11",)),
        ("~=3.11.2", ("~=3.11.2",)),
        ("~=3", ("==3.*",)),
        ("3.10|3.11", ("==3.10.*", "==3.11.*")),
        (">=3.8,<3.9|3.11.*", (">=3.8,<3.9", "==3.11.*")),
        ("(>=3.8,<3.9)|3.11.*", (">=3.8,<3.9", "==3.11.*")),
        ("(3.10|3.11),!=3.10.1", ("==3.10.*,!=3.10.1", "==3.11.*,!=3.10.1")),
        ("((3.10.*))", ("==3.10.*",)),
        ("3.10|*", ()),
        ("3.11,", ("==3.11.*",)),
    ],
)
def test_constraints_mean_what_conda_means(constraint: str, expected: tuple[str, ...]) -> None:
    assert specifiers(constraint) == expected
    assert all(SpecifierSet(each) for each in expected)


@pytest.mark.parametrize(
    "constraint",
    [
        "=",
        "=>3.11",
        ">=3.10 <3.13",
        "three",
        "^3\\.1[01]$",
        "3.1?",
        "3.*.1",
        "(3.11",
        "3.11)",
        "1" * 201,
        "(3|4)," * 20 + "(3|4)",
        "(" * 100,
    ],
)
def test_what_pep_440_cannot_say(constraint: str) -> None:
    with pytest.raises(Malformed):
        specifiers(constraint)


@given(st.lists(st.sampled_from(PARTS), max_size=8).map("".join) | st.text(max_size=20))
def test_whatever_is_understood_pip_understands_too(constraint: str) -> None:
    with contextlib.suppress(Malformed):
        assert all(SpecifierSet(each) for each in specifiers(constraint))


@given(st.lists(st.sampled_from([*PARTS, *MORE]), max_size=12).map("".join) | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Malformed):
        assert isinstance(match_spec(text).name, str)
    assert beside(text) is None or beside(text)
    assert beside_conda(text) is None or beside_conda(text)
