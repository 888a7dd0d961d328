"""An endpoint as today's files, which Microsoft's extension ``ml`` and its SDK take: one of the
endpoint, and one of each deployment.

What :mod:`.write` makes of them is put into today's spelling. Dollars are as they are, but those
of secrets: nothing else is read there as a variable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from azext_ml_endpoint.document import reference, spelling, variables, write
from azext_ml_endpoint.document.model import Code, Deployment, Endpoint, Environment, Model
from azext_ml_endpoint.document.spelling import Keys, Pair
from azext_ml_endpoint.document.write import Data, Written
from azext_ml_endpoint.errors import UnsupportedError

ENDPOINT = "endpoint.yml"
_CODE = ("deployments", "code_configuration")
_ADDRESS = "https://azuremlschemas.azureedge.net/latest"
_ANY_FLAVOR: Data = {"python_function": {}}
_STARTUP = "startup_route"
"""Of an inference_config: the extension knows none."""
_AMOUNTS: Mapping[str, Callable[[float], Any]] = {
    "cpu": "{:.15g}".format,
    "cpu_cores_limit": "{:.15g}".format,
    "memory_in_gb": "{:.15g}Gi".format,
    "memory_in_gb_limit": "{:.15g}Gi".format,
    "gpu": str,
}
"""As they are sent to Azure: the extension compares texts."""


def files(endpoint: Endpoint, folder: Path) -> dict[str, Written]:
    """By their names. folder: where they are to be; absolute.

    Raises UnsupportedError for what today's format cannot say.
    """
    made = {ENDPOINT: Written(_text(_endpoint(endpoint)), {}, of_2021=False)}
    for each in endpoint.deployments:
        secrets = write.Secrets([each])
        data = _deployment(each, endpoint, folder, secrets)
        made[name(each.name)] = Written(_text(data), secrets.used, of_2021=False)
    return made


def name(deployment: str) -> str:
    file = f"{deployment}.yml"
    return file if file.lower() != ENDPOINT else f"{deployment}-deployment.yml"


def unsaid(endpoint: Endpoint) -> Iterator[str]:
    """What is left out, since today's format has no place for it."""
    if endpoint.tests or any(each.tests for each in endpoint.deployments):
        yield "tests"
    unknown = sorted(spelling.UNKNOWN_TODAY[endpoint.kind])
    yield from (f"endpoint: {key}" for key in unknown if getattr(endpoint, key, None))
    for each in endpoint.deployments:
        yield from (f"deployment {each.name}: {key}" for key in unknown if getattr(each, key, None))
        environment, code = each.environment, each.code
        config = environment.inference_config if isinstance(environment, Environment) else None
        if config and config.startup_route:
            yield f"deployment {each.name}: {_STARTUP}"
        if isinstance(code, Code) and (code.name or code.version or code.description or code.tags):
            yield f"deployment {each.name}: name, version, description and tags of the code"


def _endpoint(endpoint: Endpoint) -> Data:
    data = _known(write.endpoint_data(endpoint), endpoint)
    del data["type"]
    return {"$schema": _schema(endpoint, "Endpoint"), **_todays(data, ())}


def _deployment(
    deployment: Deployment, endpoint: Endpoint, folder: Path, secrets: write.Secrets
) -> Data:
    data = _known(write.deployment_data(deployment, folder, secrets), endpoint)
    head = {
        "$schema": _schema(endpoint, "Deployment"),
        "name": data.pop("name"),
        "endpoint_name": endpoint.name,
        **({"type": endpoint.kind} if endpoint.kind == "kubernetes" else {}),
    }
    if isinstance(deployment.model, Model):
        data["model"] = _model(data["model"])
    if isinstance(deployment.code, Code):
        data["code_configuration"] = _code(deployment.name, data["code_configuration"])
    if isinstance(deployment.environment, Environment):
        data["environment"] = _environment(data, deployment, folder)
    if "data_collector" in data:
        data["data_collector"] = _collector(data["data_collector"])
    return {**head, **_scaled(_todays(_with_amounts(data), ("deployments",)))}


def _known(data: Data, endpoint: Endpoint) -> Data:
    """Without what the extension would refuse the whole file for."""
    unknown = spelling.UNKNOWN_TODAY[endpoint.kind]
    return {key: value for key, value in data.items() if key not in unknown}


def _schema(endpoint: Endpoint, part: str) -> str:
    return f"{_ADDRESS}/{endpoint.kind}Online{part}.schema.json"


def _model(data: Data) -> Data:
    """What has flavors is a model of MLflow. The type says as much as the one that any has."""
    kind = {"type": "mlflow_model"} if "flavors" in data and "type" not in data else {}
    if kind and data["flavors"] == _ANY_FLAVOR:
        data = {key: each for key, each in data.items() if key != "flavors"}
    return {**_todays(_in_one_path(data), ("deployments", "model")), **kind}


def _collector(data: Data) -> Data:
    """As the official SDK (1.35) reads it: true and false as texts, and data assets in parts. Of a
    text that names one it makes nothing, though its schema has it."""
    collections = {name: _collection(each) for name, each in data["collections"].items()}
    return {**data, "collections": collections}


def _collection(data: Data) -> Data:
    said = {**data, "enabled": str(data["enabled"]).lower()}
    return {**said, "data": _parts(data["data"])} if "data" in data else said


def _parts(data: Data | str) -> Data | str:
    if not isinstance(data, str):
        return data
    try:
        named = reference.parse(data, "data")
    except reference.Malformed:
        return data
    is_here = named.version and not named.text.startswith("/")
    return {"name": named.name, "version": named.version} if is_here else data


def _code(name: str, data: Data) -> Data:
    """A path alone: today's format says no more of it."""
    code = data["code"]
    if "datastore" in code:
        raise UnsupportedError(
            f"Deployment {name}: its code is in a datastore, and today's format takes a folder.",
            "Use --format one-file.",
        )
    return _todays({**data, "code": {"local_path": code["local_path"]}}, _CODE)


def _in_one_path(asset: Data) -> Data:
    """What is in a datastore has an address there."""
    rest = dict(asset)
    store = rest.pop("datastore", None)
    if store is None:
        return rest
    name = store.removeprefix("azureml:")
    return {**rest, "path": f"azureml://datastores/{name}/paths/{asset['path']}"}


def _environment(data: Data, deployment: Deployment, folder: Path) -> Data:
    environment = deployment.environment
    assert isinstance(environment, Environment)
    said = dict(data["environment"])
    if "conda_file" in said:
        said["conda_file"] = _conda(said["conda_file"], environment)
    if "inference_config" in said:
        routes = said["inference_config"].items()
        said["inference_config"] = {key: each for key, each in routes if key != _STARTUP}
    if environment.dockerfile is not None:
        for key in ("docker", "path"):
            said.pop(key, None)
        said["build"] = _build(deployment.name, environment, folder)
    return _todays(said, ("deployments", "environment"))


def _conda(text: str, environment: Environment) -> Any:
    """A path, or else the packages themselves."""
    return text.removeprefix("file:") if environment.conda_path else yaml.safe_load(text)


def _build(name: str, environment: Environment, folder: Path) -> Data:
    file = environment.dockerfile_path
    if file is None:
        raise UnsupportedError(
            f"Deployment {name}: its Dockerfile is in no file, and today's format names one.",
            "Write it into a file, or use --format one-file.",
        )
    context = environment.context or file.parent
    return {
        "path": write.relative(context, folder),
        "dockerfile_path": write.relative(file, context),
    }


def _with_amounts(data: Data) -> Data:
    """What a cluster is asked for, as Kubernetes writes it."""
    needs = data.get("resource_requirements")
    if needs is None:
        return data
    amounts = {key: _AMOUNTS[key](value) for key, value in needs.items()}
    return {**data, "resource_requirements": amounts}


def _scaled(data: Data) -> Data:
    """Who counts instances need not say that they are counted."""
    settings = data.get("scale_settings", {})
    kind = spelling.WORDS.get(settings.get("type"))
    rest = {key: value for key, value in data.items() if key != "scale_settings"}
    return (
        rest
        if kind in (None, "default")
        else {**data, "scale_settings": {**settings, "type": kind}}
    )


def _todays(data: Data, owner: Keys) -> Data:
    """With its keys moved to where they are today. Sections that are left empty go."""
    moved: Data = {}
    pairs = spelling.PAIRS[owner]
    for key, value in data.items():
        mine = [pair for pair in pairs if pair[0][0] == key]
        _put(moved, (key,), _rest(value, mine))
        for pair in mine:
            _put(moved, pair[1], _at(data, pair[0]))
    return moved


def _rest(value: Any, pairs: list[Pair]) -> Any:
    """What stays of a section, or of a value."""
    gone = {pair[0][1] for pair in pairs if len(pair[0]) > 1}
    if isinstance(value, dict) and gone:
        return {key: below for key, below in value.items() if key not in gone} or None
    return None if pairs else value


def _at(data: Data, keys: Keys) -> Any:
    value: Any = data
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _put(data: Data, keys: Keys, value: Any) -> None:
    if value is None:
        return
    for key in keys[:-1]:
        data = data.setdefault(key, {})
    data[keys[-1]] = value


def _text(data: Data) -> str:
    return write.dumped(_escaped(data))


def _escaped(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _escaped(below) for key, below in value.items()}
    if isinstance(value, (list, tuple)):
        return [_escaped(below) for below in value]
    if isinstance(value, str):
        is_meant = isinstance(value, write.AsItIs) or variables.SECRET not in value
        return str(value) if is_meant else write.escaped_text(value)
    return value
