"""`az ml endpoint …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.handlers import session

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand


def create(
    cmd: AzCliCommand,
    *,
    file: str,
    endpoint_name: str | None = None,
    settings: list[str] | None = None,
    local: bool | None = None,
    runtime: str | None = None,
    ready_timeout: float = 300,
    endpoint_type: str | None = None,
) -> dict[str, Any]:
    del endpoint_type  # checked by its validator
    session.require_local(local)
    wanted = session.read(cmd, file, name=endpoint_name, settings=settings)
    service = session.local_service(cmd, runtime, wanted.name, timeout=ready_timeout)
    return service.create(wanted)


def update(
    cmd: AzCliCommand,
    *,
    file: str,
    endpoint_name: str | None = None,
    settings: list[str] | None = None,
    local: bool | None = None,
    runtime: str | None = None,
    ready_timeout: float | None = None,
    endpoint_type: str | None = None,
) -> dict[str, Any]:
    del endpoint_type
    session.require_local(local)
    wanted = session.read(cmd, file, name=endpoint_name, settings=settings)
    service = session.local_service(cmd, runtime, wanted.name, timeout=ready_timeout)
    return service.update(wanted)


def validate(
    cmd: AzCliCommand,
    *,
    file: str,
    endpoint_name: str | None = None,
    settings: list[str] | None = None,
) -> None:
    session.check(cmd, file, name=endpoint_name, settings=settings)
    session.report(cmd).step(f"{file}: no errors")


def show(
    cmd: AzCliCommand,
    *,
    endpoint_name: str,
    local: bool | None = None,
    runtime: str | None = None,
    endpoint_type: str = "online",
) -> dict[str, Any]:
    del endpoint_type
    session.require_local(local)
    return session.local_service(cmd, runtime, endpoint_name).show(endpoint_name)


def list_endpoints(
    cmd: AzCliCommand,
    *,
    local: bool | None = None,
    runtime: str | None = None,
    endpoint_type: str = "online",
) -> list[dict[str, Any]]:
    del endpoint_type
    session.require_local(local)
    return session.local_list(cmd, runtime)


def invoke(
    cmd: AzCliCommand,
    *,
    endpoint_name: str,
    request_file: str | None = None,
    data: str | None = None,
    content_type: str = "application/json",
    deployment: str | None = None,
    local: bool | None = None,
    runtime: str | None = None,
    answer_timeout: float = 300,
    endpoint_type: str = "online",
) -> Any:
    del endpoint_type
    session.require_local(local)
    request = session.request(request_file, data, content_type)
    service = session.local_service(cmd, runtime, endpoint_name)
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
    local: bool | None = None,
    runtime: str | None = None,
    endpoint_type: str = "online",
) -> None:
    del endpoint_type
    session.require_local(local)
    session.require_inference_server(container)
    service = session.local_service(cmd, runtime, endpoint_name)
    session.stream(service.logs(endpoint_name, deployment, tail=lines, follow=follow))


def delete(
    cmd: AzCliCommand,
    *,
    endpoint_name: str,
    deployment: str | None = None,
    local: bool | None = None,
    runtime: str | None = None,
    endpoint_type: str = "online",
) -> None:
    del endpoint_type
    session.require_local(local)
    session.local_service(cmd, runtime, endpoint_name).delete(endpoint_name, deployment)
