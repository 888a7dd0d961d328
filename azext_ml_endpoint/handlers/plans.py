"""`az ml endpoint plan` and `apply`: one file is the truth; what that means is said first."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint import disk, foreign_json
from azext_ml_endpoint.handlers import applying, places, session, watching
from azext_ml_endpoint.handlers.outputs import Output
from azext_ml_endpoint.handlers.places import Place

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.handlers.files import Wanted
    from azext_ml_endpoint.plan.fit import Intent
    from azext_ml_endpoint.plan.planned import Planned
    from azext_ml_endpoint.plan.saved import Saved

_MOST_BYTES = 10 * 1024 * 1024
"""Of a saved plan."""
_NOT_PLANNED = ("port", "debug_port", "vscode")
"""What of a place plan does not take."""
_ERROR, _CHANGES = 1, 2
"""Exit codes of `plan`: something is in the way; with --detailed-exitcode, something differs."""


def plan(
    cmd: AzCliCommand,
    *,
    place: Place,
    file: list[str],
    endpoint_name: str | None = None,
    settings: list[str] | None = None,
    traffic: dict[str, int] | None = None,
    replaced: list[str] | None = None,
    out: str | None = None,
    yes: bool = False,
    detailed_exitcode: bool = False,
    on_conflict: str = "wait",
) -> dict[str, Any] | None:
    from azext_ml_endpoint.plan import picture

    asked = applying.Asked.of(
        file,
        endpoint_name=endpoint_name,
        settings=settings,
        traffic=traffic,
        replaced=replaced,
        place=place,
    )
    output = Output("--out", out, _is_saved, yes=yes) if out else None
    wanted, intent = asked.read(cmd, "plan", output)
    patient = on_conflict == "wait"
    planned = wanted.plan(places.service(cmd, place, wanted.name, patient=patient), intent)
    session.report(cmd).picture(picture.text(planned, colour=_has_colour(cmd)))
    if output:
        _save(asked, wanted.hashes, planned, output)
    if code := _exit_code(planned, detailed_exitcode):
        session.end_with(cmd, SystemExit(code))
    return picture.data(planned) if _wants_data(cmd) else None


def apply(
    cmd: AzCliCommand,
    *,
    place: Place,
    file: list[str] | None = None,
    plan_file: str | None = None,
    endpoint_name: str | None = None,
    settings: list[str] | None = None,
    traffic: dict[str, int] | None = None,
    replaced: list[str] | None = None,
    yes: bool = False,
    on_conflict: str = "wait",
    timeout: float | None = None,
    no_wait: bool = False,
    watch: bool = False,
) -> dict[str, Any]:
    from azext_ml_endpoint.plan import picture

    saved = _saved(plan_file) if plan_file else None
    asked = (
        applying.Asked.again(saved)
        if saved
        else applying.Asked.of(
            file,
            endpoint_name=endpoint_name,
            settings=settings,
            traffic=traffic,
            replaced=replaced,
            place=place,
        )
    )
    wanted, intent = asked.read(cmd, "apply")
    service = places.service(
        cmd,
        asked.place,
        wanted.name,
        timeout=timeout,
        wait=not no_wait,
        patient=on_conflict == "wait",
    )
    planned = _again(saved, wanted, service, intent) if saved else wanted.plan(service, intent)
    session.report(cmd).picture(picture.text(planned, colour=_has_colour(cmd)))
    result = applying.carried_out(cmd, planned, service, agreed=yes or saved is not None)
    if watch:
        watching.go_on(cmd, asked, timeout=timeout, yes=yes)
    return result


def _save(
    asked: applying.Asked, hashes: Mapping[str, str], planned: Planned, output: Output
) -> None:
    from azext_ml_endpoint.plan import saved

    origin = saved.Origin(
        asked=tuple(str(disk.absolute(Path(each).expanduser())) for each in asked.files),
        files=hashes,
        settings=asked.settings,
        traffic=asked.traffic,
        endpoint_name=asked.endpoint_name,
        replaced=asked.replaced,
        place={
            name: value if isinstance(value, bool) else value and str(value)
            for name, value in asdict(asked.place).items()
            if name not in _NOT_PLANNED
        },
    )
    output.write(saved.text(origin, planned), private=True)


def _is_saved(content: bytes) -> bool:
    """Of any version of this tool."""
    try:
        data = foreign_json.loads(content)
    except ValueError:
        return False
    return isinstance(data, dict) and {"format", "origin", "plan"} <= data.keys()


def _saved(file: str) -> Saved:
    from azext_ml_endpoint.plan import saved

    content = disk.read(Path(file).expanduser(), _MOST_BYTES, "Check --plan.")
    return saved.read(content, file)


def _again(then: Saved, wanted: Wanted, service: places.Service, intent: Intent) -> Planned:
    """The plan that was saved. Raises ConflictError where it would be another one now."""
    from azext_ml_endpoint.plan import saved

    saved.require_same_files(then, wanted.hashes)
    planned = wanted.plan(service, intent)
    saved.require_same(then, planned)
    return planned


def _exit_code(planned: Planned, detailed: bool) -> int:
    if planned.obstacles:
        return _ERROR
    return _CHANGES if detailed and planned.changes_anything else 0


def _wants_data(cmd: AzCliCommand) -> bool:
    """Who reads the text on a terminal, and did not ask for more, is not shown the same again."""
    given = cmd.cli_ctx.data.get("safe_params") or ()
    return not sys.stdout.isatty() or bool({"-o", "--output", "--query"}.intersection(given))


def _has_colour(cmd: AzCliCommand) -> bool:
    refused = cmd.cli_ctx.config.getboolean("core", "no_color", fallback=False)
    return sys.stderr.isatty() and not refused and not os.environ.get("NO_COLOR")
