"""Dockerfiles that only BuildKit understands: the docker command builds them.

The Engine API has no BuildKit to offer. The docker command has it within, up to version 22, and
since then as its plugin buildx (docs.docker.com, "BuildKit", "Install Buildx").
"""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import IO

from azext_ml_endpoint.local.docker.contract import DaemonError, Facts
from azext_ml_endpoint.local.docker.stream import Closer

_FLAGS: Mapping[str, frozenset[str]] = {
    "RUN": frozenset({"mount", "network", "security"}),
    "COPY": frozenset({"link", "chmod", "parents", "exclude"}),
    "ADD": frozenset({"link", "chmod", "checksum", "keep-git-dir", "unpack", "exclude"}),
}
"""Instruction -> its flags that the classic builder has not got (dockerfile reference)."""
_GOES_ON = re.compile(r"\\[ \t]*\r?\n(?:[ \t]*#[^\n]*\n)*")
"""The end of a line that an instruction goes on after, and comments in between."""
_ASK_SECONDS = 20
_HERE = re.compile(r"\s<<-?[\"']?[A-Za-z_]")
_VERSION = re.compile(r"version (\d{1,9})\.")
_LAST_WITHIN = 22
_PREFIX = re.compile(r"^#\d{1,9} (?:\d{1,9}\.\d{1,9} )?")


def is_needed(dockerfile: str) -> bool:
    return any(map(_needs, _GOES_ON.sub(" ", dockerfile).splitlines()))


def _needs(line: str) -> bool:
    instruction, *words = line.split() or [""]
    if instruction.upper() == "ONBUILD" and words:
        instruction, *words = words
    known = _FLAGS.get(instruction.upper(), frozenset())
    flags = takewhile(lambda word: word.startswith("--"), words)
    names = {flag[2:].partition("=")[0].lower() for flag in flags}
    return bool(names & known) or bool(known and _HERE.search(line))


def find(path: str | None) -> str | None:
    """The first docker command that can build so. path: as of PATH."""
    for folder in (path or "").split(":"):
        docker = shutil.which("docker", path=folder) if folder else None
        if docker and _has_buildkit(docker):
            return docker
    return None


def _has_buildkit(docker: str) -> bool:
    if _ask(docker, "buildx", "version") is not None:
        return True
    version = _VERSION.search(_ask(docker, "--version") or "")
    return version is not None and int(version[1]) <= _LAST_WITHIN


def _ask(*command: str) -> str | None:
    """What it says; None where it fails, is no program of this machine, or does not come back."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
            errors="replace",
            timeout=_ASK_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def command(
    docker: str, tag: str, dockerfile: str, arguments: Iterable[str], platform: str | None
) -> list[str]:
    """The context comes by standard input, and the values of arguments by :func:`variables`: a
    proxy's may have a password, and the words of a command are shown to all of this machine."""
    given = [f"--build-arg={name}" for name in arguments]
    where = [f"--platform={platform}"] if platform else []
    return [
        *(docker, "build", "--progress=plain", "--force-rm"),
        *(f"--tag={tag}", f"--file={dockerfile}"),
        *(*where, *given, "-"),
    ]


def variables(
    environment: Mapping[str, str], url: str | None, arguments: Mapping[str, str]
) -> dict[str, str]:
    """url: of the daemon that is to build; None for the one that the command finds itself."""
    found = {**environment, **arguments, "DOCKER_BUILDKIT": "1"}
    if url is None:
        return found
    found.pop("DOCKER_CONTEXT", None)
    return {**found, "DOCKER_HOST": url, "BUILDX_BUILDER": "default"}


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    archive: IO[bytes],
    opened: Callable[[Closer], None],
) -> Iterator[Facts]:
    """What it says, as the events of a build. opened: is told how to end it."""
    with _compressed(archive) as context:
        yield from _told(command, environment, context, opened)


@contextlib.contextmanager
def _compressed(archive: IO[bytes]) -> Iterator[IO[bytes]]:
    """The command knows an archive that is compressed for one, and of others not all: it looks at
    the first 512 bytes, which may be a header that tells of more headers."""
    with tempfile.TemporaryFile() as target:
        with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=1) as writer:
            shutil.copyfileobj(archive, writer)
        target.flush()
        os.lseek(target.fileno(), 0, os.SEEK_SET)  # a buffer's place is not the file's
        yield target


def _told(
    command: Sequence[str],
    environment: Mapping[str, str],
    context: IO[bytes],
    opened: Callable[[Closer], None],
) -> Iterator[Facts]:
    try:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=context,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise DaemonError(f"run {shlex.quote(command[0])}", str(error)) from error
    opened(process.terminate)
    with process:
        yield from _events(process)


def _events(process: subprocess.Popen[str]) -> Iterator[Facts]:
    last = ""
    for line in process.stdout or ():
        said = _PREFIX.sub("", line, count=1)
        last = said.strip() or last
        yield {"stream": said}
    if process.wait():
        yield {"error": last}
