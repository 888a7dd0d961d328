"""`az ml endpoint invoke --check`: the request beside what the deployment says that it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from azext_ml_endpoint import swagger
from azext_ml_endpoint.errors import UsageError
from azext_ml_endpoint.scoring import DESCRIPTION, Request

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
    answer = service.opened(name, _SECONDS)(deployment, DESCRIPTION)
    path = urlsplit(service.show(name)["scoring_uri"]).path
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
