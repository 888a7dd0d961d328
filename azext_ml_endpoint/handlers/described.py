"""`az ml endpoint invoke --check`: the request beside what the deployment says that it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from azext_ml_endpoint import swagger
from azext_ml_endpoint.errors import ScoringError, UsageError
from azext_ml_endpoint.scoring import DESCRIPTION, Answer, Request

if TYPE_CHECKING:
    from azext_ml_endpoint.handlers.places import Service
    from azext_ml_endpoint.report import Report

_SECONDS = 30.0


def require_fitting(
    service: Service, name: str, deployment: str | None, request: Request, report: Report
) -> None:
    """Raises UsageError where the request does not fit, and as :data:`.scoring.Ask` does.

    What describes nothing is a warning: the request may be right.
    """
    answer, path = _description(service, name, deployment)
    who = f"swagger.json of {answer.deployment or deployment or name}"
    if answer.status >= 300:
        report.warning(f"There is no {who}: the request was not checked.")
        return
    try:
        found = swagger.faults(answer.body, path, request.body)
    except swagger.Unusable as why:
        report.warning(f"{who} {why}: the request was not checked.")
        return
    if found:
        raise UsageError(
            "\n".join([f"The request is not what {who} describes, and was not sent:", *found]),
            "Correct the request, or leave --check out.",
        )


def sample(service: Service, name: str) -> Any:
    """A request that the endpoint takes; None where it does not say. Raises NotFoundError."""
    try:
        answer, path = _description(service, name, None)
        return swagger.sample(answer.body, path) if answer.status < 300 else None
    except (ScoringError, swagger.Unusable):
        return None


def _description(service: Service, name: str, deployment: str | None) -> tuple[Answer, str]:
    """And the path that requests go to."""
    answer = service.opened(name, _SECONDS)(deployment, DESCRIPTION)
    return answer, urlsplit(service.show(name)["scoring_uri"]).path
