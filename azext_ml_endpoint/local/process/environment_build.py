"""Installs what a conda file asks for, with the tools at hand, and says what it does."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from azext_ml_endpoint.document.model import Environment
from azext_ml_endpoint.errors import EnvironmentBuildError, UnsupportedError
from azext_ml_endpoint.harmless import shortened
from azext_ml_endpoint.local.process import installer, interpreter
from azext_ml_endpoint.local.process.conda_file import CondaFile, parse
from azext_ml_endpoint.local.process.foreign_command import ForeignCommands
from azext_ml_endpoint.local.process.installer import Command, Conda, Pip, Uv
from azext_ml_endpoint.local.process.interpreter import Interpreter
from azext_ml_endpoint.local.process.server import SERVER
from azext_ml_endpoint.report import Report

LOG = "build.log"
_WITH_DOCKER = "use Docker: --runtime docker"
_SHOWN_LINES = 30


def read(environment: Environment) -> CondaFile:
    """Raises UnsupportedError for what only a container can be, EnvironmentBuildError."""
    if environment.inference_config or environment.dockerfile:
        what = "a Dockerfile" if environment.dockerfile else "a container with its own server"
        raise UnsupportedError(
            f"The environment is {what}, which does not run as a process.",
            _sentence(_WITH_DOCKER),
        )
    if environment.conda_file is None:
        raise UnsupportedError(
            f"The environment is the image {environment.image}, which does not run as a process.",
            _sentence(f"Give the environment a conda_file, or {_WITH_DOCKER}"),
        )
    try:
        return parse(environment.conda_file)
    except ValueError as error:
        raise EnvironmentBuildError(
            f"Cannot read {_source(environment)}: {error}.", "Correct the conda file."
        ) from error


@dataclass(frozen=True)
class Tools:
    """What there is on this machine to install with."""

    find_installer: Callable[[], Uv | Pip] = installer.find_installer
    find_conda: Callable[[], Conda | None] = installer.find_conda
    find_python: Callable[[Sequence[str]], Interpreter | None] = interpreter.find
    commands: ForeignCommands = field(default_factory=ForeignCommands)


class EnvironmentBuild:
    """One attempt, in ``place``, whose ``env`` does not exist yet.

    lock: of the place; a tool that runs holds it too, so that nobody else begins while it writes.
    program: the one that it is made for.
    """

    def __init__(
        self,
        environment: Environment,
        place: Path,
        lock: TextIO,
        log: TextIO,
        *,
        tools: Tools,
        report: Report,
        program: str = SERVER,
    ) -> None:
        self._source = _source(environment)
        self._text = environment.conda_file or ""
        self._image = environment.image
        self._place = place
        self._target = place / "env"
        self._log, self._lock = log, lock
        self._last_lines: deque[str] = deque(maxlen=_SHOWN_LINES)
        self._tools = tools
        self._report = report
        self._program = program

    def run(self, wanted: CondaFile) -> None:
        """Raises EnvironmentBuildError, Interrupted."""
        if self._image:
            self._report.step(f"{self._image} is not used, only the packages it would get.")
        if wanted.conda_only:
            self._install_with_conda(wanted)
        else:
            self._install_with_pip(wanted)
        if not (self._target / "bin" / self._program).exists():
            raise EnvironmentBuildError(
                f"No inference server is among the packages of {self._source}.",
                "Add azureml-inference-server-http to the pip packages.",
            )

    def _install_with_conda(self, wanted: CondaFile) -> None:
        conda = self._tools.find_conda()
        if conda is None:
            raise EnvironmentBuildError(
                f"Only conda installs some packages of {self._source}: "
                f"{', '.join(wanted.conda_only)}. There is no micromamba, mamba or conda on PATH.",
                _sentence(f"Install one of them, list the packages under pip, or {_WITH_DOCKER}"),
            )
        file = self._place / "conda.yml"
        file.write_text(self._text, encoding="utf-8")
        self._report.step(f"Installing the packages of {self._source} with {conda.name}.")
        self._run(conda.create(self._target, file), conda.variables())

    def _install_with_pip(self, wanted: CondaFile) -> None:
        tool = self._tools.find_installer()
        file = self._place / "requirements.txt"
        file.write_text("\n".join(wanted.requirements) + "\n", encoding="utf-8")
        version = self._make_venv(tool, wanted)
        self._report.step(
            f"Installing the packages of {self._source} with {tool.name} for Python {version}."
        )
        self._run(tool.install(self._target, file), tool.variables())

    def _make_venv(self, tool: Uv | Pip, wanted: CondaFile) -> str:
        """Tells the version of Python that it is made of."""
        python = self._tools.find_python(wanted.python)
        if python is None and isinstance(tool, Uv):
            asked = wanted.python[0]
            if self._succeeds(tool.make(asked, self._target), tool.variables()):
                return asked
        if python is None:
            python = interpreter.own()
            self._report.warning(
                f"The Python of {self._source}, {' or '.join(wanted.python)}, is not on this "
                f"machine: Python {python.version} is used."
            )
        self._run(tool.make(python.path, self._target), tool.variables())
        return python.version

    def _run(self, command: Command, variables: Mapping[str, str]) -> None:
        if not self._succeeds(command, variables):
            raise EnvironmentBuildError(
                f"The packages of {self._source} could not be installed.",
                f"The whole log: {self._place / LOG}",
                detail="\n".join(self._last_lines),
            )

    def _succeeds(self, command: Command, variables: Mapping[str, str]) -> bool:
        environment = {**installer.user_environment(), **variables}
        run = self._tools.commands.run
        try:
            return not run(command, self._place, environment, self._tell, holding=[self._lock])
        except OSError as error:
            self._tell(f"{command[0]}: {error.strerror}")
            return False

    def _tell(self, line: str) -> None:
        print(line, file=self._log, flush=True)
        self._last_lines.append(shortened(line))
        self._report.detail(line)


def _source(environment: Environment) -> str:
    return str(environment.conda_path or "the conda file")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
