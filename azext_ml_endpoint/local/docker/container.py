"""A deployment's container: what to ask Docker for, and how to read what Docker says.

Everything is derived from names and labels; there is no other state. A candidate is called
``ml-endpoint.<endpoint>.<deployment>.candidate-<random>``, and a promoted container has a number
in that place, which counts the deployment's generations. Renaming is therefore the one moment in
which a candidate becomes the deployment: before it the old container is the highest number,
after it the new one is, and whatever else has the deployment's labels is left over. One that
waits is called ``spare-<random>`` there, until it becomes a candidate: see :mod:`.spares`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from azext_ml_endpoint.document.model import InferenceConfig, Model
from azext_ml_endpoint.local import remembered
from azext_ml_endpoint.local.collect import collector
from azext_ml_endpoint.local.docker.contract import Facts
from azext_ml_endpoint.local.remembered import Damaged
from azext_ml_endpoint.local.runtime import (
    SERVER_PORT,
    Allowance,
    Collector,
    Instance,
    InstanceSpec,
)

LABEL_PREFIX = "ml-endpoint."
ENDPOINT_LABEL = LABEL_PREFIX + "endpoint"
DEPLOYMENT_LABEL = LABEL_PREFIX + "deployment"
RECORD_LABEL = LABEL_PREFIX + "record"
VARIABLES_LABEL = LABEL_PREFIX + "variables"
SPARE_LABEL = LABEL_PREFIX + "spare"

APP_ROOT = PurePosixPath("/var/azureml-app")
_HOOK = PurePosixPath("/var/ml-endpoint-ahead")
CONDA_ENVIRONMENT = "inf-conda-env"
CONDA_PREFIX = f"/opt/miniconda/envs/{CONDA_ENVIRONMENT}"

_LOG = {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}}
_PERIOD = 100_000
"""Microseconds in which a container gets its share of the processors."""
_NEVER = "0001-01-01T00:00:00Z"

# Azure's images start their services by runit, whose script goes to AML_APP_ROOT first. An image
# without it may still hold the server, or start something of its own, which comes as arguments.
_START = """\
if [ -d /var/runit ] && command -v runsvdir >/dev/null; then set -- runsvdir /var/runit
elif [ $# -eq 0 ]; then
    cd "${AML_APP_ROOT:-.}" || exit
    set -- azmlinfsrv --entry_script "$AML_APP_ROOT/$AZUREML_ENTRY_SCRIPT"
fi
"""
_EXEC = 'exec "$@"\n'

# An image without any Python has no use for it.
_COLLECTING = Collector(
    program=PurePosixPath("/var/ml-endpoint-collector"),
    folder=PurePosixPath("/var/ml-endpoint-collected"),
)
_COLLECT = f"""\
if python=$(command -v python3 || command -v python); then
    set -- "$python" {" ".join(collector.command(_COLLECTING))} "$@"
fi
"""

# As in the images that Azure builds, the environment comes first on PATH. `conda run` would do
# that too, after it has loaded conda.
_ACTIVATE = f"""\
export CONDA_DEFAULT_ENV={CONDA_ENVIRONMENT} CONDA_PREFIX={CONDA_PREFIX}
export PATH="$CONDA_PREFIX/bin:$PATH"
"""


# Names


def candidate_name(endpoint: str, deployment: str, token: str) -> str:
    return f"{_stem(endpoint, deployment)}candidate-{token}"


def promoted_name(endpoint: str, deployment: str, generation: int) -> str:
    return f"{_stem(endpoint, deployment)}{generation}"


def spare_name(endpoint: str, deployment: str, token: str) -> str:
    return f"{_stem(endpoint, deployment)}spare-{token}"


def is_spare(facts: Facts) -> bool:
    """Whether it waits for what it is to become."""
    return name_of(facts).rpartition(".")[2].startswith("spare-")


def generation(name: str) -> int:
    """The number of a promoted container; 0 for a candidate."""
    last = name.rpartition(".")[2]
    return int(last) if last.isdecimal() and len(last) < 19 else 0


def name_of(facts: Facts) -> str:
    """A container's name, of its full or its brief description."""
    return str(facts["Name"] if "Name" in facts else facts["Names"][0]).lstrip("/")


def _stem(endpoint: str, deployment: str) -> str:
    return f"{LABEL_PREFIX}{endpoint}.{deployment}."


# What to ask for


def config(spec: InstanceSpec, image: Facts, reference: str, *, confined: bool = False) -> Facts:
    """The body of ``POST /containers/create``.

    image: what Docker knows of the image; reference: its name or id. confined: the kernel
    enforces SELinux. Its labels are switched off for this container, because relabelling would
    change the user's files.
    """
    ports = _ports(spec.environment.inference_config)
    security = {"SecurityOpt": ["label=disable"]} if confined else {}
    return {
        "Image": reference,
        **_command(spec, image),
        "Env": [f"{name}={value}" for name, value in {**_own(spec), **spec.variables}.items()],
        "Labels": _labels(spec),
        "ExposedPorts": {f"{port}/tcp": {} for port in ports},
        "HostConfig": {
            "Mounts": _mounts(spec),
            "PortBindings": {
                f"{port}/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}] for port in ports
            },
            "LogConfig": _LOG,
            **_limits(spec.allowance),
            **security,
        },
    }


def waiting(config: Facts, hook: Path, code: Path, label: str) -> Facts:
    """The same for one that waits by ``hook``, for what will be in ``code``. Both are folders.

    label: what it can become.
    """
    host = config["HostConfig"]
    mounts = [
        {**each, "Source": str(code)} if _is_of_code(each) else each for each in host["Mounts"]
    ]
    return {
        **config,
        "Env": [*config["Env"], f"PYTHONPATH={_HOOK}"],
        "Labels": {**config["Labels"], SPARE_LABEL: label},
        "HostConfig": {**host, "Mounts": [*mounts, read_only(hook, _HOOK)]},
    }


def _is_of_code(mount: Mapping[str, Any]) -> bool:
    return PurePosixPath(mount["Target"]).parent == APP_ROOT


def _ports(routes: InferenceConfig | None) -> list[int]:
    if routes is None:
        return [SERVER_PORT]
    return sorted({route.port for route in routes.routes.values()})


def _command(spec: InstanceSpec, image: Facts) -> dict[str, list[str]]:
    """A container that brings its own server starts as its image says, any other the server."""
    if spec.environment.inference_config:
        return {}
    start = _START + (_COLLECT if spec.collector else "") + _EXEC
    if spec.environment.conda_file:
        return {"Entrypoint": ["sh", "-c", _ACTIVATE + start, "sh"], "Cmd": []}
    own = image.get("Config") or {}
    command = [*(own.get("Entrypoint") or ()), *(own.get("Cmd") or ())]
    return {"Entrypoint": ["sh", "-c", start, "sh"], "Cmd": command}


def _own(spec: InstanceSpec) -> dict[str, str]:
    """The variables that Azure sets, with Azure's values."""
    variables = {}
    if spec.model:
        variables["AZUREML_MODEL_DIR"] = str(_model_folder(spec.model, spec.model_mount_path))
    if spec.entry_script:
        script = APP_ROOT / spec.code_name / spec.entry_script
        variables["AML_APP_ROOT"] = str(script.parent)
        variables["AZUREML_ENTRY_SCRIPT"] = script.name
    if spec.environment.conda_file:
        variables["AZUREML_INFERENCE_PYTHON_PATH"] = f"{CONDA_PREFIX}/bin"
    if spec.collector:
        variables |= collector.variables(_COLLECTING)
    return variables | (spec.allowance.variables if spec.allowance else {})


def _limits(allowance: Allowance | None) -> dict[str, int]:
    """A quota rather than a number of cores, which Docker refuses where the machine has fewer.

    Without swap: in Azure there is none.
    """
    found: dict[str, int] = {}
    if allowance and allowance.cpus:
        found |= {"CpuPeriod": _PERIOD, "CpuQuota": allowance.cpus * _PERIOD}
    if allowance and allowance.memory:
        found |= {"Memory": allowance.memory, "MemorySwap": allowance.memory}
    return found


def _labels(spec: InstanceSpec) -> dict[str, str]:
    return {
        ENDPOINT_LABEL: spec.endpoint,
        DEPLOYMENT_LABEL: spec.deployment,
        RECORD_LABEL: json.dumps(spec.record),
        VARIABLES_LABEL: json.dumps(sorted(spec.variables)),
    }


def _mounts(spec: InstanceSpec) -> list[dict[str, Any]]:
    mounts = []
    if spec.code:
        mounts.append(read_only(spec.code, APP_ROOT / spec.code_name))
    if spec.model and spec.model.path:
        target = _model_folder(spec.model, spec.model_mount_path) / spec.model.path.name
        mounts.append(read_only(spec.model.path, target))
    if spec.collector:
        mounts.append(read_only(spec.collector.program, PurePosixPath(_COLLECTING.program)))
        written = read_only(spec.collector.folder, PurePosixPath(_COLLECTING.folder))
        mounts.append({**written, "ReadOnly": False})
    return mounts


def read_only(source: PurePath, target: PurePosixPath) -> dict[str, Any]:
    """A mount, not a bind: the daemon refuses a source that it does not see, and creates none."""
    return {"Type": "bind", "Source": str(source), "Target": str(target), "ReadOnly": True}


def _model_folder(model: Model, mount_path: str | None) -> PurePosixPath:
    """``model_mount_path`` is in the place of ``azureml-models``: Microsoft's "Use a custom
    container to deploy a model to an online endpoint"."""
    root = PurePosixPath(mount_path) if mount_path else APP_ROOT / "azureml-models"
    return root / model.name / model.version


# How to read


def instances(containers: Iterable[Facts]) -> list[Instance]:
    """Of each deployment, only the container with the highest number counts as promoted."""
    found = [(generation(name_of(facts)), instance(facts)) for facts in containers]
    highest: dict[tuple[str, str], int] = {}
    for number, each in found:
        highest[_key(each)] = max(number, highest.get(_key(each), 0))
    return [replace(each, promoted=0 < number == highest[_key(each)]) for number, each in found]


def _key(instance: Instance) -> tuple[str, str]:
    return instance.endpoint.lower(), instance.deployment.lower()


def instance(facts: Facts) -> Instance:
    """facts: a container in full, as ``GET /containers/{id}/json`` answers."""
    labels, state = facts["Config"]["Labels"], facts["State"]
    status = _state(state)
    started = state.get("StartedAt")
    names, record, damage = _remembered(facts)
    return Instance(
        id=facts["Id"],
        endpoint=labels[ENDPOINT_LABEL],
        deployment=labels[DEPLOYMENT_LABEL],
        promoted=generation(name_of(facts)) > 0,
        state=status,
        exit_code=state.get("ExitCode") if status == "exited" else None,
        ports=_published(facts),
        image=facts["Config"]["Image"],
        variables=_variables(facts["Config"].get("Env") or (), names),
        record=record,
        started_at=None if started == _NEVER else started,
        error=_error(state, status),
        damage=damage,
    )


def _remembered(facts: Facts) -> tuple[list[str], dict[str, Any], str]:
    """The variables' names, the record, and why they cannot be read, where they cannot."""
    labels, label = facts["Config"]["Labels"], VARIABLES_LABEL
    try:
        names = remembered.texts(remembered.parsed(labels.get(label, "")), "names")
        label = RECORD_LABEL
        return names, remembered.record(remembered.parsed(labels.get(label, ""))), ""
    except Damaged as damage:
        return [], {}, f"the label {label} of the container {name_of(facts)} {damage}"


def _state(state: Mapping[str, Any]) -> Any:
    """Docker's seven states as the four that matter; a paused one counts as running there."""
    if state.get("Paused"):
        return "paused"
    status = state.get("Status")
    return status if status in ("created", "running", "paused") else "exited"


def _error(state: Mapping[str, Any], status: str) -> str:
    """Of a container that runs, whether one of its processes was killed already."""
    if state.get("OOMKilled"):
        return "it was killed because the machine, or Docker's part of it, ran out of memory"
    if status != "exited":
        return ""
    return str(state.get("Error") or "")


def _published(facts: Facts) -> dict[int, int]:
    ports = (facts.get("NetworkSettings") or {}).get("Ports") or {}
    return {
        int(inside.partition("/")[0]): int(bindings[0]["HostPort"])
        for inside, bindings in ports.items()
        if bindings
    }


def _variables(environment: Sequence[str], names: Iterable[str]) -> dict[str, str]:
    values = dict(entry.split("=", 1) for entry in environment if "=" in entry)
    return {name: values[name] for name in names if name in values}
