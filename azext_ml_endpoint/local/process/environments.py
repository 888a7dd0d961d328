"""Environments for servers that run as processes: made once per content, kept, cleared.

    <folder>/<digest>/env/        bin, lib, …
                      build.log   what the installer said
                      complete    written last: without it there is no environment

An environment is made where it stays, because its programs hold absolute paths.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from azext_ml_endpoint import disk
from azext_ml_endpoint.errors import Interrupted
from azext_ml_endpoint.local import flock
from azext_ml_endpoint.local.process.server import SERVER
from azext_ml_endpoint.once import Once
from azext_ml_endpoint.report import Report

if TYPE_CHECKING:
    from azext_ml_endpoint.document.model import Environment
    from azext_ml_endpoint.local.keeping import Unused
    from azext_ml_endpoint.local.process.conda_file import CondaFile
    from azext_ml_endpoint.local.process.environment_build import Tools

_PAUSE = 0.1
_USED = "used"


class Environments:
    """Called from several threads. program: the one that they are made for."""

    def __init__(
        self, folder: Path, report: Report, tools: Tools | None = None, program: str = SERVER
    ) -> None:
        self._folder = folder
        self._report = report
        self._tools = Once(lambda: tools or _own_tools())
        self._program = program
        self._failed: set[Path] = set()

    def has(self, digest: str) -> bool:
        """False also where the Python that it was made of has gone."""
        return (self._place(digest) / "complete").exists() and self._python(digest).exists()

    def programs(self, digest: str) -> Path:
        """The folder of an environment's programs."""
        return self._python(digest).parent

    def require_makeable(self, environment: Environment) -> None:
        """Raises UnsupportedError, EnvironmentBuildError for what no attempt would make."""
        if not self.has(environment.digest):
            from azext_ml_endpoint.local.process.environment_build import read

            read(environment)

    def make(self, environment: Environment) -> None:
        """Raises UnsupportedError, EnvironmentBuildError, Interrupted."""
        from azext_ml_endpoint.local.process.environment_build import read

        wanted = read(environment)
        place = self._place(environment.digest)
        disk.make_folder(place)
        with self._alone(place) as lock:
            if not self.has(environment.digest):
                self._build(environment, wanted, place, lock)

    def start(self, digest: str) -> None:
        """Something is started in it: from now on it was last used."""
        with contextlib.suppress(OSError):  # it only goes earlier then
            (self._place(digest) / _USED).touch()

    def unused(self, used: Iterable[str]) -> list[Unused]:
        """All but the used ones, and but the logs of what this command failed to make.

        A digest is known by its beginning only, which is what its folder is called.
        """
        from azext_ml_endpoint.local.keeping import Unused

        kept = {self._place(digest) for digest in used} | self._failed
        places = [each for each in sorted(self._folder.glob("*")) if each.is_dir()]
        return [
            Unused(place.name, _size(place), _used_at(place))
            for place in places
            if place not in kept
        ]

    def collect(self, digests: Collection[str]) -> None:
        for place in map(self._place, digests):
            shutil.rmtree(place)
            _lock_file(place).unlink(missing_ok=True)

    def cancel(self) -> None:
        self._tools().commands.cancel()

    def _place(self, digest: str) -> Path:
        return self._folder / digest[:16]

    def _python(self, digest: str) -> Path:
        return self._place(digest) / "env" / "bin" / "python"

    @contextlib.contextmanager
    def _alone(self, place: Path) -> Iterator[TextIO]:
        """A command for another endpoint may be making the same environment.

        Or a tool that a killed command has left may be about to end.
        """
        with _lock_file(place).open("w") as lock:
            while not flock.try_lock(lock):
                if self._tools().commands.cancelled.wait(_PAUSE):
                    raise Interrupted(
                        "Interrupted while another command installs the same packages."
                    )
            yield lock

    def _build(
        self, environment: Environment, wanted: CondaFile, place: Path, lock: TextIO
    ) -> None:
        from azext_ml_endpoint.local.process.environment_build import LOG, EnvironmentBuild

        _clear(place)
        try:
            with (place / LOG).open("w", encoding="utf-8") as log:
                build = EnvironmentBuild(
                    environment,
                    place,
                    lock,
                    log,
                    tools=self._tools(),
                    report=self._report,
                    program=self._program,
                )
                build.run(wanted)
            (place / "complete").touch()
        except BaseException:
            _clear(place)
            self._failed.add(place)
            raise


def _own_tools() -> Tools:
    from azext_ml_endpoint.local.process.environment_build import Tools

    return Tools()


def _size(place: Path) -> int:
    """Bytes on the disk; a file that uv has linked from its cache counts, though it stays there."""
    return sum(
        entry.stat(follow_symlinks=False).st_size
        for folder, _, _ in os.walk(place)
        for entry in os.scandir(folder)
        if entry.is_file(follow_symlinks=False)
    )


def _used_at(place: Path) -> float:
    for file in (place / _USED, place):
        with contextlib.suppress(OSError):
            return file.stat().st_mtime
    return 0.0


def _clear(place: Path) -> None:
    """Leaves the log. The mark goes first: what is half removed does not count either."""
    (place / "complete").unlink(missing_ok=True)
    if os.path.lexists(place / "env"):
        shutil.rmtree(place / "env")


def _lock_file(place: Path) -> Path:
    return place.with_suffix(".lock")
