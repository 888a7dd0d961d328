"""The two tools that are compared, each as the command lines that its users would run."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.process import BenchmarkError, output
from benchmarks.sample import Sample

ROOT = Path(__file__).parent.parent
AZ, SDK = "az ml endpoint", "azure-ai-ml"
EXTENSION = "ml-endpoint"
SDK_REQUIREMENTS = ROOT / "scripts/requirements/sdk.lock"
PEERS_REQUIREMENTS = ROOT / "scripts/requirements/peers.lock"

AZ_COMMANDS = {
    "create": "ml endpoint create --local -n {name} -f {file}",
    "update": "ml endpoint update --local -n {name} -f {file}",
    "show": "ml endpoint show --local -n {name}",
    "delete": "ml endpoint delete --local -n {name} --yes",
    "help": "ml endpoint -h",
    "version": "version",
}
SDK_COMMANDS = {
    operation: f"-m benchmarks.sdk {operation} {{name}} {{file}}"
    for operation in ("create", "update", "show", "delete")
}


@dataclass(frozen=True)
class Tool:
    """A program with its command lines, and the endpoint and the copy of the sample it works on."""

    name: str
    program: Path
    commands: Mapping[str, str]
    endpoint: str
    sample: Sample
    environ: Mapping[str, str] = field(repr=False)

    def run(self, operation: str) -> str:
        """Run one operation; gives what it printed."""
        values = {"name": self.endpoint, "file": self.sample.document}
        arguments = [part.format(**values) for part in self.commands[operation].split()]
        return output([str(self.program), *arguments], environ=self.environ, folder=ROOT)

    def seconds(self, operation: str) -> float:
        """How long the whole process of one operation took."""
        start = time.perf_counter()
        self.run(operation)
        return time.perf_counter() - start

    def prove(self, edit: int) -> None:
        """BenchmarkError unless the endpoint answers with that edit of score.py."""
        uri = json.loads(self.run("show"))["scoring_uri"]
        try:
            answer = self.sample.answer(uri)
        except OSError as error:
            raise BenchmarkError(f"{self.name}: no answer from {uri}: {error}") from error
        if not (isinstance(answer, dict) and answer.get("edit") == edit):
            raise BenchmarkError(f"{self.name}: edit {edit} was deployed, but {uri} says {answer}")


def az(program: Path, endpoint: str, sample: Sample, config: Path) -> Tool:
    """This extension, in an az that has it installed."""
    return Tool(AZ, program, AZ_COMMANDS, endpoint, sample, az_environ(program, config))


def az_environ(program: Path, config: Path) -> dict[str, str]:
    """The environment of an az that has the extension: default settings, and state in `config`.

    No telemetry: a benchmark is not usage, and its sender would outlive the folder.
    """
    return {
        **os.environ,
        "AZURE_CONFIG_DIR": str(config),
        "AZURE_EXTENSION_DIR": str(extension_folder(program).parent),
        "AZURE_CORE_COLLECT_TELEMETRY": "no",
    }


def extension_folder(az: Path) -> Path:
    """Where this az has the extension; BenchmarkError when it has none."""
    for extension in json.loads(output([str(az), "extension", "list", "--output", "json"])):
        if extension["name"] == EXTENSION:
            return Path(extension["path"])
    raise BenchmarkError(f"{az} does not have the extension {EXTENSION}.")


def sdk(python: Path, endpoint: str, sample: Sample, home: Path) -> Tool:
    """The official SDK, its state (~/.azureml) in `home`; Docker's settings stay the user's."""
    docker_config = os.environ.get("DOCKER_CONFIG", str(Path.home() / ".docker"))
    environ = {**os.environ, "HOME": str(home), "DOCKER_CONFIG": docker_config}
    return Tool(SDK, python, SDK_COMMANDS, endpoint, sample, environ)


def sdk_python(venv: Path) -> Path:
    """The Python of the SDK's virtual environment."""
    return venv_python(venv, SDK_REQUIREMENTS)


def venv_python(venv: Path, requirements: Path) -> Path:
    """The Python of a virtual environment, which is made when it is not there."""
    python, complete = venv / "bin" / "python", venv / ".installed"  # scripts/test writes it too
    if not complete.exists():
        print(f"Installing {requirements.name} into {venv}", file=sys.stderr)
        output([sys.executable, "-m", "venv", "--clear", str(venv)])
        install = ["install", "--quiet", "--require-hashes", "-r", str(requirements)]
        output([str(python), "-m", "pip", *install])
        complete.touch()
    return python
