"""What a path of ARM is called when people talk of it: ``deployment blue of endpoint house``."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

_WORDS = {
    "subscriptions": "subscription",
    "resourcegroups": "resource group",
    "workspaces": "workspace",
    "onlineendpoints": "endpoint",
    "models": "model",
    "codes": "code",
    "environments": "environment",
    "datastores": "datastore",
    "computes": "compute",
}


def spoken(path: str) -> str:
    """path: an ARM id, a URL, or a path relative to a workspace; what it ends in is named."""
    if not path:
        return "the workspace"
    parts = [unquote(part) for part in urlsplit(path).path.strip("/").split("/")]
    found = list(_named(parts))
    if not found or "mfeOperation" in path:
        return "an operation"
    kind, name = found[-1]
    if kind == "deployment" and found[-2:-1]:
        return f"deployment {name} of {found[-2][0]} {found[-2][1]}"
    return f"{kind} {name}".strip()


def _named(parts: list[str]) -> Iterator[tuple[str, str]]:
    """(kind, name) of each resource on the way; the name of a collection is ""."""
    for kind, name in zip(parts, [*parts[1:], ""], strict=True):
        if word := _WORDS.get(kind.lower()):
            yield word, name
        elif kind.lower() == "deployments":
            yield "deployment" if "onlineEndpoints" in parts else "template deployment", name
        elif kind == "versions" and name:
            yield _versioned(parts, name)


def _versioned(parts: list[str], version: str) -> tuple[str, str]:
    at = parts.index("versions")
    return _WORDS.get(parts[at - 2].lower(), parts[at - 2]), f"{parts[at - 1]}:{version}"
