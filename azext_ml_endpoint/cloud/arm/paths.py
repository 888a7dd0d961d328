"""Paths of endpoints and deployments, relative to their workspace."""

from __future__ import annotations

from urllib.parse import quote


def endpoint_path(name: str) -> str:
    return f"onlineEndpoints/{quote(name, safe='')}"


def deployment_path(endpoint: str, name: str) -> str:
    return f"{endpoint_path(endpoint)}/deployments/{quote(name, safe='')}"
