"""A Docker Engine in memory that keeps the promises of :class:`..local.engine.Engine`.

Objects have the shape of the Engine API's own, as far as somebody reads them here.
"""

from __future__ import annotations

import io
import itertools
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from azext_ml_endpoint.local.docker.contract import DaemonError, Facts
from azext_ml_endpoint.local.docker.stream import Closer, Stream

_NEVER = "0001-01-01T00:00:00Z"


class MemoryEngine:
    """What a daemon with these images does.

    registry: images that can be pulled. log_lines: what every container writes when it starts.
    events: what a pull or a build says. hangs: they go on until somebody hangs up; ``begun`` and
    ``hung_up`` tell of it. loses_images: a build ends well, and there is no image.
    platform: that images are to be for; all that it pulls and builds is for that, or for amd64.
    trusted: certificates of this machine. with_buildkit: whether the last build asked for that.
    padding: how many bytes a build context has beside its texts.
    is_local: of this machine, whose containers are at 127.0.1.N, and have processes of that number.
    refusals: by method, the reason for which the daemon refuses.
    """

    def __init__(self, *images: str) -> None:
        self.local: dict[str, dict[str, Any]] = {name: _image(name) for name in images}
        self.registry: set[str] = set()
        self.log_lines: list[str] = ["one", "two"]
        self.events: list[Facts] = [{"stream": "Step 1/1 : FROM scratch\n"}]
        self.hangs = False
        self.begun = threading.Event()
        self.hung_up = threading.Event()
        self.loses_images = False
        self.padding = 0
        self.is_local = False
        self.platform: str | None = None
        self.trusted: str | None = None
        self.with_buildkit = False
        self.refusals: dict[str, str] = {}
        self.built: list[dict[str, str]] = []
        self.contexts: list[Path | None] = []
        self.removed_volumes: list[str] = []
        self.boxes: dict[str, dict[str, Any]] = {}
        self.kept: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()

    # Containers

    def containers(self, *labels: str) -> list[Facts]:
        return [
            {
                "Id": each["Id"],
                "Names": [f"/{each['Name']}"],
                "Labels": each["Config"]["Labels"],
                "ImageID": each["Image"],
            }
            for each in self.boxes.values()
            if _has(each["Config"]["Labels"], labels)
        ]

    def container(self, container_id: str) -> Facts | None:
        return self.boxes.get(container_id)

    def create_container(self, name: str, config: Facts) -> str:
        self._refuse("create_container")
        image = self.image(config["Image"])
        if image is None:
            raise DaemonError("create the container", f"No such image: {config['Image']}", 404)
        self._name_is_free(name)
        number = next(self._numbers)
        self.boxes[f"id-{number}"] = {
            "Id": f"id-{number}",
            "Name": name,
            "Image": image["Id"],
            "Config": {**config, "Labels": dict(config["Labels"])},
            "HostConfig": config["HostConfig"],
            "State": {"Status": "created", "ExitCode": 0, "StartedAt": _NEVER},
            "NetworkSettings": {"Ports": {}},
            "log": [],
        }
        return f"id-{number}"

    def start_container(self, container_id: str) -> None:
        self._refuse("start_container")
        box = self.boxes[container_id]
        number = next(self._numbers)
        box["State"] = {
            "Status": "running",
            "ExitCode": 0,
            "StartedAt": "2021-06-01T12:00:00Z",
            "Pid": number,
        }
        bridge = {"IPAddress": f"127.0.1.{number}", "Gateway": "127.0.0.1"}
        box["NetworkSettings"]["Networks"] = {"bridge": bridge}
        box["NetworkSettings"]["Ports"] = {
            port: [{**bindings[0], "HostPort": str(30000 + next(self._numbers))}]
            for port, bindings in box["HostConfig"]["PortBindings"].items()
        }
        box["log"] += self.log_lines

    def end_container(self, container_id: str, exit_code: int, **state: Any) -> None:
        """Its process ends by itself, or somebody kills it."""
        with self._changed:
            box = self.boxes[container_id]
            box["State"] = {**box["State"], "Status": "exited", "ExitCode": exit_code, **state}
            box["NetworkSettings"]["Ports"] = {}
            self._changed.notify_all()

    def rename_container(self, container_id: str, name: str) -> None:
        self._refuse("rename_container")
        self._name_is_free(name)
        self.boxes[container_id]["Name"] = name

    def remove_container(self, container_id: str) -> None:
        with self._changed:
            self.boxes.pop(container_id, None)
            self._changed.notify_all()

    def log(
        self, container_id: str, *, tail: int | None, since: float | None, follow: bool
    ) -> Stream[bytes]:
        if container_id not in self.boxes:
            raise DaemonError("read a log", f"No such container: {container_id}", 404)
        lines = self.boxes[container_id]["log"]
        shown = lines if tail is None else lines[len(lines) - tail :]

        def source(opened: Callable[[Closer], None]) -> Iterator[bytes]:
            yield from (f"{line}\n".encode() for line in list(shown))
            if follow:
                with self._changed:
                    self._changed.wait_for(lambda: not self._runs(container_id))

        return Stream(source)

    # Volumes

    def volumes(self, *labels: str) -> list[Facts]:
        return [each for each in self.kept.values() if _has(each["Labels"], labels)]

    def create_volume(self, name: str, labels: Mapping[str, str]) -> None:
        """As Docker does, it says nothing where there is one of this name, and changes nothing."""
        self.kept.setdefault(name, {"Name": name, "Labels": dict(labels)})

    def remove_volume(self, name: str) -> None:
        self._refuse("remove_volume")
        self.kept.pop(name, None)
        self.removed_volumes.append(name)

    # Images

    def image(self, reference: str) -> Facts | None:
        by_id = (each for each in self.local.values() if each["Id"] == reference)
        found = self.local.get(reference) or next(by_id, None)
        return found and {**found, "RepoTags": self._tags(found["Id"])}

    def images(self, *labels: str, repository: str | None = None) -> list[Facts]:
        """Of one repository, as Docker does, with the names only that it has there."""
        ids = {each["Id"]: each for each in self.local.values()}
        own = f"{repository}:" if repository else ""
        briefs = [
            {**each, "RepoTags": [tag for tag in self._tags(each["Id"]) if tag.startswith(own)]}
            for each in ids.values()
            if _has(each["Config"]["Labels"], labels)
        ]
        return [each for each in briefs if each["RepoTags"] or not own]

    def tag_image(self, reference: str, repository: str, tag: str) -> None:
        self.local[f"{repository}:{tag}"] = self.local[reference]

    def remove_image(self, reference: str) -> None:
        self.local.pop(reference, None)

    def pull(self, reference: str) -> Stream[Facts]:
        def done() -> Facts | None:
            if reference not in self.registry:
                return {"error": f"manifest for {reference} not found: manifest unknown"}
            self.local[reference] = _image(reference, platform=self.platform)
            return None

        return self._stream(done)

    def archive(self, context: Path | None, texts: Mapping[str, str]) -> IO[bytes]:
        self.contexts.append(context)
        return _Archive(json.dumps(dict(texts)).encode(), self.padding)

    def architecture(self) -> str:
        return "amd64"

    def certificates(self) -> str | None:
        return self.trusted

    def build(
        self, archive: IO[bytes], dockerfile: str, tag: str, *, buildkit: bool = False
    ) -> Stream[Facts]:
        texts = json.load(archive)
        self.built.append(texts)
        self.with_buildkit = buildkit

        def done() -> Facts | None:
            if "build" in self.refusals:
                return {"error": self.refusals["build"]}
            (label,) = (
                line.split()[1].partition("=")
                for line in texts[dockerfile].splitlines()
                if line.startswith("LABEL ml-endpoint.")
            )
            if not self.loses_images:
                self.local[tag] = _image(tag, {label[0]: label[2]}, self.platform)
            return None

        return self._stream(done)

    def _stream(self, done: Callable[[], Facts | None]) -> Stream[Facts]:
        def source(opened: Callable[[Closer], None]) -> Iterator[Facts]:
            opened(self.hung_up.set)
            self.begun.set()
            yield from self.events
            if self.hangs:
                self.hung_up.wait()
            elif error := done():
                yield error

        return Stream(source)

    def _runs(self, container_id: str) -> bool:
        box = self.boxes.get(container_id)
        return box is not None and box["State"]["Status"] == "running"

    def _tags(self, image_id: str) -> list[str]:
        tags = [name for name, each in self.local.items() if each["Id"] == image_id]
        return [tag for tag in tags if tag != image_id]

    def _name_is_free(self, name: str) -> None:
        if any(each["Name"] == name for each in self.boxes.values()):
            raise DaemonError("name a container", f"The name {name} is already in use", 409)

    def _refuse(self, method: str) -> None:
        if method in self.refusals:
            raise DaemonError(method, self.refusals[method], 500)


class _Archive(io.BytesIO):
    """Says that it is larger than it is."""

    def __init__(self, content: bytes, padding: int) -> None:
        super().__init__(content)
        self._padding = padding

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return super().seek(offset, whence) + (self._padding if whence == io.SEEK_END else 0)


def _image(
    name: str, labels: Mapping[str, str] | None = None, platform: str | None = None
) -> dict[str, Any]:
    system, architecture = (platform or "linux/amd64").split("/")
    return {
        "Id": f"sha256:{name}",
        "Os": system,
        "Architecture": architecture,
        "Config": {"Labels": dict(labels or {}), "Cmd": ["bash"]},
    }


def _has(labels: Mapping[str, str], wanted: tuple[str, ...]) -> bool:
    pairs = (each.partition("=") for each in wanted)
    return all(
        labels.get(name) == value if equals else name in labels for name, equals, value in pairs
    )
