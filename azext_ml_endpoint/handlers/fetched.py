"""`az ml endpoint prune --assets`: what was fetched from Azure, and no deployment uses."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.handlers import consent, environments, places, session

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.local.fetched import Fetched

_MEGABYTE = 1_000_000


def prune(cmd: AzCliCommand, older_than: timedelta | None, *, yes: bool) -> list[dict[str, Any]]:
    """Lists them, and removes them where that is agreed to.

    Raises RuntimeUnavailableError: what a runtime that does not answer uses is not known.
    """
    found = _unused(cmd, older_than)
    if not found:
        session.report(cmd).step(
            "There is nothing fetched that no deployment uses and no command has asked for lately; "
            "what was asked for within the last hour stays."
        )
    size = sum(each.size for each in found) // _MEGABYTE
    question = f"Remove {len(found)} models and other assets that nothing uses, {size} MB?"
    agreed = bool(found) and consent.given(cmd, question, yes=yes)
    removed = _removed(cmd, older_than) if agreed else set()
    return [_row(each, each in removed) for each in found]


def _unused(cmd: AzCliCommand, older_than: timedelta | None) -> list[Fetched]:
    from azext_ml_endpoint.local import fetched
    from azext_ml_endpoint.local.keeping import older

    there = [each for runtime in places.local_runtimes(cmd) for each in runtime.instances()]
    seconds = older_than.total_seconds() if older_than else None
    return older(
        fetched.unused(places.home(cmd) / "assets", fetched.mounted(there)), time.time(), seconds
    )


def _removed(cmd: AzCliCommand, older_than: timedelta | None) -> set[Fetched]:
    """Somebody may have used one while the question was asked. Raises ConflictError."""
    from azext_ml_endpoint.local import fetched, lock

    with lock.alone(places.home(cmd) / "locks"):
        return {each for each in _unused(cmd, older_than) if fetched.remove(each.path)}


def _row(each: Fetched, removed: bool) -> dict[str, Any]:
    return {
        "asset": each.path.name,
        "path": str(each.path),
        **environments.kept(each, removed),
    }
