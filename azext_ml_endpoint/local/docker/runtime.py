"""Deployments as Docker containers. All state is Docker's: labels, names and tags."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from azext_ml_endpoint.errors import StartError
from azext_ml_endpoint.local import remembered
from azext_ml_endpoint.local.debug import debug_folder
from azext_ml_endpoint.local.docker import bridge, container, debugged, gpus, platforms, spares
from azext_ml_endpoint.local.docker.container import (
    DEPLOYMENT_LABEL,
    ENDPOINT_LABEL,
    LABEL_PREFIX,
    RECORD_LABEL,
)
from azext_ml_endpoint.local.docker.container_log import LogLines
from azext_ml_endpoint.local.docker.contract import DaemonError, Engine, Facts
from azext_ml_endpoint.local.docker.spares import SpareFolder, SpareFolders
from azext_ml_endpoint.local.remembered import Damaged
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance, InstanceSpec, Near, same
from azext_ml_endpoint.local.warm.spare import Refusal, kept_back
from azext_ml_endpoint.once import Once
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.side_by_side import answers

if TYPE_CHECKING:
    from azext_ml_endpoint.document.model import Environment
    from azext_ml_endpoint.local.docker.image import Images
    from azext_ml_endpoint.local.keeping import Unused

GENERATION_LABEL = LABEL_PREFIX + "generation"

_SELINUX = Path("/sys/fs/selinux/enforce")
_MOST_DIGITS = 18


class DockerRuntime:
    """The runtime of containers. ``cache`` is the folder for recipes and logs of builds.

    gpus: that containers get which are started, as :mod:`.gpus` has them; None for those that the
    deployment has.

    An endpoint's record is a Docker volume without content. Labels of a volume cannot be changed:
    a changed record is a new volume with the next generation, and the older one goes afterwards.
    """

    name = "docker"

    def __init__(
        self, engine: Engine, report: Report, cache: Path, gpus: str | None = None
    ) -> None:
        self._engine = engine
        self._report = report
        self._gpus = gpus
        self._images = Once(lambda: _images(engine, report, cache))
        self._spares = SpareFolders(cache / "spares")
        self._hooks = cache / "debugger-hooks"

    # Endpoints

    def endpoints(self) -> list[EndpointRecord]:
        volumes = sorted(self._engine.volumes(ENDPOINT_LABEL), key=_generation)
        newest = {_name(volume).lower(): volume for volume in volumes}
        return [_endpoint(volume) for volume in newest.values()]

    def put_endpoint(self, record: EndpointRecord) -> None:
        older = self._volumes(record.name)
        generation = max(map(_generation, older), default=0) + 1
        labels = {
            ENDPOINT_LABEL: record.name,
            GENERATION_LABEL: str(generation),
            RECORD_LABEL: json.dumps(record.properties),
        }
        self._engine.create_volume(f"{LABEL_PREFIX}{record.name}.{generation}", labels)
        for volume in older:
            self._engine.remove_volume(volume["Name"])

    def drop_endpoint(self, name: str) -> None:
        """The newest record goes last, so that no older one ever comes back to life."""
        for volume in sorted(self._volumes(name), key=_generation):
            self._engine.remove_volume(volume["Name"])

    def _volumes(self, name: str) -> list[Facts]:
        return [each for each in self._engine.volumes(ENDPOINT_LABEL) if same(_name(each), name)]

    # Instances

    def instances(self, endpoint: str | None = None) -> list[Instance]:
        ids = [brief["Id"] for brief in self._briefs(endpoint)]
        full = answers(partial(self._engine.container, each) for each in ids)
        there = [facts for facts in full if facts and not container.is_spare(facts)]
        found = container.instances(map(spares.as_it_became, there))
        return [
            replace(debugged.as_without(each), near=self._near(facts))
            for each, facts in zip(found, there, strict=True)
        ]

    def _near(self, facts: Facts) -> Near | None:
        return bridge.near(facts) if self._engine.is_local else None

    def _briefs(self, endpoint: str | None = None, deployment: str | None = None) -> list[Facts]:
        """Docker tells labels apart by capitals, which names are not told apart by."""
        asked = {ENDPOINT_LABEL: endpoint, DEPLOYMENT_LABEL: deployment}
        return [
            brief
            for brief in self._engine.containers(*asked)
            if all(
                name is None or same(brief["Labels"][label], name) for label, name in asked.items()
            )
        ]

    def inspect(self, instance_id: str) -> Instance | None:
        facts = self._engine.container(instance_id)
        if facts is None:
            return None
        return debugged.as_without(container.instance(spares.as_it_became(facts)))

    @spares.file_access()
    def start(self, spec: InstanceSpec) -> Instance:
        """Raises StartError where Docker refuses; then nothing is left."""
        from azext_ml_endpoint.local.docker.errors import refused

        name = container.candidate_name(spec.endpoint, spec.deployment, uuid.uuid4().hex[:8])
        try:
            image, config = self._config(spec)
            if waiting := self._fitting(spec, image, config):
                return self._let_go(waiting, name, spec)
            self.drop_spares(spec.endpoint, spec.deployment)
            self._say_emulated(spec.deployment, image)
            return self._started(self._engine.create_container(name, config))
        except DaemonError as error:
            raise refused(spec.deployment, error.reason) from error

    def place_of_code(self, endpoint: str, deployment: str, code_name: str) -> PurePosixPath:
        del endpoint, deployment
        return container.APP_ROOT / code_name

    @spares.file_access()
    def put_spare(self, spec: InstanceSpec) -> str:
        image, config = self._config(spec)
        waiting = self._waiting(spec.endpoint, spec.deployment)
        if not any(spares.refusal(each, spec, image) == "" for each in waiting):
            self.drop_spares(spec.endpoint, spec.deployment)
            try:
                self._start_spare(spec, self._spares.make(spec, image), config)
            except Refusal as refusal:
                return str(refusal)
        return kept_back(spec)

    def _start_spare(self, spec: InstanceSpec, folder: SpareFolder, config: Facts) -> None:
        name = container.spare_name(spec.endpoint, spec.deployment, uuid.uuid4().hex[:8])
        try:
            self._started(self._engine.create_container(name, folder.waiting(config)))
        except BaseException:
            folder.remove()
            raise

    def drop_spares(self, endpoint: str, deployment: str | None = None) -> None:
        for each in self._waiting(endpoint, deployment):
            self._remove(each)
        self._spares.sweep(endpoint, deployment, self._briefs(endpoint))

    def promote(self, candidate: Instance, replaces: tuple[Instance, ...]) -> None:
        """Renaming is the commit; see :mod:`.container`."""
        briefs = self._briefs(candidate.endpoint, candidate.deployment)
        names = map(container.name_of, briefs)
        generation = max(map(container.generation, names), default=0) + 1
        name = container.promoted_name(candidate.endpoint, candidate.deployment, generation)
        self._engine.rename_container(candidate.id, name)
        for each in replaces:
            self.remove(each)

    def differs(self, instance: Instance) -> str | None:
        facts = self._engine.container(instance.id) if self._gpus else None
        return "GPUs" if facts and gpus.of(facts) != self._gpus else None

    def remove(self, instance: Instance) -> None:
        if facts := self._engine.container(instance.id):
            self._remove(facts)

    def logs(
        self,
        instance_id: str,
        *,
        tail: int | None = None,
        since: float | None = None,
        follow: bool = False,
    ) -> Iterator[str]:
        return LogLines(self._engine.log(instance_id, tail=tail, since=since, follow=follow))

    # Environments

    def has_environment(self, digest: str) -> bool:
        return self._images().has(digest)

    def require_makeable(self, environment: Environment) -> None:
        """An image is pulled, or built of whatever there is."""

    def make_environment(self, environment: Environment) -> None:
        self._images().make(environment)

    def unused(self) -> list[Unused]:
        used = frozenset(each["ImageID"] for each in self._engine.containers())
        return self._images().unused(used)

    def collect(self, digests: Collection[str]) -> None:
        self._images().collect(digests)

    def cancel(self) -> None:
        self._images().cancel()

    def _config(self, spec: InstanceSpec) -> tuple[Facts, Facts]:
        """The image, and the body of a request for a container."""
        found = self._images().find(spec.environment)
        if found is None:
            raise StartError(
                f"Deployment {spec.deployment}: the image of its environment is gone.",
                "Run this command again; it makes the image anew.",
            )
        self._images().start(spec.environment.digest)
        image, facts = found
        config = container.config(spec, facts, image, confined=_selinux_enforces())
        asked = gpus.requests(self._gpus_of(spec))
        config = gpus.added(config, asked) if asked else config
        if spec.debugger:
            hook = debug_folder.kept_hook(self._hooks, debugged.HOST, debugged.PORT)
            config = debugged.debugged(config, hook, spec.debugger, facts)
        return facts, config

    def _gpus_of(self, spec: InstanceSpec) -> str:
        """What was asked for, or what the deployment has."""
        if self._gpus:
            return self._gpus
        briefs = self._briefs(spec.endpoint, spec.deployment)
        older = [each for each in briefs if container.generation(container.name_of(each))]
        there = [self._engine.container(each["Id"]) for each in older]
        return next((gpus.of(facts) for facts in there if facts), gpus.NONE)

    def _say_emulated(self, deployment: str, image: Facts) -> None:
        machine = self._engine.architecture()
        if platforms.is_emulated(image, machine):
            self._report.warning(
                f"{deployment}: its image is for {platforms.of(image)}, and this machine is "
                f"{machine}: it is emulated, which is many times slower, if it runs at all."
            )

    def _waiting(self, endpoint: str, deployment: str | None) -> list[Facts]:
        """Spares, in full."""
        briefs = filter(container.is_spare, self._briefs(endpoint, deployment))
        return [facts for brief in briefs if (facts := self._engine.container(brief["Id"]))]

    def _fitting(self, spec: InstanceSpec, image: Facts, config: Facts) -> Facts | None:
        """Says why one that is there does not fit."""
        for each in self._waiting(spec.endpoint, spec.deployment):
            refusal = spares.refusal(each, spec, image) or gpus.refusal(each, config)
            if not refusal:
                return each
            self._report.step(f"{spec.deployment}: a cold start, because {refusal}")
        return None

    @spares.file_access()
    def _let_go(self, waiting: Facts, name: str, spec: InstanceSpec) -> Instance:
        """A candidate by its name first: whatever happens then, the next command clears it."""
        self._engine.rename_container(waiting["Id"], name)
        try:
            spares.let_go(waiting, spec)
        except BaseException:
            self._remove(waiting)
            raise
        return container.instance(spares.as_it_became({**waiting, "Name": name}))

    def _remove(self, facts: Facts) -> None:
        self._engine.remove_container(facts["Id"])
        spares.forget(facts)

    def _started(self, container_id: str) -> Instance:
        """Removes the container again if it does not start."""
        try:
            self._engine.start_container(container_id)
            facts = self._engine.container(container_id)
        except BaseException:
            self._engine.remove_container(container_id)
            raise
        if facts is None:
            raise DaemonError("start the container", "somebody removed it")
        return debugged.as_without(container.instance(facts))


def _images(engine: Engine, report: Report, cache: Path) -> Images:
    """Who only looks at deployments has no use for them."""
    from azext_ml_endpoint.local.docker.image import Images

    return Images(engine, report, cache / "environments")


def _name(volume: Facts) -> str:
    return str(volume["Labels"][ENDPOINT_LABEL])


def _endpoint(volume: Facts) -> EndpointRecord:
    label = volume["Labels"].get(RECORD_LABEL, "")
    try:
        properties = remembered.properties(remembered.parsed(label))
        return EndpointRecord(name=_name(volume), properties=properties)
    except Damaged as damage:
        what = f"the label {RECORD_LABEL} of the volume {volume['Name']} {damage}"
        return EndpointRecord(name=_name(volume), damage=what)


def _generation(volume: Facts) -> int:
    """The volume's name ends in it too, and there is never a second one of a name."""
    texts = (volume["Labels"].get(GENERATION_LABEL, ""), volume["Name"].rpartition(".")[2])
    return max((int(each) for each in texts if _is_number(each)), default=0)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def _selinux_enforces() -> bool:
    try:
        return _SELINUX.read_text("utf-8").strip() == "1"
    except OSError:
        return False
