"""`az ml endpoint …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.handlers import places, session
from azext_ml_endpoint.handlers.places import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.handlers.edits import Edit
    from azext_ml_endpoint.plan.history import Provenance


def create(
    cmd: AzCliCommand,
    *,
    place: Place,
    file: list[str],
    endpoint_name: str | None = None,
    settings: list[str] | None = None,
    traffic: dict[str, int] | None = None,
    timeout: float | None = None,
    no_wait: bool = False,
    yes: bool = False,
    watch: bool = False,
) -> dict[str, Any]:
    from azext_ml_endpoint.handlers import files, provenance, watching
    from azext_ml_endpoint.plan.fit import Intent

    wanted = files.read(
        cmd, file, name=endpoint_name, settings=settings, traffic=traffic, needs_endpoint=True
    )
    service = places.service(cmd, place, wanted.name, timeout=timeout, wait=not no_wait, yes=yes)
    who = provenance.of(cmd, "create", hashes=wanted.hashes, local=place.local)
    result = wanted.create(service, Intent(provenance=who))
    if watch:
        asked = watching.asked(place, file, endpoint_name, settings, traffic)
        watching.go_on(cmd, asked, timeout=timeout, yes=yes)
    return result


def update(
    cmd: AzCliCommand,
    *,
    place: Place,
    file: list[str] | None = None,
    endpoint_name: str | None = None,
    deployment: str | None = None,
    deployment_file: str | None = None,
    instance_count: int | None = None,
    traffic: dict[str, int] | None = None,
    edits: list[Edit] | None = None,
    force_string: bool = False,
    timeout: float | None = None,
    no_wait: bool = False,
    yes: bool = False,
    watch: bool = False,
) -> dict[str, Any]:
    from azext_ml_endpoint.handlers import change, provenance, watching

    asked = change.Asked(
        file=file,
        endpoint_name=endpoint_name,
        deployment=deployment,
        deployment_file=deployment_file,
        instance_count=instance_count,
        traffic=traffic,
        edits=tuple(edits or ()),
        force_string=force_string,
    )

    def service(name: str) -> places.Service:
        return places.service(
            cmd, place, name, timeout=timeout, wait=not no_wait, yes=yes, warmth="edited"
        )

    def who(hashes: Mapping[str, str]) -> Provenance:
        return provenance.of(cmd, "update", hashes=hashes, local=place.local)

    result = change.update(cmd, asked, service, who)
    if watch:
        again = watching.asked(place, file, endpoint_name, asked.settings, traffic)
        watching.go_on(cmd, again, timeout=timeout, yes=yes)
    return result


def validate(
    cmd: AzCliCommand,
    *,
    file: list[str],
    endpoint_name: str | None = None,
    traffic: dict[str, int] | None = None,
    settings: list[str] | None = None,
) -> None:
    session.check(cmd, file, name=endpoint_name, settings=settings, traffic=traffic)
    session.report(cmd).step(f"{', '.join(file)}: no errors")


def show(
    cmd: AzCliCommand,
    *,
    place: Place,
    endpoint_name: str,
) -> dict[str, Any]:
    return places.looking(cmd, place, endpoint_name).show(endpoint_name)


def list_endpoints(
    cmd: AzCliCommand,
    *,
    place: Place,
) -> list[dict[str, Any]]:
    return places.list_endpoints(cmd, place)


def invoke(
    cmd: AzCliCommand,
    *,
    place: Place,
    endpoint_name: str,
    request_file: str | None = None,
    data: str | None = None,
    content_type: str | None = None,
    headers: Mapping[str, str] | None = None,
    deployment: str | None = None,
    timeout: float = 300,
    include: bool = False,
    out: str | None = None,
    yes: bool = False,
    repeat: int | None = None,
    concurrency: int | None = None,
    duration: float | None = None,
    check: bool = False,
) -> Any:
    from azext_ml_endpoint.handlers import invoking

    target = invoking.target(out, request_file, yes=yes)
    request = session.request(request_file, data, content_type, headers)
    if check:
        from azext_ml_endpoint.handlers import described

        described.require_fitting(
            places.service(cmd, place, endpoint_name),
            endpoint_name,
            deployment,
            request,
            session.report(cmd),
        )
    service = places.asking(cmd, place, endpoint_name)
    if repeat or duration:
        from azext_ml_endpoint.measuring.load import Wish

        wish = Wish(repeat=repeat, duration=duration, concurrency=concurrency or 1)
        return invoking.measured(
            cmd, service.connected(endpoint_name, deployment, request, timeout=timeout), wish
        )
    showing = invoking.Showing(session.report(cmd), include, target, invoking.wants_data(cmd))
    answer = service.invoke(endpoint_name, deployment, request, timeout=timeout, read=showing.read)
    return showing.result(answer)


def get_logs(
    cmd: AzCliCommand,
    *,
    place: Place,
    endpoint_name: str,
    deployment: str,
    lines: int = 5000,
    follow: bool = False,
    container: str = "inference-server",
) -> None:
    from azext_ml_endpoint.handlers import output

    there = places.looking(cmd, place, endpoint_name)
    log = there.logs(endpoint_name, deployment, container=container, tail=lines, follow=follow)
    output.stream(log)


def delete(
    cmd: AzCliCommand,
    *,
    place: Place,
    endpoint_name: str,
    deployment: str | None = None,
    no_wait: bool = False,
) -> None:
    service = places.service(cmd, place, endpoint_name, wait=not no_wait)
    service.delete(endpoint_name, deployment)


def get_credentials(
    cmd: AzCliCommand,
    *,
    place: Place,
    endpoint_name: str,
) -> dict[str, Any]:
    return places.service(cmd, place, endpoint_name).credentials(endpoint_name)


def regenerate_keys(
    cmd: AzCliCommand,
    *,
    place: Place,
    endpoint_name: str,
    key_type: str = "primary",
) -> None:
    places.service(cmd, place, endpoint_name).regenerate_keys(endpoint_name, key_type)


def wait(
    cmd: AzCliCommand,
    *,
    place: Place,
    endpoint_name: str,
    deployment: str | None = None,
    created: bool = False,
    updated: bool = False,
    deleted: bool = False,
    exists: bool = False,
    custom: str | None = None,
    interval: float = 30,
    timeout: float = 3600,
) -> None:
    from azext_ml_endpoint.cloud.waiting import Condition

    condition = Condition(
        succeeded=created or updated, deleted=deleted, exists=exists, custom=custom
    )
    service = places.cloud_service(cmd, place)
    service.wait(endpoint_name, deployment, condition, interval=interval, timeout=timeout)
