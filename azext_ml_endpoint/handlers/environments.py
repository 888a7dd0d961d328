"""`az ml endpoint prune --environments`: what no deployment of this machine uses."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.errors import RuntimeUnavailableError
from azext_ml_endpoint.handlers import consent, places, session
from azext_ml_endpoint.handlers.places import Place

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.local.fetched import Fetched
    from azext_ml_endpoint.local.keeping import Unused
    from azext_ml_endpoint.local.service import LocalService

_MEGABYTE = 1_000_000


def prune(
    cmd: AzCliCommand, place: Place, older_than: timedelta | None, *, yes: bool
) -> list[dict[str, Any]]:
    """Lists them, and removes them where that is agreed to."""
    found = [
        (runtime, service, each)
        for runtime, service in places.local_services(cmd, place.runtime)
        for each in _unused(cmd, place, service, older_than)
    ]
    if not found:
        since = " for so long" if older_than else ""
        session.report(cmd).step(f"There is no environment that nothing has used{since}.")
    size = sum(each.size for _, _, each in found) // _MEGABYTE
    question = f"Remove {len(found)} environments that nothing uses, {size} MB?"
    removed = bool(found) and consent.given(cmd, question, yes=yes)
    for _, service, each in found if removed else ():
        service.remove_environments([each.digest])
    return [_row(runtime, each, removed) for runtime, _, each in found]


def _unused(
    cmd: AzCliCommand, place: Place, service: LocalService, older_than: timedelta | None
) -> list[Unused]:
    """One that does not answer is told of, unless it was asked for."""
    from azext_ml_endpoint.local.keeping import older

    try:
        there = service.environments()
    except RuntimeUnavailableError as error:
        if place.runtime:
            raise
        session.report(cmd).warning(f"{error.message} Its environments are not listed.")
        return []
    seconds = older_than.total_seconds() if older_than else None
    return older(there, time.time(), seconds)


def _row(runtime: str, each: Unused, removed: bool) -> dict[str, Any]:
    return {"environment": each.digest, "runtime": runtime, **kept(each, removed)}


def kept(each: Unused | Fetched, removed: bool) -> dict[str, Any]:
    """What is shown of anything that is kept on this machine, and may go."""
    used = datetime.fromtimestamp(each.used_at, timezone.utc)
    return {
        "size_mb": each.size // _MEGABYTE,
        "used_at": used.isoformat(timespec="seconds"),
        "removed": removed,
    }
