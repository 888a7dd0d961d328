"""An endpoint, or one deployment, as the text of a file that :mod:`.load` reads back.

What is not said is left out. Paths are relative to the folder of the file.
A dollar is written as two where it would be read as a variable. The value of a secret is not
written: the file names an environment variable instead.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

import yaml

from azext_ml_endpoint.document.model import (
    ENDPOINT_PLAIN,
    ENDPOINT_TEXTS,
    KEYS,
    Code,
    Deployment,
    Endpoint,
    Environment,
    Identity,
    Model,
    Reference,
)

Data = dict[str, Any]
_SCHEMAS = "azext_ml_endpoint/document/schema"
"""Where they are in the repository."""
_UNLIMITED = 1 << 20
_NOTES = ("description", "tags", "properties", "model", "code")
_SPELLED = {"code": "code_configuration"}
_NOT_IN_NAME = re.compile(r"\W", re.ASCII)
_DOLLAR = re.compile(r"\$(?=[${])")


@dataclass(frozen=True)
class Written:
    """``secrets``: the environment variables that the file needs, and their values.

    of_2021: whether it is in this format's own words, and not in today's.
    """

    text: str
    secrets: Mapping[str, str]
    of_2021: bool = True


def endpoint(endpoint: Endpoint, folder: Path) -> Written:
    """folder: where the file is to be; absolute."""
    secrets = Secrets(endpoint.deployments)
    deployments = [deployment_data(each, folder, secrets) for each in endpoint.deployments]
    said = {**endpoint_data(endpoint), **({"deployments": deployments} if deployments else {})}
    return Written(_text(said, "online-endpoint"), secrets.used)


def endpoint_data(endpoint: Endpoint) -> Data:
    """Without its deployments."""
    data = {
        "name": endpoint.name,
        "type": "online",
        "target": endpoint.target and _reference(endpoint.target),
        **{key: getattr(endpoint, key) for key in ENDPOINT_PLAIN},
        "location": endpoint.location,
        "identity": endpoint.identity and _identity(endpoint.identity),
        **{key: dict(getattr(endpoint, key)) for key in ENDPOINT_TEXTS},
        "traffic": endpoint.traffic,
        "mirror_traffic": endpoint.mirror_traffic,
    }
    return {
        key: value
        for key, value in data.items()
        if value not in (None, {}, []) or (key == "traffic" and value is not None)
    }


def deployment(deployment: Deployment, endpoint_name: str, folder: Path) -> Written:
    """For ``--deployment-file``. folder: as for :func:`endpoint`."""
    secrets = Secrets([deployment])
    name, *rest = deployment_data(deployment, folder, secrets).items()
    data = dict([name, ("endpoint_name", endpoint_name), *rest])
    return Written(_text(data, "online-deployment"), secrets.used)


class Secrets:
    """Which environment variable stands for a secret: one of its own name, if it can be."""

    def __init__(self, deployments: Iterable[Deployment]) -> None:
        self.used: dict[str, str] = {}
        self._names: dict[tuple[str, str], str] = {}
        for each in deployments:
            for variable in sorted(each.secrets & each.environment_variables.keys()):
                value = each.environment_variables[variable]
                self._names[each.name, variable] = self._name(each.name, variable, value)

    def _name(self, deployment: str, variable: str, value: str) -> str:
        name = _NOT_IN_NAME.sub("_", variable)
        if self.used.setdefault(name, value) != value:
            name = _NOT_IN_NAME.sub("_", f"{deployment}_{name}".upper())
            self.used[name] = value
        return name

    def stand_in(self, deployment: str, variable: str) -> str | None:
        name = self._names.get((deployment, variable))
        return name and f"${{secret:{name}}}"


class AsItIs(str):
    """Text whose dollars mean something."""


def deployment_data(deployment: Deployment, folder: Path, secrets: Secrets) -> Data:
    """What it is called and what people note of it comes first, then the keys in their order."""
    data: Data = dict.fromkeys(("name", *_NOTES))
    for key in (*KEYS, "name"):
        data[key] = _value(getattr(deployment, key), folder)
    script = data.pop("scoring_script")
    variables = {
        name: AsItIs(stand_in) if (stand_in := secrets.stand_in(deployment.name, name)) else value
        for name, value in deployment.environment_variables.items()
    }
    configuration = deployment.code and {"code": data["code"], "scoring_script": script}
    special = {"code": configuration, "environment_variables": variables}
    return _said({_SPELLED.get(key, key): special.get(key, value) for key, value in data.items()})


def _value(value: Any, folder: Path) -> Any:
    match value:
        case Model():
            return _model(value, folder)
        case Code():
            return _code(value, folder)
        case Environment():
            return _environment(value, folder)
        case Reference():
            return _reference(value)
        case Mapping():
            return dict(value)
    return _given(value) if is_dataclass(value) else value


def _model(model: Model | Reference, folder: Path) -> Data | str:
    if isinstance(model, Reference):
        return _reference(model)
    is_default = model.anonymous and model.version == "1"
    return _said(
        {
            "name": None if model.anonymous else model.name,
            "version": None if is_default else _version(model.version),
            "local_path": model.path and relative(model.path, folder),
            "datastore": model.datastore and f"azureml:{model.datastore}",
            "path": model.datastore_path or model.uri,
            "type": model.type,
            "stage": model.stage,
            "description": model.description,
            "tags": dict(model.tags),
            "properties": dict(model.properties),
            "flavors": dict(model.flavors),
        }
    )


def _code(code: Code | Reference, folder: Path) -> Data | str:
    if isinstance(code, Reference):
        return _reference(code)
    return _said(
        {
            "name": code.name,
            "version": _version(code.version),
            "local_path": None if code.datastore else relative(code.path, folder),
            "datastore": code.datastore and f"azureml:{code.datastore}",
            "path": code.path.as_posix() if code.datastore else None,
            "description": code.description,
            "tags": dict(code.tags),
        }
    )


def _environment(environment: Environment | Reference, folder: Path) -> Data | str:
    if isinstance(environment, Reference):
        return _reference(environment)
    config = environment.inference_config
    return _said(
        {
            "name": environment.name,
            "version": _version(environment.version),
            "path": _context(environment, folder),
            "conda_file": _content(environment.conda_file, environment.conda_path, folder),
            "docker": _docker(environment, folder),
            "inference_config": config and {k: asdict(route) for k, route in config.routes.items()},
            "os_type": None if environment.os_type == "linux" else environment.os_type,
            "description": environment.description,
            "tags": dict(environment.tags),
        }
    )


def _docker(environment: Environment, folder: Path) -> Data:
    content = _content(environment.dockerfile, environment.dockerfile_path, folder)
    return _said({"image": environment.image, "build": content and {"dockerfile": content}})


def _context(environment: Environment, folder: Path) -> str | None:
    """None for the folder of the Dockerfile, which is what the format takes by itself."""
    dockerfile, context = environment.dockerfile_path, environment.context
    if context is None or (dockerfile and dockerfile.parent == context):
        return None
    return relative(context, folder)


def _content(text: str | None, file: Path | None, folder: Path) -> str | None:
    return f"file:{relative(file, folder)}" if file else text


def _identity(identity: Identity) -> Data:
    users = [{"resource_id": each} for each in identity.user_assigned_identities]
    return _said({"type": identity.type, "user_assigned_identities": users})


def _reference(reference: Reference) -> str:
    """Ids of a registry say ``azureml:`` themselves."""
    text = reference.text
    return text if text.startswith("azureml:") else f"azureml:{text}"


def relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another Windows drive
        return path.as_posix()


def _version(version: str | None) -> int | str | None:
    is_number = version is not None and version.isascii() and version.isdigit()
    return int(version) if version and is_number and str(int(version)) == version else version


def _given(section: Any) -> Data | None:
    return _said(asdict(section)) if section else None


def _said(data: Data) -> Data:
    return {key: value for key, value in data.items() if value not in (None, {}, [])}


def _text(data: Data, schema: str) -> str:
    """The first line is for editors, and the same on every machine."""
    return f"# yaml-language-server: $schema={_SCHEMAS}/{schema}.json\n{dumped(_escaped(data))}"


def dumped(data: Data) -> str:
    return str(
        yaml.dump(
            data,
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            default_flow_style=False,
            width=_UNLIMITED,
        )
    )


def _escaped(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _escaped(below) for key, below in value.items()}
    if isinstance(value, (list, tuple)):
        return [_escaped(below) for below in value]
    if isinstance(value, AsItIs):
        return str(value)
    return escaped_text(value) if isinstance(value, str) else value


def escaped_text(text: str) -> str:
    return _DOLLAR.sub("$$", text)


_BREAKS = re.compile("[\x85\u2028\u2029]")
"""Line breaks of YAML 1.1, which fold like any other where they are not escaped."""


class _Dumper(yaml.SafeDumper):
    """Items of a list are indented; what has several lines is written in several lines."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        del indentless
        return super().increase_indent(flow, False)


def _represent(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = '"' if _BREAKS.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent)
