"""What the commands ask of this machine: one method per command, plain data back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from azext_ml_endpoint import disk, scoring
from azext_ml_endpoint.document.model import (
    Code,
    Deployment,
    Endpoint,
    Environment,
    Model,
    Reference,
)
from azext_ml_endpoint.errors import UnsupportedError
from azext_ml_endpoint.local import export, records, restore, scoring_errors
from azext_ml_endpoint.local.asking import Asking, Open
from azext_ml_endpoint.local.driver import LocalDriver
from azext_ml_endpoint.local.runtime import Instance, Runtime, same
from azext_ml_endpoint.local.warmth import Policy, Served, untold
from azext_ml_endpoint.plan import planner
from azext_ml_endpoint.plan.executor import execute
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.history import Provenance
from azext_ml_endpoint.plan.idle import Tenancy
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.service import Service

_MOST_LOGGED = 100 * 1024 * 1024
"""Bytes of the log of a start that failed."""


def local_service(
    name: str,
    report: Report,
    home: Path,
    *,
    timeout: float = 300,
    patient: bool = False,
    port: int | None = None,
    warmth: Policy = "never",
    served: Served = untold,
) -> LocalService:
    """name: ``docker`` or ``process``. timeout: seconds until a deployment must be ready.

    patient: whether to wait for another command that is at work on the endpoint. port: where its
    gateway is to listen; None where it is, or anywhere. warmth: which deployments get a spare.
    served: tells of each deployment that requests go to from now on.
    """
    from azext_ml_endpoint.local.gateway.gateways import open_front

    if name == "process":
        from azext_ml_endpoint.local.process.runtime import ProcessRuntime

        runtime: Runtime = ProcessRuntime(report, home)
    else:
        from azext_ml_endpoint.local.docker.engine import connect
        from azext_ml_endpoint.local.docker.runtime import DockerRuntime

        runtime = DockerRuntime(connect(), report, home)
    front = open_front(home, name, report, port)
    driver = LocalDriver(
        runtime,
        report,
        home,
        timeout=timeout,
        front=front,
        patient=patient,
        spares=warmth,
        served=served,
    )
    return LocalService(driver, report)


class LocalService(Service[LocalDriver]):
    """What this machine can do besides. Every method raises EndpointError and its kin only."""

    def __init__(
        self, driver: LocalDriver, report: Report, connect: Open = scoring.connected
    ) -> None:
        super().__init__(lambda: driver, report)
        self._asking = Asking(driver, connect)

    def document(self, name: str) -> dict[str, Any]:
        """What is there, in the words of a file: for :mod:`azext_ml_endpoint.document.live`."""
        return restore.document(self._driver.existing(name), self._driver.promoted(name))

    def settle(self) -> None:
        """Here looking and writing are one, under the endpoint's lock."""

    def swap(self, asked: Endpoint, intent: Intent) -> None:
        """Makes what is there what is asked, which has its digests; nothing where it is so.

        Raises NotFoundError where there is no such endpoint.
        """
        with self._driver.changing(asked.name):
            planned = self._drawn_up(asked, replace(intent, create=False))
            planned.require_possible()
            if planned.plan:
                self._carry_out(planned, None)

    def warm(self, asked: Endpoint, intent: Intent) -> None:
        """The next starts of its deployments with other code are quick ones."""
        with self._driver.changing(asked.name):
            wanted = self._driver.look(asked, replace(intent, create=False)).wanted
            for each in wanted.deployments:
                self._driver.warm(wanted.name, each)

    def cool(self, name: str) -> None:
        """Ends what waits for the next code of its deployments."""
        with self._driver.changing(name):
            self._driver.runtime.drop_spares(name)

    def figures(self, name: str, deployment: str, since: float, until: float) -> None:
        """Nothing on this machine measures."""

    def _restored(self, wanted: Deployment, instance: Instance | None) -> Deployment | None:
        """None where the change makes no difference here."""
        if instance is None:
            return wanted
        restored = restore.own_assets(wanted, instance)
        changed = records.changed(restored, instance)
        matters = bool(self._driver.honours.intersection(changed))
        if changed and not matters:
            self._report.warning(
                f"{wanted.name}: {', '.join(changed)} changed, "
                "which has no effect on a deployment that runs on this machine."
            )
        if restored == wanted:  # it comes from a file, and can be made whatever has become of it
            return wanted
        return restore.with_texts(restored, instance) if matters else None

    def exported(self, name: str) -> Endpoint:
        """The document that makes what is there, as far as it is remembered.

        Raises UnsupportedError where something has no file any more.
        """
        return export.endpoint(self._driver.existing(name), self._driver.promoted(name))

    def tenancy(self, name: str) -> Tenancy:
        """Who receives traffic, and who does not: for :mod:`azext_ml_endpoint.plan.idle`."""
        return export.tenancy(self._driver.existing(name), self._driver.promoted(name))

    def delete(self, name: str, deployment: str | None) -> None:
        """Raises NotFoundError where there is no such endpoint or deployment."""
        with self._driver.changing(name):
            if deployment is None:
                there = records.observed(self._driver.remains(name), ())
                execute(planner.plan_delete(there), self._driver)
            else:
                self._asking.instance(name, deployment)
                there = self._driver.see(name)
                execute(planner.plan_delete(there, deployment), self._driver)
        self._report.step(f"{deployment or name}: deleted")

    def show(self, name: str) -> dict[str, Any]:
        return self._driver.show(name)

    def list_endpoints(self) -> list[dict[str, Any]]:
        """Warns of those that are damaged, and leaves them out."""
        instances, endpoints = self._driver.promoted(), self._driver.runtime.endpoints()
        for each in endpoints:
            if each.damage:
                told = records.damaged(each)
                self._report.warning(f"{told.message} {told.recommendation}")
        self._driver.warn_of_damage(instances)
        return [
            self._driver.shown(each, [one for one in instances if same(one.endpoint, each.name)])
            for each in endpoints
            if not each.damage
        ]

    def has(self, name: str) -> bool:
        return self._driver.has(name)

    def invoke(
        self,
        name: str,
        deployment: str | None,
        request: scoring.Request,
        *,
        timeout: float,
        read: scoring.Read = scoring.whole,
    ) -> scoring.Answer:
        """Raises ScoringError for an answer whose status is 300 or more."""
        began = time.time()
        by, answer = self._asking.ask(name, deployment, request, timeout, read)
        if answer.status >= 300:
            raise scoring_errors.refused(self._driver.runtime, by, answer, began)
        return answer

    def opened(self, name: str, timeout: float) -> scoring.Ask:
        """For many requests. timeout: seconds for each answer."""
        self._driver.existing(name)

        def ask(deployment: str | None, request: scoring.Request) -> scoring.Answer:
            return self._asking.ask(name, deployment, request, timeout)[1]

        return ask

    def connected(
        self, name: str, deployment: str | None, request: scoring.Request, *, timeout: float
    ) -> scoring.Connect:
        """For one request, very often: who is there is looked up once.

        timeout: seconds for each answer.
        """
        return self._asking.connected(name, deployment, request, timeout)

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
        file = self._driver.failure_log(name, deployment)
        instance = self._asking.find(name, deployment)
        if instance is None and file.exists():
            self._report.warning(f"{deployment} does not run; this is the log of its last start.")
            return iter(_lines(file)[-tail:])
        if instance is None:
            raise self._asking.missing(name, deployment)
        return self._driver.runtime.logs(instance.id, tail=tail, follow=follow)

    def _change(
        self, asked: Endpoint, only: frozenset[str], provenance: Provenance | None
    ) -> dict[str, Any]:
        """Raises UnsupportedError where a deployment cannot be made again without its file."""
        self._driver.existing(asked.name)
        there = {each.deployment: each for each in self._driver.promoted(asked.name)}
        restored = [self._restored(each, there.get(each.name)) for each in asked.deployments]
        changed = replace(asked, deployments=tuple(each for each in restored if each))
        _refuse_what_is_elsewhere(changed)
        same = _names(asked) - _names(changed)
        return super()._change(changed, only - same, provenance)

    def _identified(self, endpoint: Endpoint) -> Endpoint:
        _refuse_what_is_elsewhere(endpoint)
        return super()._identified(endpoint)


def _lines(file: Path) -> list[str]:
    """Raises FileAccessError."""
    content = disk.read(file, _MOST_LOGGED)
    return content.decode("utf-8", "surrogateescape").split("\n")[:-1]


def _names(endpoint: Endpoint) -> frozenset[str]:
    return frozenset(each.name for each in endpoint.deployments)


def _refuse_what_is_elsewhere(endpoint: Endpoint) -> None:
    """Local deployments are made of local files: nothing here can fetch a registered asset."""
    for each in endpoint.deployments:
        for kind in ("model", "code", "environment"):
            if where := _elsewhere(getattr(each, kind)):
                raise UnsupportedError(
                    f"Deployment {each.name}: the {kind} {where}, "
                    "and a local deployment needs local files.",
                    f"Describe the {kind} in the file itself, or deploy to Azure.",
                )


def _elsewhere(asset: Model | Code | Environment | Reference | None) -> str | None:
    if isinstance(asset, Reference):
        return f"azureml:{asset.text} is registered in a workspace"
    if isinstance(asset, Model) and asset.path is None:
        return f"{asset.name} is in the datastore {asset.datastore}"
    if isinstance(asset, Code) and asset.datastore:
        return f"{asset.path.name} is in the datastore {asset.datastore}"
    return None
