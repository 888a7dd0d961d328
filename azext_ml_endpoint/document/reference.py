"""How a document names what is registered in a workspace.

    azureml:name:version    azureml:name@label    azureml:name/versions/version
    azureml:name                                  only for what has no versions: a compute
    azureml:/subscriptions/…/models/name/versions/version, with or without ``azureml:``
    azureml://registries/registry/models/name/versions/version, or labels/label

Names are checked for their form only: whether they exist is for the service to say.
"""

from __future__ import annotations

import re
from typing import Literal

from azext_ml_endpoint.document.model import Reference

Kind = Literal["model", "environment", "code", "data", "compute"]

_PREFIX = "azureml:"
_SHORT = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*)"
    r"(?:(?::|/versions/)(?P<version>[A-Za-z0-9][\w.-]*)|@(?P<label>[A-Za-z0-9][\w.-]*))?",
    re.ASCII,
)
_ARM_ID = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.MachineLearningServices"
    r"/workspaces/[^/]+/(?P<kind>data|\w+(?=s/))s?/(?P<name>[^/]+)(?:/versions/(?P<version>[^/]+))?",
    re.IGNORECASE,
)
_REGISTRY_ID = re.compile(
    r"azureml://registries/[^/]+/(?P<kind>\w+)s/(?P<name>[^/]+)"
    r"/(?:versions/(?P<version>[^/]+)|labels/(?P<label>[^/]+))"
)


class Malformed(Exception):
    """``message`` completes a sentence that begins with the text: "has no version"."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def is_reference(text: str) -> bool:
    return text.startswith((_PREFIX, "/subscriptions/"))


def unknown(text: str) -> Reference:
    """One of a form that is not known here: nothing but a text."""
    return Reference(text=_body(text), name=_body(text))


def parse(text: str, kind: Kind) -> Reference:
    """Raises Malformed."""
    body = _body(text)
    match = _pattern(body).fullmatch(body)
    if match is None:
        raise Malformed(f"is no way to name {_one(kind)}", _forms(kind))
    parts = match.groupdict()
    found = parts.get("kind", kind).lower()
    if found != kind:
        raise Malformed(f"is the id of {_one(found)}, not of {_one(kind)}")
    version, label = parts["version"], parts.get("label")
    if kind == "compute":
        return _without_version(body, parts["name"], version or label)
    if not version and not label:
        raise Malformed("has no version", _forms(kind))
    return Reference(text=body, name=parts["name"], version=version, label=label)


def _body(text: str) -> str:
    return text if text.startswith("azureml://") else text.removeprefix(_PREFIX)


def _pattern(body: str) -> re.Pattern[str]:
    if body.startswith("/"):
        return _ARM_ID
    return _REGISTRY_ID if body.startswith(_PREFIX) else _SHORT


def _without_version(body: str, name: str, version: str | None) -> Reference:
    if version:
        raise Malformed("has a version, and a compute has none", f"Write azureml:{name}.")
    return Reference(text=body, name=name)


def _forms(kind: Kind) -> str:
    if kind == "compute":
        return "Write azureml:<name> or the full ARM id."
    return f"Write azureml:<{kind}>:<version>, azureml:<{kind}>@latest or the full ARM id."


def _one(kind: str) -> str:
    spoken = f"{kind} asset" if kind == "data" else kind
    return f"an {spoken}" if kind == "environment" else f"a {spoken}"
