"""What `-o table` shows: to people, so that it is made harmless.

Here is what several commands show; the table of one command is in its module.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from azext_ml_endpoint.harmless import harmless


def row(shown: dict[str, Any]) -> dict[str, Any]:
    return {
        name: harmless(value) if isinstance(value, str) else value for name, value in shown.items()
    }


def endpoint_row(endpoint: dict[str, Any]) -> dict[str, Any]:
    return row(
        {
            "Name": endpoint["name"],
            "State": endpoint["provisioning_state"],
            "Traffic": _traffic(endpoint),
            "Scoring URI": endpoint.get("scoring_uri") or "",
        }
    )


def endpoint_rows(endpoints: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [endpoint_row(each) for each in endpoints]


def _traffic(endpoint: dict[str, Any]) -> str:
    traffic = endpoint.get("traffic") or {}
    names = [each["name"] for each in endpoint.get("deployments", ())]
    return ", ".join(f"{name} {traffic.get(name, 0)} %" for name in names)
