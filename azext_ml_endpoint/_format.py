"""What `-o table` shows: to people, so that it is made harmless."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from azext_ml_endpoint.harmless import harmless


def endpoint_row(endpoint: dict[str, Any]) -> dict[str, Any]:
    return _row(
        {
            "Name": endpoint["name"],
            "State": endpoint["provisioning_state"],
            "Traffic": _traffic(endpoint),
            "Scoring URI": endpoint.get("scoring_uri") or "",
        }
    )


def endpoint_rows(endpoints: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [endpoint_row(each) for each in endpoints]


def step_rows(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [_row({"Step": each["title"], "Reason": each["reason"]}) for each in plan["steps"]]


def asset_rows(assets: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        _row(
            {
                "Name": each["name"],
                "Version": each.get("version") or each.get("latest_version") or "",
                "Description": each.get("description") or "",
            }
        )
        for each in assets
    ]


def idle_rows(deployments: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        _row(
            {
                "Name": each["name"],
                "State": each["provisioning_state"],
                "Idle since": each["idle_since"] or "unknown",
                "Instances": each["instances"],
                "Hourly cost": each["hourly_cost"],
                "Result": "removed" if each["removed"] else f"stays: {each['stays'] or 'no --yes'}",
            }
        )
        for each in deployments
    ]


def history_rows(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        _row(
            {
                "When": each["when"],
                "Who": each["who"] or "",
                "What": each["what"] or "",
                "Traffic": ", ".join(f"{name} {share} %" for name, share in shares.items()),
                "File": each["file_hash"] or "",
                "Commit": each["commit"] or "",
            }
        )
        for each in entries
        for shares in [each["traffic"] or {}]
    ]


def result_rows(results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        _row(
            {
                "Outcome": each["outcome"],
                "Deployment": each["deployment"] or "",
                "Test": each["name"],
                "Status": each["status"] or "",
                "Latency": f"{each['latency_ms']} ms",
                "Faults": "; ".join(each["faults"]),
            }
        )
        for each in results
    ]


def _row(shown: dict[str, Any]) -> dict[str, Any]:
    return {
        name: harmless(value) if isinstance(value, str) else value for name, value in shown.items()
    }


def _traffic(endpoint: dict[str, Any]) -> str:
    traffic = endpoint.get("traffic") or {}
    names = [each["name"] for each in endpoint.get("deployments", ())]
    return ", ".join(f"{name} {traffic.get(name, 0)} %" for name in names)
