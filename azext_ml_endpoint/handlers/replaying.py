"""`az ml endpoint test --from-collected`: what was asked once, asked again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from azext_ml_endpoint.errors import NotFoundError
from azext_ml_endpoint.handlers import places, session
from azext_ml_endpoint.handlers.places import Place

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.handlers.places import Service
    from azext_ml_endpoint.testing.results import Results


def replay(
    cmd: AzCliCommand, place: Place, folder: str, asked: tuple[str, str | None], timeout: float
) -> Results:
    """folder: or file. asked: the endpoint, and a deployment where one is named.

    Raises DocumentError, FileAccessError, NotFoundError, UsageError.
    """
    from azext_ml_endpoint.testing import collected, replaying

    name, deployment = asked
    recorded = collected.read(Path(folder))
    service = places.service(cmd, place, name)
    _require(service, name, deployment)
    results = replaying.run(service, name, recorded, deployment, timeout=timeout)
    alone = sum(each.expected is None for each in recorded)
    if alone:
        session.report(cmd).step(
            f"{alone} of {len(recorded)} have no collected answer: only their status was looked at"
        )
    return results


def _require(service: Service, name: str, deployment: str | None) -> None:
    names = [each.name for each in service.observe(name).deployments]
    if deployment is not None and deployment not in names:
        raise NotFoundError(
            f"Endpoint {name} has no deployment {deployment}.",
            f"It has: {', '.join(names)}." if names else "It has none.",
        )
