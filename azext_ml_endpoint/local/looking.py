"""What is there on this machine, for whoever only looks: it knows nothing of plans and changes."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from azext_ml_endpoint import disk
from azext_ml_endpoint.errors import NotFoundError, UnsupportedError, no_deployment
from azext_ml_endpoint.local import records, simulation
from azext_ml_endpoint.local.collect import collection
from azext_ml_endpoint.local.front import Address, Front, NoFront, See
from azext_ml_endpoint.local.lock import file_name
from azext_ml_endpoint.local.machine import ANY, Machine, require_processes
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance, Runtime, same
from azext_ml_endpoint.report import Report

_MOST_LOGGED = 100 * 1024 * 1024
"""Bytes of the log of a start that failed."""


def open_looking(name: str, report: Report, home: Path) -> Looking:
    """name: ``docker`` or ``process``."""
    from azext_ml_endpoint.local.gateway.gateways import open_front

    runtime = open_runtime(name, report, home)
    return Looking(runtime, report, home, open_front(home, name, report, None))


def open_runtime(name: str, report: Report, home: Path, machine: Machine = ANY) -> Runtime:
    """Raises UnsupportedError for what processes cannot be given."""
    if name == "process":
        from azext_ml_endpoint.local.process.runtime import ProcessRuntime

        require_processes(machine)
        return ProcessRuntime(report, home)
    from azext_ml_endpoint.local.docker.engine import connect
    from azext_ml_endpoint.local.docker.runtime import DockerRuntime

    return DockerRuntime(connect(machine.platform), report, home, machine.gpus)


class Looking:
    """Every method raises EndpointError and its kin only.

    home: folder of snapshots, logs and locks. front: gives an endpoint one address.
    """

    def __init__(
        self, runtime: Runtime, report: Report, home: Path, front: Front | None = None
    ) -> None:
        self.runtime = runtime
        self._report = report
        self._home, self.locks = home, home / "locks"
        self._front = front or NoFront()

    # Endpoints

    def has(self, endpoint_name: str) -> bool:
        return self._record(endpoint_name) is not None

    def existing(self, endpoint_name: str) -> EndpointRecord:
        """Raises NotFoundError, DamagedError."""
        return records.sound(self._record(endpoint_name) or self.missing(endpoint_name))

    def missing(self, endpoint_name: str) -> NoReturn:
        hint = "See what is there: az ml endpoint list --local."
        raise NotFoundError(f"There is no local endpoint {endpoint_name}.", hint)

    def show(self, name: str) -> dict[str, Any]:
        """Raises NotFoundError, DamagedError."""
        record, instances = self.existing(name), self.promoted(name)
        self._warn_of_damage(instances)
        return self._shown(record, instances)

    def list_endpoints(self) -> list[dict[str, Any]]:
        """Warns of those that are damaged, and leaves them out."""
        instances, endpoints = self.promoted(), self.runtime.endpoints()
        for each in endpoints:
            if each.damage:
                told = records.damaged(each)
                self._report.warning(f"{told.message} {told.recommendation}")
        self._warn_of_damage(instances)
        return [
            self._shown(each, [one for one in instances if same(one.endpoint, each.name)])
            for each in endpoints
            if not each.damage
        ]

    def _shown(self, record: EndpointRecord, instances: Sequence[Instance]) -> dict[str, Any]:
        """With the address that stays, where there is one."""
        shown = collection.told(records.dump(record, instances), self._home)
        address = self.standing(record, instances)
        if address is None:
            return shown
        return {
            **shown,
            "scoring_uri": address.scoring_uri,
            "swagger_uri": address.swagger_uri,
        }

    def standing(self, record: EndpointRecord, instances: Sequence[Instance]) -> Address | None:
        """Where the endpoint is, which has just been seen so: see :meth:`address`.

        It is looked at again only where the front has to be told of something.
        """
        return self._front.standing(record, instances) or self.address(record.name)

    def address(self, endpoint_name: str) -> Address | None:
        """Where the endpoint is, whichever its deployments are: from now on as they are now. None
        where they have their own addresses only."""
        return self._front.stand(endpoint_name, self._seen(endpoint_name))

    def bearer(self, record: EndpointRecord) -> dict[str, str]:
        """The header that opens it; none where it is open."""
        if not simulation.is_simulated(record):
            return {}
        opens = self._front.credentials(record.name).bearer(simulation.auth_mode(record))
        return {"Authorization": f"Bearer {opens}"}

    # Deployments

    def promoted(self, endpoint_name: str | None = None) -> list[Instance]:
        """The deployments' instances, without candidates, sorted by name."""
        instances = [each for each in self.runtime.instances(endpoint_name) if each.promoted]
        return sorted(instances, key=lambda each: (each.endpoint, each.deployment))

    def instance(self, name: str, deployment: str) -> Instance:
        """Raises NotFoundError."""
        return self._find(name, deployment) or self._missing_one(name, deployment)

    def logs(
        self,
        name: str,
        deployment: str,
        *,
        tail: int,
        follow: bool,
        container: str = "inference-server",
    ) -> Iterator[str]:
        """The log of the deployment, or of its last start if that failed and nothing runs."""
        if container != "inference-server":
            raise UnsupportedError(
                "A local deployment has no storage initializer: model and code are mounted.",
                "Leave --container out.",
            )
        file = self.failure_log(name, deployment)
        instance = self._find(name, deployment)
        if instance is None and file.exists():
            self._report.warning(f"{deployment} does not run; this is the log of its last start.")
            return iter(_lines(file)[-tail:])
        if instance is None:
            self._missing_one(name, deployment)
        return self.runtime.logs(instance.id, tail=tail, follow=follow)

    def failure_log(self, endpoint: str, deployment: str) -> Path:
        """Where the log of a deployment's last failed start is kept."""
        return self._home / "logs" / file_name(endpoint) / f"{file_name(deployment)}.log"

    def _find(self, name: str, deployment: str) -> Instance | None:
        return named_so(self.promoted(name), deployment)

    def _missing_one(self, name: str, deployment: str) -> NoReturn:
        """The endpoint's absence says more than the deployment's."""
        self.existing(name)
        raise no_such(name, deployment, self.promoted(name))

    def _warn_of_damage(self, instances: Iterable[Instance]) -> None:
        for each in instances:
            if each.damage:
                self._report.warning(records.damage_of(each))

    def _seen(self, endpoint_name: str, without: str = "") -> See:
        return functools.partial(self._see, endpoint_name, without)

    def _see(self, endpoint_name: str, without: str) -> tuple[EndpointRecord, list[Instance]]:
        record = self._record(endpoint_name) or EndpointRecord(name=endpoint_name)
        instances = self.promoted(endpoint_name)
        return record, [each for each in instances if each.deployment != without]

    def _record(self, name: str) -> EndpointRecord | None:
        return next((each for each in self.runtime.endpoints() if same(each.name, name)), None)


def named_so(instances: Iterable[Instance], deployment: str) -> Instance | None:
    """Whatever its capitals, as in Azure."""
    return next((each for each in instances if same(each.deployment, deployment)), None)


def no_such(name: str, deployment: str, instances: Iterable[Instance]) -> NotFoundError:
    names = [each.deployment for each in instances]
    return no_deployment(f"Local endpoint {name}", deployment, names)


def _lines(file: Path) -> list[str]:
    """Raises FileAccessError."""
    content = disk.read(file, _MOST_LOGGED)
    return content.decode("utf-8", "surrogateescape").split("\n")[:-1]
