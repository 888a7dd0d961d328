"""A Docker Engine of which a test sees its own part, and what it tells."""

from __future__ import annotations

import threading
from uuid import uuid4

import docker

from azext_ml_endpoint.local.docker.contract import Facts
from azext_ml_endpoint.local.docker.engine import DockerEngine
from azext_ml_endpoint.local.docker.image import ENVIRONMENT_LABEL
from tests.fakes.recording_report import RecordingReport


class OwnView(DockerEngine):
    """Sees only what belongs to one test: others may be at work with the same daemon."""

    def __init__(self) -> None:
        super().__init__()
        token = uuid4().hex
        self.endpoints = {"houses", f"Houses-{token[:8]}"}
        self.token = token

    def containers(self, *labels: str) -> list[Facts]:
        return self._own(super().containers(*labels)) if labels else super().containers()

    def volumes(self, *labels: str) -> list[Facts]:
        return self._own(super().volumes(*labels))

    def images(self, *labels: str, repository: str | None = None) -> list[Facts]:
        found = super().images(*labels, repository=repository)
        return [each for each in found if self.token in str(each)]

    def _own(self, found: list[Facts]) -> list[Facts]:
        return [each for each in found if each["Labels"]["ml-endpoint.endpoint"] in self.endpoints]


class Announcing(RecordingReport):
    """Tells when a line has been shown."""

    def __init__(self, line: str) -> None:
        super().__init__()
        self._line = line
        self.heard = threading.Event()

    def detail(self, line: str) -> None:
        if line == self._line:
            self.heard.set()


def labelled(engine: docker.DockerClient, digest: str) -> list[str]:
    """What is left of an environment: images, and containers of its build."""
    mine = f"{ENVIRONMENT_LABEL}={digest}"
    images = engine.images.list(filters={"label": mine})
    boxes = engine.containers.list(all=True, filters={"label": mine})
    return [*map(str, images), *map(str, boxes)]
