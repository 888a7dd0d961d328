"""What a conda file asks for, in pip's terms where that is possible."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_NAME = re.compile(r"(?:[^:\s]+::)?(?P<name>[A-Za-z0-9._-]+)\s*(?P<constraint>.*)")
_PART = re.compile(r"(?P<operator>[=!<>~]*)\s*(?P<version>\d[^=\s]*)(?:[=\s].*)?")
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
    for name, constraint, whole in _dependencies(content):
        if name == "python":
            python = tuple(filter(None, map(specifier, constraint.split("|"))))
        elif name in _ON_BOTH_SIDES:
            requirements.append(name + specifier(constraint))
        elif name != "pip":
            conda_only.append(whole)
    return CondaFile(
        python=python,
        requirements=(*requirements, *_pip_lines(content)),
        conda_only=tuple(conda_only),
        variables={str(key): str(value) for key, value in (content.get("variables") or {}).items()},
    )


def specifier(constraint: str) -> str:
    """conda's ``=3.11``, ``3.11.*``, ``>=3.10,<3.15`` as PEP 440; empty for any version.

    ``==3.11`` is strictly 3.11.0, of which nobody means the last part: it is read as ``=3.11``.
    """
    parts = [part.strip() for part in constraint.split(",")]
    return ",".join(_specifier(part) for part in parts if part not in ("", "*"))


def _specifier(part: str) -> str:
    found = _PART.fullmatch(part)
    if not found:
        raise ValueError(f"the version {part!r} is not understood")
    operator, version = found["operator"], found["version"].removesuffix(".*")
    if operator in ("", "=") or (operator == "==" and version.count(".") < 2):
        return f"=={version}.*"
    return f"{operator}{found['version']}"


def _load(text: str) -> dict[str, Any]:
    from azext_ml_endpoint.document import yaml_values

    content = yaml_values.load(text)
    if not isinstance(content, dict) or not isinstance(content.get("dependencies", []), list):
        raise ValueError("it has no list of dependencies")
    return content


def _dependencies(content: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Name, constraint and the whole text of what conda itself is to install."""
    for each in content.get("dependencies") or []:
        found = _NAME.fullmatch(each.strip()) if isinstance(each, str) else None
        if found:
            yield found["name"].lower(), found["constraint"], each
        elif not isinstance(each, dict):
            raise ValueError(f"the dependency {each!r} is not understood")


def _pip_lines(content: Mapping[str, Any]) -> Iterator[str]:
    for each in content.get("dependencies") or []:
        if isinstance(each, dict):
            yield from map(str, each.get("pip") or [])
