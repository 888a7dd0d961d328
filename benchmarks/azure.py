"""The two tools in a simulated Azure, as command lines and as processes that measure themselves."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks import tools
from benchmarks.process import BenchmarkError, output, peak_memory
from benchmarks.tools import AZ, ROOT, SDK
from tests.simulator.azurite import AzuriteError
from tests.simulator.playground import Playground

LATENCY = 0.05
"""Seconds that a request is on its way, where that counts."""


@dataclass(frozen=True)
class Program:
    """A command line without its last arguments, and where it runs.

    Not in the checkout, whose modules would be found before the installed ones.
    """

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False)
    folder: Path

    def run(self, *arguments: object) -> str:
        """What it printed."""
        line = [*self.command, *map(str, arguments)]
        return output(line, environ=self.environ, folder=self.folder)

    def seconds(self, *arguments: object) -> float:
        """How long the whole process took."""
        start = time.perf_counter()
        self.run(*arguments)
        return time.perf_counter() - start

    def peak_memory(self, *arguments: object) -> float:
        """The most memory that it occupied, in MB."""
        return peak_memory([*self.command, *map(str, arguments)], self.environ, self.folder)

    def told(self, *arguments: object) -> dict[str, float]:
        """What one of `benchmarks.inside` printed."""
        told: dict[str, float] = json.loads(self.run(*arguments))
        return told

    def having(self, variables: Mapping[str, str]) -> Program:
        """The same with more in its environment."""
        return replace(self, environ={**self.environ, **variables})


@dataclass(frozen=True)
class Tools:
    """az: as it is typed. inside: by the tool's name, `benchmarks.inside` with its Python."""

    az: Program
    inside: Mapping[str, Program]

    def within(self, azure: Playground) -> Tools:
        """The same, for whom there is no Azure but this one, where az is logged in."""
        azure.write_profile(Path(self.az.environ["AZURE_CONFIG_DIR"]))
        here = {**azure.variables, **azure.defaults}
        inside = {name: each.having(here) for name, each in self.inside.items()}
        return Tools(self.az.having(here), inside)


@dataclass(frozen=True)
class Bench:
    """What is measured, in which folder, how often, and with which part (1/part) of the bytes."""

    tools: Tools
    folder: Path
    runs: int
    part: int = 1


def found(az: Path, sdk_venv: Path, folder: Path) -> Tools:
    """Those of this machine; `folder` is for what they keep. Makes the SDK's venv where it must."""
    environ = tools.az_environ(az, folder / "az")
    # The extension is not installed in az's Python: az finds it in a folder of its own.
    path = f"{Path(environ['AZURE_EXTENSION_DIR'], tools.EXTENSION)}:{ROOT}"
    python, sdk_python = az.with_name("python"), tools.sdk_python(sdk_venv)
    sdk_environ = {**os.environ, "HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}
    inside_az = (str(python), "-m", "benchmarks.inside.az")
    inside_sdk = (str(sdk_python), "-m", "benchmarks.inside.sdk")
    return Tools(
        Program(AZ, (str(az),), environ, folder),
        {
            AZ: Program(AZ, inside_az, {**environ, "PYTHONPATH": path}, folder),
            SDK: Program(SDK, inside_sdk, sdk_environ, folder),
        },
    )


@contextmanager
def playground(*, direct: bool = False) -> Iterator[Playground]:
    """A simulated Azure, where nothing may have been refused in the end.

    direct: blobs go to Azurite as they are, and nobody counts them.
    """
    try:
        azure = Playground(direct=direct)
    except AzuriteError as error:
        raise BenchmarkError(str(error)) from error
    with azure:
        yield azure
        if azure.proxy.errors:
            raise BenchmarkError(f"The simulator failed: {azure.proxy.errors}")


def say(text: str) -> None:
    """How it goes is not part of the page."""
    print(text, file=sys.stderr)
