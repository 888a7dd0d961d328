"""Deployments as Docker containers. All state is Docker's: labels, names and tags."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from azext_ml_endpoint.document.model import Environment
from azext_ml_endpoint.errors import StartError
from azext_ml_endpoint.local import remembered
from azext_ml_endpoint.local.docker import container
from azext_ml_endpoint.local.docker.container import (
    DEPLOYMENT_LABEL,
    ENDPOINT_LABEL,
    LABEL_PREFIX,
    RECORD_LABEL,
)
from azext_ml_endpoint.local.docker.container_log import LogLines
from azext_ml_endpoint.local.docker.contract import DaemonError, Engine, Facts
from azext_ml_endpoint.local.docker.errors import refused
from azext_ml_endpoint.local.docker.image import Images
from azext_ml_endpoint.local.remembered import Damaged
from azext_ml_endpoint.local.runtime import EndpointRecord, Instance, InstanceSpec, same
from azext_ml_endpoint.report import Report

GENERATION_LABEL = LABEL_PREFIX + "generation"

_SELINUX = Path("/sys/fs/selinux/enforce")
_SIDE_BY_SIDE = 8
_MOST_DIGITS = 18


class DockerRuntime:
    """The runtime of containers. ``cache`` is the folder for recipes and logs of builds.

    An endpoint's record is a Docker volume without content. Labels of a volume cannot be changed:
    a changed record is a new volume with the next generation, and the older one goes afterwards.
    """

    name = "docker"

    def __init__(self, engine: Engine, report: Report, cache: Path) -> None:
        self._engine = engine
        self._images = Images(engine, report, cache / "environments")

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
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            full = list(pool.map(self._engine.container, ids))
        return container.instances(facts for facts in full if facts)

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
        return container.instance(facts) if facts else None

    def start(self, spec: InstanceSpec) -> Instance:
        """Raises StartError where Docker refuses; then nothing is left."""
        name = container.candidate_name(spec.endpoint, spec.deployment, uuid.uuid4().hex[:8])
        try:
            return self._started(self._create(name, spec))
        except DaemonError as error:
            raise refused(spec.deployment, error.reason) from error

    def put_spare(self, spec: InstanceSpec) -> str:
        del spec
        return "containers have none"

    def drop_spares(self, endpoint: str, deployment: str | None = None) -> None:
        del endpoint, deployment

    def promote(self, candidate: Instance, replaces: tuple[Instance, ...]) -> None:
        """Renaming is the commit; see :mod:`.container`."""
        briefs = self._briefs(candidate.endpoint, candidate.deployment)
        names = map(container.name_of, briefs)
        generation = max(map(container.generation, names), default=0) + 1
        name = container.promoted_name(candidate.endpoint, candidate.deployment, generation)
        self._engine.rename_container(candidate.id, name)
        for each in replaces:
            self.remove(each)

    def remove(self, instance: Instance) -> None:
        self._engine.remove_container(instance.id)

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
        return self._images.has(digest)

    def make_environment(self, environment: Environment) -> None:
        self._images.make(environment)

    def collect(self) -> None:
        self._images.collect(frozenset(each["ImageID"] for each in self._engine.containers()))

    def cancel(self) -> None:
        self._images.cancel()

    def _create(self, name: str, spec: InstanceSpec) -> str:
        found = self._images.find(spec.environment)
        if found is None:
            raise StartError(
                f"Deployment {spec.deployment}: the image of its environment is gone.",
                "Run this command again; it makes the image anew.",
            )
        image, facts = found
        return self._engine.create_container(
            name, container.config(spec, facts, image, confined=_selinux_enforces())
        )

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
        return container.instance(facts)


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
