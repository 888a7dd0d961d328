"""What a conda file asks for, in pip's terms where that is possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from azext_ml_endpoint.document import conda_spec

_ON_BOTH_SIDES = ("setuptools", "wheel")  # the same package, by the same name, on PyPI


@dataclass(frozen=True, kw_only=True)
class CondaFile:
    """``python``: alternatives, each a PEP 440 specifier, such as ``==3.11.*`` or ``>=3.10,<3.15``.

    requirements: lines of a pip requirements file. conda_only: dependencies that only conda can
    install. variables: environment variables that the activated environment has.
    """

    python: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    conda_only: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


def parse(text: str) -> CondaFile:
    """Raises ValueError that says what is wrong."""
    content = _load(text)
    python: tuple[str, ...] = ()
    requirements: list[str] = []
    conda_only: list[str] = []
    for whole in _dependencies(content):
        spec = conda_spec.match_spec(whole)
        said = _specifiers(spec)
        if spec.name == "python" and said is not None:
            python = said
        elif spec.name in _ON_BOTH_SIDES and said is not None and len(said) < 2:
            requirements.append(spec.name + "".join(said))
        elif spec.name != "pip":
            conda_only.append(whole)
    return CondaFile(
        python=python,
        requirements=(*requirements, *_pip_lines(content)),
        conda_only=tuple(conda_only),
        variables=_variables(text) if content.get("variables") else {},
    )


def _specifiers(spec: conda_spec.MatchSpec) -> tuple[str, ...] | None:
    """None for versions that only conda can tell apart."""
    try:
        return conda_spec.specifiers(spec.constraint)
    except conda_spec.Malformed:
        return None


def _load(text: str) -> dict[str, Any]:
    from azext_ml_endpoint.document import yaml_values

    content = yaml_values.load(text)
    if not isinstance(content, dict) or not isinstance(content.get("dependencies", []), list):
        raise ValueError("it has no list of dependencies")
    return content


def _variables(text: str) -> dict[str, str]:
    from azext_ml_endpoint.document import yaml_values

    written = yaml_values.texts(text)["variables"]
    if not isinstance(written, dict):
        raise ValueError("its variables are no mapping")
    return {str(key): str(value) for key, value in written.items()}


def _dependencies(content: Mapping[str, Any]) -> Iterator[str]:
    """What conda itself is to install."""
    for each in content.get("dependencies") or []:
        if isinstance(each, str):
            yield each
        elif not isinstance(each, dict):
            raise ValueError(f"the dependency {each!r} is not understood")


def _pip_lines(content: Mapping[str, Any]) -> Iterator[str]:
    for each in content.get("dependencies") or []:
        for line in map(str, (each.get("pip") or []) if isinstance(each, dict) else []):
            if conda_spec.beside(line):
                raise ValueError(f"'{line}' names a file beside it, which does not go along")
            yield line
