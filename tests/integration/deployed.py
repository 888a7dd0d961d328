"""What Docker has of an endpoint, and what its deployments answer, seen without az."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import closing

import docker
from docker.models.containers import Container

from tests.integration.conftest import ENDPOINT, LABEL


def containers(engine: docker.DockerClient, endpoint: str) -> list[Container]:
    """In any state, candidates among them, by name."""
    found = engine.containers.list(all=True, filters={"label": f"{ENDPOINT}={endpoint}"})
    return sorted(found, key=lambda each: str(each.name))


def container(engine: docker.DockerClient, endpoint: str, deployment: str = "blue") -> Container:
    """The one container of a deployment, beside one that waits for its next code."""
    (found,) = (
        each
        for each in containers(engine, endpoint)
        if each.labels[f"{LABEL}deployment"] == deployment and ".spare-" not in str(each.name)
    )
    return found


def volumes(engine: docker.DockerClient, endpoint: str) -> list[str]:
    found = engine.volumes.list(filters={"label": f"{ENDPOINT}={endpoint}"})
    return sorted(each.name for each in found)


def image(engine: docker.DockerClient, endpoint: str, deployment: str = "blue") -> str:
    """The id of the image that the deployment's container was made of."""
    return str(container(engine, endpoint, deployment).attrs["Image"])


def next_start(engine: docker.DockerClient, endpoint: str, since: float) -> Container:
    """Waits until a container of the endpoint has been started after ``since``."""
    wanted = {"label": f"{ENDPOINT}={endpoint}", "event": "start", "type": "container"}
    with closing(engine.events(since=int(since), decode=True, filters=wanted)) as events:
        for event in events:
            if event["timeNano"] > since * 1e9:
                return engine.containers.get(event["id"])
    raise AssertionError("Docker ended the stream of its events")


def log_line(container: Container, text: str) -> str:
    """Waits for a line of the container's log."""
    for line in _lines(container):
        if text in line:
            return line
    raise AssertionError(f"the container ended without logging {text!r}")


def _lines(container: Container) -> Iterator[str]:
    begun = ""
    for chunk in container.logs(stream=True, follow=True):
        *whole, begun = (begun + chunk.decode("utf-8", "replace")).split("\n")
        yield from whole


def post(uri: str, body: bytes | str) -> str:
    """The answer of a deployment, asked as any HTTP client would ask."""
    raw = body if isinstance(body, bytes) else body.encode()
    request = urllib.request.Request(uri, raw, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.read().decode())


def answer(container: Container, body: str = '"hello"', path: str = "/score") -> str:
    """What the container answers on the first of its ports that is published."""
    container.reload()
    published = (each for each in container.ports.values() if each)
    port = next(published)[0]["HostPort"]
    return post(f"http://127.0.0.1:{port}{path}", body)
