"""The image of an environment: made once per content, and found again by its tag.

``ml-endpoint-environment:<digest>`` is either built (conda packages, a Dockerfile) or a second
name of an image that is used as it is. A registry is asked only for what the daemon has not got.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import IO

from azext_ml_endpoint import disk
from azext_ml_endpoint.document.model import Environment
from azext_ml_endpoint.errors import (
    EndpointError,
    EnvironmentBuildError,
    Interrupted,
)
from azext_ml_endpoint.harmless import shortened
from azext_ml_endpoint.local.docker import buildkit, platforms, trust
from azext_ml_endpoint.local.docker.build_log import BuildLog
from azext_ml_endpoint.local.docker.container import APP_ROOT, CONDA_PREFIX, LABEL_PREFIX
from azext_ml_endpoint.local.docker.contract import DaemonError, Engine, Facts
from azext_ml_endpoint.local.docker.stream import Stream
from azext_ml_endpoint.local.keeping import Unused
from azext_ml_endpoint.report import Report

REPOSITORY = "ml-endpoint-environment"
ENVIRONMENT_LABEL = LABEL_PREFIX + "environment"

_DOCKERFILE, _CONDA_FILE = "Dockerfile", "conda.yml"
_USED = "used"
_MEGABYTE = 1_000_000
_DISCARD_TRIES, _DISCARD_PAUSE = 20, 0.1
_LARGE_CONTEXT = 100 * _MEGABYTE

# Of the daemon's and the registries' own words, since there are no codes: the cause, the next step.
_CAUSES = (
    (
        re.compile(
            r"manifest unknown|manifest for \S{,999} not found|not found: manifest", re.IGNORECASE
        ),
        "the registry has no such image or tag",
        "Correct the name of the image in the file.",
    ),
    (
        re.compile(r"denied|unauthorized|authentication required|no basic auth", re.IGNORECASE),
        "the registry has no such image, or gives it only after a login",
        "Correct its name, or log in: docker login, or az acr login for *.azurecr.io.",
    ),
    (
        re.compile(r"no matching manifest", re.IGNORECASE),
        "the image is not made for this machine's processor",
        "Run the command with --platform linux/amd64, which emulates the other one.",
    ),
    (
        re.compile(r"toomanyrequests|rate limit", re.IGNORECASE),
        "the registry allows no more pulls for now",
        "Log in (docker login), or try again later.",
    ),
    (
        re.compile(
            r"no such host|timeout|refused|unreachable|misbehaving|proxyconnect|x509"
            r"|deadline exceeded",
            re.IGNORECASE,
        ),
        "the image is not on this machine, and the registry cannot be reached",
        "Connect to the network, or bring the image by docker load.",
    ),
    (
        re.compile(r"no space left on device", re.IGNORECASE),
        "the disk of Docker is full",
        "Make room: docker system df, docker system prune.",
    ),
    (
        re.compile(r"requires BuildKit|unknown flag: ", re.IGNORECASE),
        "it needs BuildKit, and no docker command on PATH has that",
        "Install Docker's plugin buildx: https://docs.docker.com/go/buildx/.",
    ),
    (
        re.compile(r"invalid reference format", re.IGNORECASE),
        "this is no legal name of an image",
        "Correct the image's name in the file.",
    ),
)
_STEP_FAILED = re.compile(r"returned a non-zero code|exit code: \d")


def reference(digest: str) -> str:
    """Lower-case by nature; users' names may have capitals, which Docker refuses in this place."""
    return f"{REPOSITORY}:{digest}"


def recipe(environment: Environment, certificates: str | None = None) -> dict[str, str]:
    """The texts that a build needs besides its context; none for an image used as it is.

    certificates: that its installer is to trust, where there are others than the image's own.
    """
    if not environment.dockerfile and not environment.conda_file:
        return {}
    base = environment.dockerfile or f"FROM {environment.image}\n"
    # First, so that the layers of a build that fails later have it and are found by it.
    label = f"LABEL {ENVIRONMENT_LABEL}={environment.digest}\n"
    if not environment.conda_file:
        return {_DOCKERFILE: f"{base}\n{label}"}
    create = f"conda env create -p {CONDA_PREFIX} --file {_CONDA_FILE}"
    install = trust.instruction(create) if certificates else f"RUN {create}\n"
    conda = f"WORKDIR {APP_ROOT}\nCOPY {_CONDA_FILE} .\n{install}"
    texts = {_DOCKERFILE: f"{base}\n{label}{conda}", _CONDA_FILE: environment.conda_file}
    return {**texts, trust.FILE: certificates} if certificates else texts


class Images:
    """Makes environments' images. ``folder`` keeps recipes and logs of builds, by digest."""

    def __init__(self, engine: Engine, report: Report, folder: Path) -> None:
        self._engine = engine
        self._report = report
        self._folder = folder
        self._streams: set[Stream[Facts]] = set()
        self._cancelled = threading.Event()

    def has(self, digest: str) -> bool:
        return self._found(reference(digest)) is not None

    def _found(self, name: str) -> Facts | None:
        """An image for another platform is as good as none."""
        facts = self._engine.image(name)
        return facts if facts and platforms.fits(facts, self._engine.platform) else None

    def find(self, environment: Environment) -> tuple[str, Facts] | None:
        """The image to run. One that is used as it is goes by the user's name as long as it can."""
        names = [reference(environment.digest)]
        if environment.image and not recipe(environment):
            names.insert(0, environment.image)
        for name in names:
            if facts := self._found(name):
                return name, facts
        return None

    def make(self, environment: Environment) -> None:
        """Pulls or builds. Raises EnvironmentBuildError, FileAccessError, Interrupted."""
        folder = self._folder / environment.digest
        try:
            disk.make_folder(folder)
            with BuildLog(folder / "build.log", self._report) as log:
                self._make(environment, folder, log)
        except OSError as error:
            raise disk.failure(error, folder) from error

    def cancel(self) -> None:
        """Ends :meth:`make` in all threads, for good."""
        self._cancelled.set()
        for stream in list(self._streams):
            stream.close()

    def start(self, digest: str) -> None:
        """Something is started in it: from now on it was last used."""
        with contextlib.suppress(OSError):  # it only goes earlier then
            disk.make_folder(self._folder / digest)
            (self._folder / digest / _USED).touch()

    def unused(self, used: frozenset[str]) -> list[Unused]:
        """Environments whose images' ids are not among ``used``."""
        return [
            Unused(digest, self._size(image), self._used_at(digest, image))
            for image in self._engine.images(repository=REPOSITORY)
            if image["Id"] not in used
            for digest in _digests(image)
        ]

    def collect(self, digests: Collection[str]) -> None:
        """Removes images with their recipes and logs.

        Layers without a tag are left to Docker: they may belong to somebody's running build.
        """
        for each in digests:
            self._engine.remove_image(reference(each))
            shutil.rmtree(self._folder / each, ignore_errors=True)

    def _size(self, image: Facts) -> int:
        """Nothing is won by taking one name from an image that has others, which a list of the
        images of one repository does not tell."""
        whole = self._engine.image(image["Id"]) or image
        return int(image.get("Size") or 0) if len(_names(whole)) < 2 else 0

    def _used_at(self, digest: str, image: Facts) -> float:
        for file in (self._folder / digest / _USED, self._folder / digest):
            with contextlib.suppress(OSError):
                return file.stat().st_mtime
        return float(image.get("Created") or 0)

    def _make(self, environment: Environment, folder: Path, log: BuildLog) -> None:
        try:
            if texts := recipe(environment, self._engine.certificates()):
                self._build(environment, texts, folder, log)
            else:
                self._adopt(environment, log)
        except DaemonError as error:
            raise _failure(environment, error.reason, log) from error

    def _adopt(self, environment: Environment, log: BuildLog) -> None:
        image = environment.image or ""
        if self._found(image) is None:
            self._report.step(f"pulling {image}")
            self._follow(self._engine.pull(image), log)
        self._engine.tag_image(image, REPOSITORY, environment.digest)

    def _build(
        self, environment: Environment, texts: dict[str, str], folder: Path, log: BuildLog
    ) -> None:
        for name, text in texts.items():
            disk.put(folder / name, text)
        context = environment.context if environment.dockerfile else None
        with self._engine.archive(context, texts) as archive:
            self._say_size(archive, context)
            needed = buildkit.is_needed(texts[_DOCKERFILE])
            tag = reference(environment.digest)
            try:
                built = self._engine.build(archive, _DOCKERFILE, tag, buildkit=needed)
                self._follow(built, log)
            except EndpointError:
                self._discard_layers(environment.digest)
                raise
        if not self.has(environment.digest):
            raise DaemonError("build the image", "the build ended without an image")

    def _discard_layers(self, digest: str) -> None:
        """Of a build that failed or was cancelled: then its container may still be ending."""
        for _ in range(_DISCARD_TRIES):
            images = self._engine.images(f"{ENVIRONMENT_LABEL}={digest}")
            layers = [image["Id"] for image in images if not _names(image)]
            if not layers:
                return
            for layer in layers:
                self._engine.remove_image(layer)
            time.sleep(_DISCARD_PAUSE)

    def _say_size(self, archive: IO[bytes], context: Path | None) -> None:
        size = archive.seek(0, 2)
        archive.seek(0)
        if size > _LARGE_CONTEXT:
            self._report.warning(
                f"The build context {context} has {size // _MEGABYTE} MB. "
                "Name what the build does not need in its .dockerignore."
            )

    def _follow(self, stream: Stream[Facts], log: BuildLog) -> None:
        """Raises DaemonError where the daemon says that it failed, Interrupted."""
        self._streams.add(stream)
        try:
            if not self._cancelled.is_set():
                _read(stream, log)
        finally:
            self._streams.discard(stream)
            stream.close()
        if self._cancelled.is_set():
            raise Interrupted("The environment was being made; what is done of it is not used.")


def _read(stream: Stream[Facts], log: BuildLog) -> None:
    for event in stream:
        if "error" in event:
            raise DaemonError("make the image", str(event["error"]).strip())
        log.add(event)


def _digests(image: Facts) -> list[str]:
    """Of the environments that it is; users may give it names of their own."""
    own = f"{REPOSITORY}:"
    return [name.removeprefix(own) for name in _names(image) if name.startswith(own)]


def _names(image: Facts) -> list[str]:
    """None for a layer; of one the Engine API says so in either of two ways."""
    return [name for name in image.get("RepoTags") or () if name != "<none>:<none>"]


def _failure(environment: Environment, reason: str, log: BuildLog) -> EnvironmentBuildError:
    subject, cause, step = _explained(environment, reason)
    last = shortened(reason)
    lines = [*(line for line in log.tail if line.strip() != last), last]
    return EnvironmentBuildError(
        f"{subject}: {cause}.", step, detail="\n".join([*lines, f"The whole log: {log.path}"])
    )


def _explained(environment: Environment, reason: str) -> tuple[object, str, str]:
    """What is wrong, in which way, and the next step."""
    subject = environment.dockerfile_path or environment.image or "the Dockerfile"
    if not _STEP_FAILED.search(reason):
        for pattern, cause, step in _CAUSES:
            if pattern.search(reason):
                return subject, cause, step
    if "conda env create" in reason:
        subject, reason = environment.conda_path or "the conda file", "conda could not install it"
    return subject, reason.rstrip("."), "Correct what the log complains of, then run this again."
