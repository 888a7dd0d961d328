"""What a reader must know of the machine and the versions to judge the figures."""

from __future__ import annotations

import json
import os
import platform
from datetime import date
from pathlib import Path

from benchmarks.process import docker, output
from tests.simulator.azurite import INSTALLED

SDK_VERSIONS = """
import json, platform
from importlib.metadata import version
packages = {name: version(name) for name in ("azure-ai-ml", "docker")}
print(json.dumps({**packages, "python": platform.python_version()}))
"""


def facts() -> dict[str, str]:
    """The date and the machine."""
    return {
        "date": date.today().isoformat(),
        "machine": f"{processor()}, {os.cpu_count()} cores, {platform.system()}",
        "load average at the start": f"{os.getloadavg()[0]:.2f}",
    }


def engine() -> str:
    """The Docker Engine's version, and how it stores layers."""
    return docker("info", "--format", "{{.ServerVersion}}, {{.Driver}}")


def azurite() -> str:
    """Azurite's version, and that of what it runs on."""
    package = json.loads((INSTALLED / "node_modules/azurite/package.json").read_text())
    return f"{package['version']}, node {output(['node', '--version']).lstrip('v')}"


def processor() -> str:
    """The processor's name, where the kernel tells it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def az_versions(az: Path) -> str:
    """Versions of az and its extensions."""
    versions = json.loads(output([str(az), "version", "--output", "json"]))
    return listed({"azure-cli": versions["azure-cli"], **versions["extensions"]})


def sdk_versions(python: Path) -> str:
    """Versions of the SDK, its Docker client and its Python."""
    return listed(json.loads(output([str(python), "-c", SDK_VERSIONS])))


def listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
