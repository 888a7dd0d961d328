"""The api-versions that are answered."""

from __future__ import annotations

import re

from tests.simulator.message import Request
from tests.simulator.refusal import Refusal

API_VERSIONS = frozenset(
    {
        "2022-02-01-preview",
        "2022-05-01",
        "2023-04-01-preview",
        "2023-04-01",
        "2023-08-01-preview",
        "2023-10-01",
        "2024-10-01-preview",
        "2024-10-01",
        "2025-12-01",
        "2026-05-01",
    }
)
"""Of Microsoft.MachineLearningServices: what the official SDK sends, and what we may."""
INSIGHTS = frozenset({"2018-01-01", "2019-07-01", "2021-05-01", "2023-10-01", "2024-02-01"})
"""Of Microsoft.Insights/metrics, which may follow any resource."""
_INSIGHTS = re.compile("/providers/Microsoft.Insights/metrics$", re.IGNORECASE)
_SERVICE = re.compile("/providers/Microsoft.MachineLearningServices/", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(-[a-z]+)?")


def require_api_version(request: Request) -> None:
    """Raises 400 for a version that is missing, or that the provider does not know."""
    version = request.query.get("api-version")
    if version is None:
        message = "The api-version query parameter (?api-version=) is required for all requests."
        raise Refusal(400, "MissingApiVersionParameter", message)
    versions = INSIGHTS if _INSIGHTS.search(request.path) else API_VERSIONS
    if _SERVICE.search(request.path) and version not in versions:
        known = ", ".join(sorted(versions))
        raise Refusal(
            400,
            "NoRegisteredProviderFound",
            f"No registered resource provider found for API version '{version}'. "
            f"The supported api-versions are '{known}'.",
        )
    if not _DATE.fullmatch(version):
        message = f"The api-version '{version}' is invalid."
        raise Refusal(400, "InvalidApiVersionParameter", message)
