"""`az ml endpoint update` in all its forms: a file of the endpoint, or changes of what is there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.errors import no_deployment
from azext_ml_endpoint.handlers import edits, files, session

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.document.live import Revision
    from azext_ml_endpoint.document.node import Node
    from azext_ml_endpoint.handlers.places import Service
    from azext_ml_endpoint.plan.history import Provenance

_IN_ENDPOINT = "deployments[0]."


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The options; :func:`azext_ml_endpoint.cli.update.one_form` says what goes together."""

    file: list[str] | None = None
    endpoint_name: str | None = None
    deployment: str | None = None
    deployment_file: str | None = None
    instance_count: int | None = None
    traffic: dict[str, int] | None = None
    edits: tuple[edits.Edit, ...] = ()
    force_string: bool = False

    @property
    def has_file(self) -> bool:
        return bool(self.file or self.deployment_file)

    @property
    def settings(self) -> list[str]:
        """Of ``--set``, where it is about a file."""
        return [text for _, texts in self.edits for text in texts]


def update(
    cmd: AzCliCommand,
    asked: Asked,
    service: Callable[[str], Service],
    who: Callable[[Mapping[str, str]], Provenance],
) -> dict[str, Any]:
    """service: the one that has the endpoint of this name. Files are checked before it is asked.

    who: for the hashes of the files that were read.
    """
    from azext_ml_endpoint.plan.fit import Intent

    if asked.file and asked.deployment is None:
        wanted = files.read(
            cmd,
            asked.file,
            name=asked.endpoint_name,
            settings=asked.settings,
            traffic=asked.traffic,
        )
        return wanted.update(service(wanted.name), Intent(provenance=who(wanted.hashes)))
    name, deployment, hashes = _from_files(asked)
    chosen = service(name)
    changed = _changed(cmd, chosen.document(name), asked, deployment)
    return chosen.change(changed.wanted, changed.only, who(hashes))


def _from_files(asked: Asked) -> tuple[str, Node | None, dict[str, str]]:
    """The endpoint's name; the deployment that comes from a file, if one does; their hashes.

    ``--set`` is about the file then. A file of one deployment may be called the first one.
    """
    from azext_ml_endpoint.document import load

    if asked.file:
        loaded = load.read_one_of(
            asked.file,
            str(asked.deployment),
            variables=os.environ,
            settings=asked.settings,
            name=asked.endpoint_name,
        )
        return *loaded.require(), loaded.hashes
    name = str(asked.endpoint_name)
    if not asked.deployment_file:
        return name, None, {}
    read = load.read_deployment(
        asked.deployment_file,
        variables=os.environ,
        settings=[text.removeprefix(_IN_ENDPOINT) for text in asked.settings],
        name=asked.deployment,
        endpoint_name=name,
    )
    return name, read.require(), read.hashes


def _changed(
    cmd: AzCliCommand, there: dict[str, Any], asked: Asked, deployment: Node | None
) -> Revision:
    from azext_ml_endpoint.document import live
    from azext_ml_endpoint.document.load import load_change

    edit = live.EditedDocument(
        there=there,
        edited=_edited(live.editable(there), asked),
        options=", ".join(_options(asked)),
        deployment=deployment,
        variables=os.environ,
    )
    loaded = load_change(edit)
    session.warn(cmd, loaded.findings)
    return loaded.require()


def _edited(document: dict[str, Any], asked: Asked) -> dict[str, Any]:
    if asked.instance_count is not None:
        deployment = _named(document, asked)
        settings = deployment.get("scale_settings") or {"scale_type": "manual"}
        deployment["scale_settings"] = {**settings, "instance_count": asked.instance_count}
    if asked.traffic is not None:
        document["traffic"] = asked.traffic
    if asked.has_file:
        return document
    return edits.apply(document, asked.edits, force_string=asked.force_string)


def _named(document: dict[str, Any], asked: Asked) -> dict[str, Any]:
    deployments: list[dict[str, Any]] = document["deployments"]
    for each in deployments:
        if each["name"] == asked.deployment:
            return each
    names = [each["name"] for each in deployments]
    raise no_deployment(f"Endpoint {asked.endpoint_name}", str(asked.deployment), names)


def _options(asked: Asked) -> Iterator[str]:
    if not asked.has_file:
        yield from map(edits.name, asked.edits)
    if asked.instance_count is not None:
        yield "--instance-count"
    if asked.traffic is not None:
        yield "--traffic"
