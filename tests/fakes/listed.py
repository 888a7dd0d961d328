"""What `list --local` names of one runtime."""

from __future__ import annotations

from pathlib import Path

from azext_ml_endpoint.local.looking import Looking
from azext_ml_endpoint.local.runtime import Runtime
from azext_ml_endpoint.report import Report


def listed(runtime: Runtime, report: Report) -> list[str]:
    """Endpoints in no order; the report gets what there is to say of others."""
    return [each["name"] for each in Looking(runtime, report, Path()).list_endpoints()]
