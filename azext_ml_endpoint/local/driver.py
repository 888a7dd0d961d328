"""Makes steps true on this machine, whatever the runtime.

The cycle of a deployment: an instance is started as a candidate beside the old one, proven
ready, promoted; new requests go to it from then on, and the old one goes once it has answered its
own. A candidate that fails is removed, and the old instance never notices.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from azext_ml_endpoint import disk
from azext_ml_endpoint.document.model import Code, Deployment, Endpoint, Environment, Model
from azext_ml_endpoint.errors import EndpointError, Interrupted
from azext_ml_endpoint.local import keeping, records, remembered, snapshot
from azext_ml_endpoint.local.addresses import routes
from azext_ml_endpoint.local.collect import collection
from azext_ml_endpoint.local.front import Front
from azext_ml_endpoint.local.keeping import Limits
from azext_ml_endpoint.local.lock import Locks, file_name, told_once
from azext_ml_endpoint.local.looking import Looking
from azext_ml_endpoint.local.names import as_spelled
from azext_ml_endpoint.local.readiness import (
    Probe,
    Readiness,
    Superseded,
    local_probe,
    require_wanted,
    still_wanted,
)
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance, InstanceSpec, Runtime, same
from azext_ml_endpoint.local.warm.warmth import Policy, Served, Warmth, untold
from azext_ml_endpoint.plan import fit, own_tags, planner, render
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.plan.ground import Ground, Sight
from azext_ml_endpoint.plan.observed import ObservedEndpoint
from azext_ml_endpoint.plan.steps import (
    Asset,
    CreateDeployment,
    CreateEndpoint,
    DeleteDeployment,
    DeleteEndpoint,
    Keep,
    RegisterCode,
    RegisterData,
    RegisterEnvironment,
    RegisterModel,
    ScaleDeployment,
    SetTraffic,
    Step,
    UpdateDeployment,
    UpdateEndpoint,
    never,
)
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.side_by_side import answers


class LocalDriver(Looking):
    """A :class:`azext_ml_endpoint.plan.driver.Driver` over a :class:`.runtime.Runtime`.

    home: folder of snapshots, logs and locks. timeout: seconds until a deployment must be ready.
    front: gives an endpoint one address. limits: of environments that are kept unused. patient:
    whether to wait for another command on the endpoint. spares: who gets one. served: tells of a
    deployment that requests go to from now on.
    """

    honours = frozenset(
        {
            "model",
            "code",
            "scoring_script",
            "environment",
            "inference_config",
            "model_mount_path",
            "environment_variables",
            collection.KEY,
        }
    )
    fixed: frozenset[str] = frozenset()
    keeps_others_out = True

    def __init__(
        self,
        runtime: Runtime,
        report: Report,
        home: Path,
        *,
        timeout: float = 300,
        probe: Probe = local_probe,
        front: Front | None = None,
        patient: bool = False,
        limits: Limits = keeping.DEFAULT,
        spares: Policy = "never",
        served: Served = untold,
        superseded: Superseded = still_wanted,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        super().__init__(runtime, report, home, front)
        self._limits = limits
        self._timeout = timeout
        self._readiness = Readiness(runtime, report, probe)
        self._patient = patient
        self._warmth, self._served = Warmth(runtime, report, spares), served
        self._superseded = superseded
        self._pause = pause
        self._record_lock = threading.Lock()

    # What is there

    def look(self, asked: Endpoint, intent: Intent) -> Sight:
        there = self.observe(asked.name) if intent.create is not False else self.see(asked.name)
        asked = as_spelled(asked, there)
        wanted = fit.adapt(asked, there, intent)
        ground = Ground(
            registered=self._registered(planner.assets(wanted)),
            honours=self.honours,
            fixed=self.fixed,
            kinds=("environment",),  # models and code are taken from where they are
        )
        return Sight(asked=asked, wanted=wanted, there=there, ground=ground)

    def see(self, name: str) -> ObservedEndpoint:
        return self.observe(name) or self.missing(name)

    def observe(self, endpoint_name: str) -> ObservedEndpoint | None:
        """Raises DamagedError."""
        record = self._record(endpoint_name)
        if record is None:
            return None
        return records.observed(records.sound(record), self.promoted(endpoint_name))

    def remains(self, endpoint_name: str) -> EndpointRecord:
        """Whatever there is of it, to be removed. Raises NotFoundError."""
        if record := self._record(endpoint_name):
            return record
        self._front.leave(endpoint_name)
        self.missing(endpoint_name)

    def _registered(self, assets: Iterable[Asset]) -> frozenset[str]:
        """Code and models are mounted from where they are; only environments are made."""
        return frozenset(
            asset.digest
            for asset in assets
            if not isinstance(asset, Environment) or self.runtime.has_environment(asset.digest)
        )

    # What changes

    @contextlib.contextmanager
    def changing(self, endpoint_name: str) -> Iterator[None]:
        """Around every change of an endpoint: alone, and nothing half made before or after."""
        locks = Locks(self.locks, endpoint_name)
        with locks.held(told_once(self._report, self._pause) if self._patient else None):
            self._front.require(endpoint_name)
            self._sweep(endpoint_name)
            existed = self._record(endpoint_name) is not None
            try:
                yield
            except BaseException:
                self._undo(endpoint_name, existed)
                raise
            finally:
                self._discard_snapshots(endpoint_name)
            if existed != (self._record(endpoint_name) is not None) and locks.alone():
                keeping.tidy(self.runtime, self._limits)

    def begin(self, seen: None) -> LocalDriver:
        """Nothing has to be known of what was seen: within :meth:`changing` it is still so."""
        del seen
        return self

    def execute(self, step: Step) -> None:
        match step:
            case RegisterEnvironment(environment=environment):
                self._make_environment(environment)
            case CreateEndpoint(endpoint=endpoint):
                self.runtime.put_endpoint(records.endpoint_record(endpoint, None, step.kept))
            case UpdateEndpoint(endpoint=endpoint):
                before = self.existing(endpoint.name)
                self.runtime.put_endpoint(records.endpoint_record(endpoint, before, step.kept))
            case SetTraffic():
                there = self._held(step)
                record = records.with_traffic(there, step.traffic, step.kept, step.mirror)
                self.runtime.put_endpoint(record)
                self.address(record.name)
            case Keep():
                self.runtime.put_endpoint(records.keeping(self._held(step), step.kept))
            case CreateDeployment() | UpdateDeployment():
                self._deploy(step.endpoint_name, step.deployment)
            case DeleteDeployment(endpoint_name=name, deployment_name=deployment):
                self._delete_deployment(name, deployment)
            case DeleteEndpoint(endpoint_name=name):
                self._delete_endpoint(name)
            case RegisterModel() | RegisterCode() | RegisterData() | ScaleDeployment():
                raise NotImplementedError(step.key)
            case _:
                never(step)

    def cancel(self) -> None:
        self.runtime.cancel()
        self._front.cancel()
        self._readiness.cancel()

    # The cycle

    def _deploy(self, endpoint_name: str, wanted: Deployment) -> None:
        require_wanted(wanted.name, self._superseded)
        began = time.monotonic()
        old = [each for each in self.promoted(endpoint_name) if same(each.deployment, wanted.name)]
        spec = self._spec(endpoint_name, wanted)
        candidate = self.runtime.start(spec)
        try:
            self._front.prepare(endpoint_name, self._seen(endpoint_name))
            config = records.environment_of(wanted).inference_config
            proven = self._readiness.wait(
                candidate, routes(config), self._timeout, self._superseded
            )
            self.runtime.promote(proven, ())
        except BaseException as error:
            self._withdraw(candidate, error)
            raise
        self._front.stand(endpoint_name, self._seen(endpoint_name))
        took = time.monotonic() - began
        if not self._served(wanted.name):
            port = min(proven.ports.values(), default=0)
            self._report.step(f"{wanted.name}: ready in {took:.1f} s on port {port}")
        answers([partial(self._end, old), partial(self._warmth.after, spec, wanted, old)])
        self.failure_log(endpoint_name, wanted.name).unlink(missing_ok=True)

    def warm(self, endpoint_name: str, wanted: Deployment) -> None:
        """Makes its next start with other code a quick one."""
        self._warmth.put(self._spec(endpoint_name, wanted))

    def _retire(self, endpoint_name: str, old: Iterable[Instance], without: str = "") -> None:
        """Nobody is asked any more who is old, and who still answers is let finish.

        without: a deployment that nobody is to be sent to.
        """
        self._front.stand(endpoint_name, self._seen(endpoint_name, without))
        self._end(old)

    def _end(self, old: Iterable[Instance]) -> None:
        for each in old:
            self._front.drain(each)
            self.runtime.remove(each)

    def _withdraw(self, candidate: Instance, error: BaseException) -> None:
        """Removes a candidate; its log outlives it in a file that the error names."""
        if isinstance(error, EndpointError) and not isinstance(error, Interrupted):
            file = self.failure_log(candidate.endpoint, candidate.deployment)
            with contextlib.suppress(EndpointError):
                disk.put(file, "\n".join(self.runtime.logs(candidate.id)) + "\n")
                error.detail = f"{error.detail or ''}\nThe whole log: {file}".lstrip()
        self.runtime.remove(candidate)

    def _spec(self, endpoint_name: str, wanted: Deployment) -> InstanceSpec:
        spec = InstanceSpec(
            endpoint=endpoint_name,
            deployment=wanted.name,
            environment=records.environment_of(wanted),
            model=wanted.model if isinstance(wanted.model, Model) else None,
            model_mount_path=wanted.model_mount_path,
            variables=dict(wanted.environment_variables),
            record=remembered.remember(wanted),
        )
        if not isinstance(wanted.code, Code):
            return spec
        script, folder = wanted.scoring_script, self._snapshots(endpoint_name)
        return replace(
            spec,
            code=snapshot.take(wanted.code, script, folder),
            code_name=wanted.code.path.name,
            entry_script=script,
        )

    def _make_environment(self, environment: Environment) -> None:
        began = time.monotonic()
        self.runtime.make_environment(environment)
        self._report.step(
            f"environment {render.label(environment)}: made in {time.monotonic() - began:.1f} s"
        )

    def _delete_deployment(self, endpoint_name: str, deployment: str) -> None:
        instances = self.runtime.instances(endpoint_name)
        gone = [each for each in instances if each.deployment == deployment]
        self._retire(endpoint_name, gone, without=deployment)
        self.runtime.drop_spares(endpoint_name, deployment)
        with self._record_lock:  # deletions run side by side
            record = self.existing(endpoint_name)
            shares = dict(record.properties.get("traffic") or {})
            if shares.pop(deployment, None) is not None:
                self.runtime.put_endpoint(records.with_traffic(record, shares))
        self.failure_log(endpoint_name, deployment).unlink(missing_ok=True)

    def _delete_endpoint(self, name: str) -> None:
        self._front.leave(name)
        self.runtime.drop_spares(name)
        for each in self.runtime.instances(name):
            self.runtime.remove(each)
        self.runtime.drop_endpoint(name)
        shutil.rmtree(self._home / "logs" / file_name(name), ignore_errors=True)

    # Before and after

    def _sweep(self, endpoint_name: str) -> None:
        """Candidates are left over only by a command that was killed."""
        for each in self.runtime.instances(endpoint_name):
            if not each.promoted:
                self.runtime.remove(each)

    def _undo(self, endpoint_name: str, existed: bool) -> None:
        """An endpoint that this command began, and that got no deployment, is none."""
        if not existed and not self.runtime.instances(endpoint_name):
            self._front.leave(endpoint_name)
            self.runtime.drop_endpoint(endpoint_name)

    def _discard_snapshots(self, endpoint_name: str) -> None:
        """None while it is not known what all of them run on."""
        instances = self.runtime.instances(endpoint_name)
        if any(each.damage for each in instances):
            return
        codes = [code for each in instances if (code := remembered.code(each))]
        kept = frozenset(each.digest for each in codes)
        snapshot.discard(self._snapshots(endpoint_name), keep=kept)

    def _held(self, step: SetTraffic | Keep) -> EndpointRecord:
        """The endpoint that a step changes. Raises Overtaken."""
        record = self.existing(step.endpoint_name)
        own_tags.require(records.observed(record, ()).kept, step.holds, step.endpoint_name)
        return record

    def _snapshots(self, endpoint_name: str) -> Path:
        return self._home / "code" / file_name(endpoint_name)
