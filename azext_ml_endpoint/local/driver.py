"""Makes steps true on this machine, whatever the runtime.

The cycle of a deployment: an instance is started as a candidate beside the old one, proven
ready, promoted; new requests go to it from then on, and the old one goes once it has answered its
own. A candidate that fails is removed, and the old instance never notices.
"""

from __future__ import annotations

import contextlib
import functools
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from azext_ml_endpoint import disk
from azext_ml_endpoint.document.model import Code, Deployment, Endpoint, Environment, Model
from azext_ml_endpoint.errors import EndpointError, Interrupted, NotFoundError
from azext_ml_endpoint.local import collection, keeping, records, remembered, snapshot
from azext_ml_endpoint.local.front import Address, Front, NoFront, See
from azext_ml_endpoint.local.keeping import Limits
from azext_ml_endpoint.local.lock import Locks, file_name, told_once
from azext_ml_endpoint.local.names import as_spelled
from azext_ml_endpoint.local.readiness import Probe, Readiness, local_probe, routes
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance, InstanceSpec, Runtime, same
from azext_ml_endpoint.local.warmth import Policy, Served, Warmth, untold
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


class LocalDriver:
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
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._limits = limits
        self.runtime = runtime
        self._report = report
        self._home, self.locks = home, home / "locks"
        self._timeout = timeout
        self._readiness = Readiness(runtime, report, probe)
        self._front = front or NoFront()
        self._patient = patient
        self._warmth, self._served = Warmth(runtime, report, spares), served
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
        return records.observed(_sound(record), self.promoted(endpoint_name))

    def existing(self, endpoint_name: str) -> EndpointRecord:
        """Raises NotFoundError, DamagedError."""
        return _sound(self._record(endpoint_name) or self.missing(endpoint_name))

    def remains(self, endpoint_name: str) -> EndpointRecord:
        """Whatever there is of it, to be removed. Raises NotFoundError."""
        if record := self._record(endpoint_name):
            return record
        self._front.leave(endpoint_name)
        self.missing(endpoint_name)

    def has(self, endpoint_name: str) -> bool:
        return self._record(endpoint_name) is not None

    def missing(self, endpoint_name: str) -> NoReturn:
        hint = "See what is there: az ml endpoint list --local."
        raise NotFoundError(f"There is no local endpoint {endpoint_name}.", hint)

    def _registered(self, assets: Iterable[Asset]) -> frozenset[str]:
        """Code and models are mounted from where they are; only environments are made."""
        return frozenset(
            asset.digest
            for asset in assets
            if not isinstance(asset, Environment) or self.runtime.has_environment(asset.digest)
        )

    def promoted(self, endpoint_name: str | None = None) -> list[Instance]:
        """The deployments' instances, without candidates, sorted by name."""
        instances = [each for each in self.runtime.instances(endpoint_name) if each.promoted]
        return sorted(instances, key=lambda each: (each.endpoint, each.deployment))

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

    def show(self, name: str) -> dict[str, Any]:
        """Raises NotFoundError, DamagedError."""
        record, instances = self.existing(name), self.promoted(name)
        self.warn_of_damage(instances)
        return self.shown(record, instances)

    def shown(self, record: EndpointRecord, instances: Sequence[Instance]) -> dict[str, Any]:
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

    def address(self, endpoint_name: str) -> Address | None:
        """Where the endpoint is, whichever its deployments are: from now on as they are now. None
        where they have their own addresses only."""
        return self._front.stand(endpoint_name, self._seen(endpoint_name))

    def standing(self, record: EndpointRecord, instances: Sequence[Instance]) -> Address | None:
        """Likewise, of what has just been seen: it is looked at again only if the front has not."""
        return self._front.standing(record, instances) or self.address(record.name)

    def warn_of_damage(self, instances: Iterable[Instance]) -> None:
        for each in instances:
            if each.damage:
                self._report.warning(records.damage_of(each))

    def cancel(self) -> None:
        self.runtime.cancel()
        self._front.cancel()
        self._readiness.cancel()

    def failure_log(self, endpoint: str, deployment: str) -> Path:
        """Where the log of a deployment's last failed start is kept."""
        return self._home / "logs" / file_name(endpoint) / f"{file_name(deployment)}.log"

    # The cycle

    def _deploy(self, endpoint_name: str, wanted: Deployment) -> None:
        began = time.monotonic()
        old = [each for each in self.promoted(endpoint_name) if same(each.deployment, wanted.name)]
        spec = self._spec(endpoint_name, wanted)
        candidate = self.runtime.start(spec)
        try:
            self._front.prepare(endpoint_name, self._seen(endpoint_name))
            config = records.environment_of(wanted).inference_config
            proven = self._readiness.wait(candidate, routes(config), self._timeout)
            self.runtime.promote(proven, ())
        except BaseException as error:
            self._withdraw(candidate, error)
            raise
        self._front.stand(endpoint_name, self._seen(endpoint_name))
        took = time.monotonic() - began
        if not self._served(wanted.name):
            port = min(proven.ports.values(), default=0)
            self._report.step(f"{wanted.name}: ready in {took:.1f} s on port {port}")
        with ThreadPoolExecutor(1) as beside:
            warmed = beside.submit(self._warmth.after, spec, wanted, old)
            self._end(old)
            warmed.result()
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

    def _seen(self, endpoint_name: str, without: str = "") -> See:
        return functools.partial(self._see, endpoint_name, without)

    def _see(self, endpoint_name: str, without: str) -> tuple[EndpointRecord, list[Instance]]:
        record = self._record(endpoint_name) or EndpointRecord(name=endpoint_name)
        instances = self.promoted(endpoint_name)
        return record, [each for each in instances if each.deployment != without]

    def _snapshots(self, endpoint_name: str) -> Path:
        return self._home / "code" / file_name(endpoint_name)

    def _record(self, name: str) -> EndpointRecord | None:
        return next((each for each in self.runtime.endpoints() if same(each.name, name)), None)


def _sound(record: EndpointRecord) -> EndpointRecord:
    """Raises DamagedError."""
    if record.damage:
        raise records.damaged(record)
    return record
