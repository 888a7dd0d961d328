"""`az ml endpoint …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.handlers import change, output, places, provenance, session
from azext_ml_endpoint.handlers.places import Place

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.handlers.edits import Edit


def create(
    cmd: AzCliCommand,
    *,
    file: list[str],
    endpoint_name: str | None = None,
    settings: list[str] | None = None,
    traffic: dict[str, int] | None = None,
    resource_group_name: str | None = None,
    workspace_name: str | None = None,
    local: bool | None = None,
    runtime: str | None = None,
    ready_timeout: float | None = None,
    no_wait: bool = False,
    yes: bool = False,
    endpoint_type: str | None = None,
) -> dict[str, Any]:
    del endpoint_type  # checked by its validator
    place = Place(local, runtime, resource_group_name, workspace_name)
    wanted = session.read(cmd, file, name=endpoint_name, settings=settings, traffic=traffic)
    service = places.service(
        cmd, place, wanted.name, timeout=ready_timeout, wait=not no_wait, yes=yes
    )
    who = provenance.of(cmd, "create", files=file, local=local)
    return service.create(wanted, who)


def update(
    cmd: AzCliCommand,
    *,
    file: list[str] | None = None,
    endpoint_name: str | None = None,
    deployment: str | None = None,
    deployment_file: str | None = None,
    instance_count: int | None = None,
    traffic: dict[str, int] | None = None,
    edits: list[Edit] | None = None,
    additions: list[str] | None = None,
    removals: list[str] | None = None,
    force_string: bool = False,
    resource_group_name: str | None = None,
    workspace_name: str | None = None,
    local: bool | None = None,
    runtime: str | None = None,
    ready_timeout: float | None = None,
    no_wait: bool = False,
    yes: bool = False,
    endpoint_type: str | None = None,
) -> dict[str, Any]:
    del endpoint_type, additions, removals  # these two are among the edits
    place = Place(local, runtime, resource_group_name, workspace_name)
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
        return places.service(cmd, place, name, timeout=ready_timeout, wait=not no_wait, yes=yes)

    files = file or ([deployment_file] if deployment_file else [])
    who = provenance.of(cmd, "update", files=files, local=local)
    return change.update(cmd, asked, service, who)


def validate(
    cmd: AzCliCommand,
    *,
    file: list[str],
    endpoint_name: str | None = None,
    settings: list[str] | None = None,
) -> None:
    session.check(cmd, file, name=endpoint_name, settings=settings)
    session.report(cmd).step(f"{', '.join(file)}: no errors")


def show(
    cmd: AzCliCommand,
    *,
    endpoint_name: str,
    resource_group_name: str | None = None,
    workspace_name: str | None = None,
    local: bool | None = None,
    runtime: str | None = None,
    endpoint_type: str = "online",
) -> dict[str, Any]:
    del endpoint_type
    place = Place(local, runtime, resource_group_name, workspace_name)
    return places.service(cmd, place, endpoint_name).show(endpoint_name)


def list_endpoints(
    cmd: AzCliCommand,
    *,
    resource_group_name: str | None = None,
    workspace_name: str | None = None,
    local: bool | None = None,
    runtime: str | None = None,
    endpoint_type: str = "online",
) -> list[dict[str, Any]]:
    del endpoint_type
    place = Place(local, runtime, resource_group_name, workspace_name)
    return places.list_endpoints(cmd, place)


def invoke(
    cmd: AzCliCommand,
    *,
    endpoint_name: str,
    request_file: str | None = None,
    data: str | None = None,
    content_type: str = "application/json",
    deployment: str | None = None,
    resource_group_name: str | None = None,
    workspace_name: str | None = None,
    local: bool | None = None,
    runtime: str | None = None,
    answer_timeout: float = 300,
    endpoint_type: str = "online",
) -> Any:
    del endpoint_type
    place = Place(local, runtime, resource_group_name, workspace_name)
    request = session.request(request_file, data, content_type)
    service = places.service(cmd, place, endpoint_name)
    answer = service.invoke(endpoint_name, deployment, request, timeout=answer_timeout)
    return session.printed(answer)


def get_logs(
    cmd: AzCliCommand,
    *,
    endpoint_name: str,
    deployment: str,
    lines: int = 5000,
    follow: bool = False,
    container: str = "inference-server",
    resource_group_name: str | None = None,
    workspace_name: str | None = None,
    local: bool | None = None,
    runtime: str | None = None,
    endpoint_type: str = "online",
) -> None:
    del endpoint_type
    place = Place(local, runtime, resource_group_name, workspace_name)
    service = places.service(cmd, place, endpoint_name)
    log = service.logs(endpoint_name, deployment, container=container, tail=lines, follow=follow)
    output.stream(log)


def delete(
    cmd: AzCliCommand,
    *,
    endpoint_name: str,
    deployment: str | None = None,
    resource_group_name: str | None = None,
    workspace_name: str | None = None,
    local: bool | None = None,
    runtime: str | None = None,
    no_wait: bool = False,
    endpoint_type: str = "online",
) -> None:
    del endpoint_type
    place = Place(local, runtime, resource_group_name, workspace_name)
    service = places.service(cmd, place, endpoint_name, wait=not no_wait)
    service.delete(endpoint_name, deployment)


def get_credentials(
    cmd: AzCliCommand,
    *,
    endpoint_name: str,
    resource_group_name: str | None = None,
    workspace_name: str | None = None,
    endpoint_type: str = "online",
) -> dict[str, Any]:
    del endpoint_type
    service = places.cloud_service(cmd, resource_group_name, workspace_name)
    return service.credentials(endpoint_name)


def regenerate_keys(
    cmd: AzCliCommand,
    *,
    endpoint_name: str,
    key_type: str = "primary",
    resource_group_name: str | None = None,
    workspace_name: str | None = None,
    endpoint_type: str = "online",
) -> None:
    del endpoint_type
    service = places.cloud_service(cmd, resource_group_name, workspace_name)
    service.regenerate_keys(endpoint_name, key_type)


def wait(
    cmd: AzCliCommand,
    *,
    endpoint_name: str,
    deployment: str | None = None,
    created: bool = False,
    updated: bool = False,
    deleted: bool = False,
    exists: bool = False,
    custom: str | None = None,
    interval: float = 30,
    wait_timeout: float = 3600,
    resource_group_name: str | None = None,
    workspace_name: str | None = None,
    endpoint_type: str = "online",
) -> None:
    del endpoint_type
    from azext_ml_endpoint.cloud.waiting import Condition

    condition = Condition(
        succeeded=created or updated, deleted=deleted, exists=exists, custom=custom
    )
    service = places.cloud_service(cmd, resource_group_name, workspace_name)
    service.wait(endpoint_name, deployment, condition, interval=interval, timeout=wait_timeout)
