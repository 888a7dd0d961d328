"""Where a command works: on this machine, or in a workspace in Azure.

The composition root: the one place where a driver, what it stands on, and a report are put
together.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from azext_ml_endpoint import disk
from azext_ml_endpoint.errors import RuntimeUnavailableError, UsageError
from azext_ml_endpoint.handlers import consent
from azext_ml_endpoint.handlers.session import report

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.cloud.assets.catalogue import Catalogue
    from azext_ml_endpoint.cloud.credentials import Connection
    from azext_ml_endpoint.cloud.service import CloudService
    from azext_ml_endpoint.cloud.workspace import Workspace
    from azext_ml_endpoint.local.asking import Asking
    from azext_ml_endpoint.local.debug.debugger import Debugging
    from azext_ml_endpoint.local.keeping import Limits
    from azext_ml_endpoint.local.library import Workspace as Registered
    from azext_ml_endpoint.local.looking import Looking
    from azext_ml_endpoint.local.machine import Machine
    from azext_ml_endpoint.local.readiness import Superseded
    from azext_ml_endpoint.local.runtime import Runtime
    from azext_ml_endpoint.local.service import LocalService, Options
    from azext_ml_endpoint.local.warm.warmth import Policy, Served
    from azext_ml_endpoint.report import Report

    Service: TypeAlias = CloudService | LocalService
    """What a command can ask of every place is what both have."""


_ENDLESS = 1e9
"""Days, and gigabytes."""
_LAUNCH = ".vscode/launch.json"


@dataclass(frozen=True)
class Place:
    """What ``--local --runtime -g -w --port --simulate --gpus --platform --debug-port`` said, and
    ``--vscode-debug``.

    Where it is not local, resource group and workspace are there. port: where the endpoint's
    gateway on this machine is to listen. simulate: whether an endpoint here is to behave as in
    Azure; None where it is to stay as it is. gpus, platform: what of this machine deployments get.
    debug_port: where it is debugged, 0 for any; None where it is not. vscode: whether an entry for
    it is to be in Visual Studio Code's file.
    """

    local: bool | None
    runtime: str | None
    resource_group: str | None
    workspace: str | None
    port: int | None = None
    simulate: bool | None = None
    gpus: str | None = None
    platform: str | None = None
    debug_port: int | None = None
    vscode: bool = False

    @property
    def machine(self) -> Machine:
        from azext_ml_endpoint.local.machine import Machine

        return Machine(gpus=self.gpus, platform=self.platform)

    @property
    def debugging(self) -> Debugging | None:
        """Raises FileAccessError where the working folder is gone."""
        from azext_ml_endpoint.local.debug.debugger import Debugging

        if self.debug_port is None:
            return None
        launch = disk.absolute(_LAUNCH) if self.vscode else None
        return Debugging(self.debug_port, launch)


def service(
    cmd: AzCliCommand,
    place: Place,
    endpoint_name: str,
    *,
    timeout: float | None = None,
    wait: bool = True,
    patient: bool | None = None,
    yes: bool = False,
    warmth: Policy = "never",
) -> Service:
    """timeout: seconds that what takes long may take. patient: whether to wait for others that
    are at work on the endpoint. The place has defaults of its own. yes: whether what else would
    be asked is agreed to. warmth: which deployments on this machine get a spare.
    """
    if place.local:
        return service_here(
            cmd, place, endpoint_name, timeout=timeout, patient=bool(patient), warmth=warmth
        )
    return cloud_service(
        cmd,
        place,
        timeout=timeout,
        wait=wait,
        patient=patient is not False,
        yes=yes,
    )


def looking(cmd: AzCliCommand, place: Place, endpoint_name: str) -> CloudService | Looking:
    """For commands that only look at what is there: what changes things takes time to load."""
    if not place.local:
        return cloud_service(cmd, place)
    from azext_ml_endpoint.local import looking as here

    teller = report(cmd)
    name = _runtime(cmd, place.runtime, endpoint_name, teller)
    return here.open_looking(name, teller, home(cmd))


def asking(cmd: AzCliCommand, place: Place, endpoint_name: str) -> CloudService | Asking:
    """For requests: as :func:`looking`."""
    if not place.local:
        return cloud_service(cmd, place)
    from azext_ml_endpoint.local import asking as here

    teller = report(cmd)
    name = _runtime(cmd, place.runtime, endpoint_name, teller)
    return here.open_asking(name, teller, home(cmd))


def service_here(
    cmd: AzCliCommand,
    place: Place,
    endpoint_name: str,
    *,
    timeout: float | None,
    patient: bool,
    warmth: Policy,
    served: Served | None = None,
    superseded: Superseded | None = None,
) -> LocalService:
    """With all that the place says of this machine."""
    from azext_ml_endpoint.local.service import USUAL

    options = replace(
        USUAL,
        timeout=timeout or USUAL.timeout,
        patient=patient,
        port=place.port,
        workspace=_registered(cmd, place),
        simulate=place.simulate,
        machine=place.machine,
        debug=place.debugging,
        warmth=warmth if _has_spares(cmd) else "never",
        served=served or USUAL.served,
        superseded=superseded or USUAL.superseded,
    )
    return local_service(cmd, place.runtime, endpoint_name, options=options)


def list_endpoints(cmd: AzCliCommand, place: Place) -> list[dict[str, Any]]:
    if place.local:
        return local_list(cmd, place.runtime)
    return cloud_service(cmd, place).list_endpoints()


def cloud_service(
    cmd: AzCliCommand,
    place: Place,
    *,
    timeout: float | None = None,
    wait: bool = True,
    patient: bool = True,
    yes: bool = False,
) -> CloudService:
    from azext_ml_endpoint.cloud.opening import cloud_service as open_service

    def agree(question: str) -> None:
        if not yes:
            consent.require(cmd, question)

    connection, there = _workspace(cmd, place)
    return open_service(
        connection, there, report(cmd), timeout=timeout, wait=wait, patient=patient, agree=agree
    )


def catalogue(cmd: AzCliCommand, place: Place) -> Catalogue:
    """The models and environments of a workspace."""
    from azext_ml_endpoint.cloud.opening import catalogue as open_catalogue

    connection, there = _workspace(cmd, place)
    return open_catalogue(connection, there, report(cmd))


def local_service(
    cmd: AzCliCommand,
    runtime: str | None,
    endpoint_name: str,
    *,
    options: Options | None = None,
    teller: Report | None = None,
) -> LocalService:
    """The service whose runtime was asked for, has the endpoint, or is the default.

    options: without the limits of environments, which az's configuration says. teller: in place of
    the command's own report, as in what follows.
    """
    from azext_ml_endpoint.local import service as here

    teller = teller or report(cmd)
    options = replace(options or here.USUAL, limits=_limits(cmd))
    name = _runtime(cmd, runtime, endpoint_name, teller)
    return here.local_service(name, teller, home(cmd), options)


def _runtime(cmd: AzCliCommand, asked: str | None, endpoint_name: str, teller: Report) -> str:
    """Which was asked for, has the endpoint, or is the default."""
    from azext_ml_endpoint.local import looking as here
    from azext_ml_endpoint.local.choice import choose

    def has(name: str) -> bool:
        return here.open_looking(name, teller, home(cmd)).has(endpoint_name)

    return choose(asked, _configured(cmd), has, teller)


def local_list(
    cmd: AzCliCommand, runtime: str | None, teller: Report | None = None
) -> list[dict[str, Any]]:
    """The endpoints of the runtime that was asked for, or of every runtime that is here.

    One that does not answer is told of, unless it was asked for.
    """
    from azext_ml_endpoint.local import looking as here

    found, teller = [], teller or report(cmd)
    for name in _present(cmd, runtime):
        try:
            found += here.open_looking(name, teller, home(cmd)).list_endpoints()
        except RuntimeUnavailableError as error:
            if runtime:
                raise
            teller.warning(f"{error.message} Endpoints that run there are not listed.")
    return sorted(found, key=lambda endpoint: endpoint["name"])


def local_services(cmd: AzCliCommand, runtime: str | None) -> Iterator[tuple[str, LocalService]]:
    """Of the runtime that was asked for, or of every runtime that is here, with their names."""
    from azext_ml_endpoint.local.service import local_service as open_service

    for name in _present(cmd, runtime):
        yield name, open_service(name, report(cmd), home(cmd))


def local_runtimes(cmd: AzCliCommand) -> Iterator[Runtime]:
    """All that are here."""
    from azext_ml_endpoint.local import looking as here

    for name in _present(cmd, None):
        yield here.open_looking(name, report(cmd), home(cmd)).runtime


def _present(cmd: AzCliCommand, asked: str | None) -> list[str]:
    from azext_ml_endpoint.local.choice import present

    _configured(cmd)  # what nobody understands is told of here too
    return present(asked)


def home(cmd: AzCliCommand) -> Path:
    """Where local endpoints keep build contexts and cached assets."""
    return Path(cmd.cli_ctx.config.config_dir) / "ml-endpoint"


def _registered(cmd: AzCliCommand, place: Place) -> Callable[[], Registered] | None:
    """Where a local endpoint's registered assets come from, if a workspace was named."""
    if not (place.resource_group and place.workspace):
        return None

    @functools.cache
    def opened() -> Registered:
        from azext_ml_endpoint.cloud.opening import asset_source
        from azext_ml_endpoint.local.library import Registration

        connection, there = _workspace(cmd, place)
        return asset_source(connection, there, report(cmd), Registration)

    return opened


def _workspace(cmd: AzCliCommand, place: Place) -> tuple[Connection, Workspace]:
    from azext_ml_endpoint.cloud.credentials import connect
    from azext_ml_endpoint.cloud.workspace import Workspace

    connection = connect(cmd.cli_ctx)
    return connection, Workspace(
        subscription=connection.subscription,
        resource_group=str(place.resource_group),
        name=str(place.workspace),  # a configured default is a kind of text that az prints badly
    )


def _limits(cmd: AzCliCommand) -> Limits:
    """Of environments that no deployment uses. Raises UsageError."""
    from azext_ml_endpoint.local.keeping import GIGABYTE, Limits

    days = _number(cmd, "local_environments_days")
    gigabytes = _number(cmd, "local_environments_gb")
    known = Limits()
    return Limits(
        days=known.days if days is None else days,
        size=known.size if gigabytes is None else int(gigabytes * GIGABYTE),
    )


def _number(cmd: AzCliCommand, name: str) -> float | None:
    said = cmd.cli_ctx.config.get("ml_endpoint", name, fallback=None)
    try:
        number = None if said is None else float(said)
    except ValueError:
        number = -1.0
    if number is not None and not 0 <= number < _ENDLESS:
        raise UsageError(
            f"ml_endpoint.{name} is {said!r} in az's configuration, and no number.",
            f"Set it: az config set ml_endpoint.{name}=30.",
        )
    return number


def _has_spares(cmd: AzCliCommand) -> bool:
    """Raises UsageError."""
    try:
        return bool(cmd.cli_ctx.config.getboolean("ml_endpoint", "local_spare", fallback=True))
    except ValueError as error:
        raise UsageError(
            f"ml_endpoint.local_spare in az's configuration: {error}.",
            "Set it: az config set ml_endpoint.local_spare=true (or false).",
        ) from error


def _configured(cmd: AzCliCommand) -> str | None:
    name = cmd.cli_ctx.config.get("ml_endpoint", "local_runtime", fallback=None)
    if name not in (None, "docker", "process"):
        raise UsageError(
            f"ml_endpoint.local_runtime is {name!r} in az's configuration.",
            "Set it: az config set ml_endpoint.local_runtime=docker (or process).",
        )
    return str(name) if name else None
