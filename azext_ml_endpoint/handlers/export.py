"""`az ml endpoint export` and `prune`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from azext_ml_endpoint import disk
from azext_ml_endpoint.errors import ConflictError, DocumentError, no_deployment
from azext_ml_endpoint.handlers import consent, output, outputs, places, session, two_files
from azext_ml_endpoint.handlers.outputs import Output
from azext_ml_endpoint.handlers.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.document.finding import Place as Origin
    from azext_ml_endpoint.document.model import Deployment, Endpoint
    from azext_ml_endpoint.document.node import Node
    from azext_ml_endpoint.document.write import Written
    from azext_ml_endpoint.plan.idle import Verdict
    from azext_ml_endpoint.plan.planned import Planned

    Source = Node | Origin
    """What a file is made of: a tree that knows its places, or the name of what there is."""

UNKNOWN = "unknown"
"""The cost of an instance: prices are the subscriber's own, and nobody here knows them."""
_LIKE_A_SECRET = re.compile(r"key|secret|token|passw|credential|connection_?string", re.IGNORECASE)


def export(
    cmd: AzCliCommand,
    *,
    place: Place,
    endpoint_name: str | None = None,
    deployment: str | None = None,
    official: list[str] | None = None,
    out: str | None = None,
    file_format: str = "one-file",
    yes: bool = False,
) -> None:
    is_one = file_format == "one-file"
    target = Output("--out", out, _none_is, yes=yes) if out and is_one else None
    if target:
        target.require_room(Path(each).expanduser() for each in official or ())
    service: places.Service | None = None
    if official:
        endpoint, source = _converted(cmd, official) if is_one else _read(cmd, official)
        if target:
            target.require_room(outputs.paths(endpoint))
    else:
        service = places.service(cmd, place, str(endpoint_name))
        endpoint, source = _exported(service, str(endpoint_name))
    _warn_of_secrets(cmd, endpoint)
    if out and not is_one:
        made = two_files.export(
            cmd, endpoint, source, out, deployment=deployment, inputs=official or (), yes=yes
        )
        if service:
            _require_no_change(service, made)
        return
    folder = target.path.parent if target else disk.working_folder()
    written = _written(endpoint, deployment, folder)
    _require_valid(written, folder, _part(source, endpoint, deployment))
    _put(cmd, written, target)
    if service:
        from azext_ml_endpoint.document import proof

        _require_no_change(service, proof.endpoint(_written(endpoint, None, folder), folder))


def prune(
    cmd: AzCliCommand,
    *,
    place: Place,
    endpoint_name: str | None = None,
    older_than: timedelta | None = None,
    yes: bool = False,
    environments: bool = False,
    assets: bool = False,
) -> list[dict[str, Any]]:
    from azext_ml_endpoint.handlers import environments as kept
    from azext_ml_endpoint.handlers import fetched
    from azext_ml_endpoint.plan.idle import judged

    if assets:
        return fetched.prune(cmd, older_than, yes=yes)
    if environments or endpoint_name is None:
        return kept.prune(cmd, place, older_than, yes=yes)
    service = places.service(cmd, place, endpoint_name)
    now = datetime.now(timezone.utc)
    verdicts = judged(service.tenancy(endpoint_name), now, older_than)
    _tell(cmd, endpoint_name, verdicts, now)
    useless = [each.tenant.name for each in verdicts if each.stays is None]
    question = f"Delete {', '.join(useless)} of {endpoint_name}?"
    removed = useless if useless and consent.given(cmd, question, yes=yes) else []
    for name in removed:
        service.delete(endpoint_name, name)
    return [_row(each, each.tenant.name in removed) for each in verdicts]


def _exported(service: places.Service, name: str) -> tuple[Endpoint, Source]:
    from azext_ml_endpoint.document.finding import Place as Origin

    return service.exported(name), Origin(f"endpoint {name}")


def _converted(cmd: AzCliCommand, files: list[str]) -> tuple[Endpoint, Source]:
    from azext_ml_endpoint.document import official

    loaded = official.load(files)
    session.warn(cmd, loaded.findings)
    converted = loaded.require()
    if converted.endpoint.deployments and converted.endpoint.traffic is None:
        session.report(cmd).warning(
            "None of the files says how the traffic is split: add traffic: to the new one. "
            "Without it, an endpoint keeps its split, and a new one sends requests nowhere."
        )
    return converted.endpoint, converted.tree


def _read(cmd: AzCliCommand, given: list[str]) -> tuple[Endpoint, Source]:
    """Files of either format, as any command reads them."""
    loaded = session.load(cmd, given, name=None, settings=None)
    return loaded.require(), cast("Node", loaded.root)


def _warn_of_secrets(cmd: AzCliCommand, endpoint: Endpoint) -> None:
    """Only this tool notes what is secret: what others have made is judged by its name."""
    for each in endpoint.deployments:
        for name in sorted(each.environment_variables.keys() - each.secrets):
            if _LIKE_A_SECRET.search(name):
                session.report(cmd).warning(
                    f"deployment {each.name}: the value of {name} is in the file. If it is a "
                    f"secret, write ${{secret:{name}}} in its place."
                )


def _written(endpoint: Endpoint, deployment: str | None, folder: Path) -> Written:
    from azext_ml_endpoint.document import write

    if deployment is None:
        return write.endpoint(endpoint, folder)
    return write.deployment(_named(endpoint, deployment), endpoint.name, folder)


def _named(endpoint: Endpoint, name: str) -> Deployment:
    return endpoint.deployments[_index(endpoint, name)]


def _index(endpoint: Endpoint, name: str) -> int:
    names = [each.name for each in endpoint.deployments]
    if name in names:
        return names.index(name)
    raise no_deployment(f"Endpoint {endpoint.name}", name, names)


def _part(source: Source, endpoint: Endpoint, deployment: str | None) -> Source:
    """Of the tree of an endpoint, that of the deployment."""
    from azext_ml_endpoint.document.node import Node, descend

    if deployment is None or not isinstance(source, Node):
        return source
    return descend(source, ("deployments", _index(endpoint, deployment)))


def _require_valid(written: Written, folder: Path, source: Source) -> None:
    """Raises DocumentError: a file that nobody can use is not written."""
    from azext_ml_endpoint.document import proof

    wrong = proof.errors(written, folder, source)
    if wrong:
        raise DocumentError(wrong)


def _require_no_change(service: places.Service, wanted: Endpoint) -> None:
    """Raises ConflictError where the file says something else than what is there."""
    from azext_ml_endpoint.plan import picture
    from azext_ml_endpoint.plan.fit import Intent

    planned = service.plan(wanted, Intent(create=False, live=True))
    if planned.changes_anything:
        what, way = _out_of_order(planned) or (
            f"The file does not say what {wanted.name} is: an update with it would change that.",
            "Correct the file until `az ml endpoint plan -f FILE` finds nothing to do.",
        )
        raise ConflictError(what, way, detail=picture.text(planned, colour=False))


def _out_of_order(planned: Planned) -> tuple[str, str] | None:
    """What to say, and to do, where the file is right, and what is there does not work."""
    there = planned.there
    if there is None or planned.obstacles:
        return None
    if any(planned.changes.values()) and not there.stillborn:
        return None
    parts = [(f"endpoint {there.name}", there.trouble)]
    parts += [(f"deployment {each.name}", each.trouble) for each in there.deployments]
    troubles = "; ".join(f"{name}: {trouble}" for name, trouble in parts if trouble)
    what = f"The file says what {there.name} is, and that does not work. {troubles}."
    return what, "To have it made again as it is: az ml endpoint update -f FILE"


def _none_is(_: bytes) -> bool:
    """Of an endpoint's file nobody knows whether somebody has edited it."""
    return False


def _put(cmd: AzCliCommand, written: Written, target: Output | None) -> None:
    """YAML as it is: no --output applies to it."""
    if target is None:
        output.document(written.text)
    else:
        target.write(written.text)
        session.report(cmd).step(f"{target.path}: written")
    if written.secrets:
        names = ", ".join(written.secrets)
        session.report(cmd).step(
            f"Secrets are not in the file. Whoever uses it sets, in the environment: {names}"
        )


def _tell(
    cmd: AzCliCommand, endpoint_name: str, verdicts: Iterable[Verdict], now: datetime
) -> None:
    report, listed = session.report(cmd), list(verdicts)
    if not listed:
        report.step(f"{endpoint_name}: every deployment receives traffic")
    for each in listed:
        row = _row(each, removed=False)
        age = now - each.since if each.since else None
        report.step(
            f"{endpoint_name}: {row['name']} at 0 %, {_age(age)}, {row['instances']}, "
            f"hourly cost {row['hourly_cost']}: "
            f"{f'stays, {each.stays}' if each.stays else 'can be removed'}"
        )


def _row(verdict: Verdict, removed: bool) -> dict[str, Any]:
    tenant = verdict.tenant
    return {
        "name": tenant.name,
        "provisioning_state": tenant.state,
        "created_at": _time(tenant.created),
        "last_modified_at": _time(tenant.changed),
        "idle_since": _time(verdict.since),
        "instances": f"{tenant.instances or '?'} x {tenant.instance_type or UNKNOWN}",
        "hourly_cost": UNKNOWN,
        "stays": verdict.stays,
        "removed": removed,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _age(age: timedelta | None) -> str:
    if age is None:
        return "unused for an unknown time"
    hours = int(age.total_seconds()) // 3600
    return f"unused for {hours // 24} d" if hours >= 48 else f"unused for {hours} h"
