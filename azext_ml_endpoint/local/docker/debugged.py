"""A container whose server waits for a debugger: a hook and debugpy are mounted, none is built."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

from azext_ml_endpoint.local.debug import debug_folder
from azext_ml_endpoint.local.debug.debugger import Debugger, port_of
from azext_ml_endpoint.local.docker.container import read_only
from azext_ml_endpoint.local.docker.contract import Facts
from azext_ml_endpoint.local.runtime import Instance

HOST, PORT = "0.0.0.0", 5678
"""Where it listens in the container; only 127.0.0.1 of this machine leads there."""
_HOOK = PurePosixPath("/var/ml-endpoint-debugger")


def debugged(config: Facts, hook: Path, debugger: Debugger, image: Facts) -> Facts:
    """The body of a request for a container, made of one that nobody debugs.

    hook: as :func:`.debug_folder.kept_hook` makes it. image: what Docker knows of the image.
    """
    host, name = config["HostConfig"], f"{PORT}/tcp"
    package = _HOOK / debug_folder.PACKAGES / debug_folder.DEBUGPY
    own = (image.get("Config") or {}).get("Env") or ()
    there = dict(each.split("=", 1) for each in (*own, *config["Env"]) if "=" in each)
    variables = [each for each in config["Env"] if not each.startswith("PYTHONPATH=")]
    ahead = debug_folder.ahead(str(_HOOK), there)
    binding = [{"HostIp": "127.0.0.1", "HostPort": str(debugger.port)}]
    mounts = [read_only(hook, _HOOK), read_only(debugger.package, package)]
    return {
        **config,
        "Env": [*variables, *(f"{key}={value}" for key, value in ahead.items())],
        "ExposedPorts": {**config["ExposedPorts"], name: {}},
        "HostConfig": {
            **host,
            "Mounts": [*host["Mounts"], *mounts],
            "PortBindings": {**host["PortBindings"], name: binding},
        },
    }


def as_without(instance: Instance) -> Instance:
    """What runs, as if nobody debugged it: with its own variables and ports."""
    if port_of(instance.record) is None:
        return instance
    ports = {inner: port for inner, port in instance.ports.items() if inner != PORT}
    variables = debug_folder.without(str(_HOOK), instance.variables)
    return replace(instance, ports=ports, variables=variables)
