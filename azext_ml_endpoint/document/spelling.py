"""Where a thing stands that has two spellings: that of 2021, this format's own, and today's.

    of               2021                              today
    the endpoint     target                            compute
    a deployment     scale_settings.scale_type         scale_settings.type
                     scale_settings.instance_count     instance_count
                     resource_requirements.…           resources.requests.…, resources.limits.…
    model            local_path                        path               (without a datastore)
    code             code.local_path                   code: <path>, code.path
    environment      docker.image                      image
                     docker.build.dockerfile, path     build.dockerfile_path, build.path
                     conda_file: file:<path>           conda_file: <path>, or a mapping

Both are read; a document that uses both for one thing is wrong. Whoever reads, writes, changes or
speaks of one of them has the names from here.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.spot import Spot, shown
from azext_ml_endpoint.document.text_file import read_text

if TYPE_CHECKING:
    import yaml

Keys = tuple[str, ...]
Pair = tuple[Keys, Keys]
"""The keys of 2021, and today's, below their owner."""

TARGET: Pair = (("target",), ("compute",))
SCALE_TYPE: Pair = (("scale_settings", "scale_type"), ("scale_settings", "type"))
INSTANCE_COUNT: Pair = (("scale_settings", "instance_count"), ("instance_count",))
RESOURCES: tuple[Pair, ...] = (
    (("resource_requirements", "cpu"), ("resources", "requests", "cpu")),
    (("resource_requirements", "memory_in_gb"), ("resources", "requests", "memory")),
    (("resource_requirements", "gpu"), ("resources", "requests", "nvidia.com/gpu")),
    (("resource_requirements", "gpu"), ("resources", "limits", "nvidia.com/gpu")),
    (("resource_requirements", "cpu_cores_limit"), ("resources", "limits", "cpu")),
    (("resource_requirements", "memory_in_gb_limit"), ("resources", "limits", "memory")),
)
"""Of devices, a cluster has one number for both parts."""
LOCAL_PATH: Pair = (("local_path",), ("path",))
CODE: Pair = (("code", "local_path"), ("code",))
IMAGE: Pair = (("docker", "image"), ("image",))
DOCKERFILE: Pair = (("docker", "build", "dockerfile"), ("build",))
CONTEXT: Pair = (("path",), ("build", "path"))
CONDA: Keys = ("conda_file",)

PAIRS: Mapping[Keys, tuple[Pair, ...]] = {
    (): (TARGET,),
    ("deployments",): (SCALE_TYPE, INSTANCE_COUNT, *RESOURCES),
    ("deployments", "model"): (LOCAL_PATH,),
    ("deployments", "code_configuration"): (CODE,),
    ("deployments", "environment"): (IMAGE, DOCKERFILE, CONTEXT),
}
"""Owner -> what it may say in two ways."""
ALIKE = frozenset({TARGET, INSTANCE_COUNT, LOCAL_PATH, CODE, IMAGE})
"""Those with the same value in both."""
UNKNOWN_TODAY: Mapping[str, frozenset[str]] = {
    "managed": frozenset({"startup_probe"}),
    "kubernetes": frozenset(
        {"startup_probe", "egress_public_network_access", "public_network_access"}
    ),
}
"""Kind -> keys of an endpoint and a deployment that the official SDK (1.35) refuses. Here they are
read in today's files too."""
WORDS = {"manual": "default", "auto": "target_utilization"}
"""Of the type of scaling: 2021's -> today's."""

_IS_REMOTE = re.compile(r"://|^runs:/")
_AZURE_URI = re.compile(
    r"(?:runs:/|azureml://jobs/|azureml://subscriptions/.+/workspaces/|(?:https|wasbs)://)[^/].*",
    re.IGNORECASE,
)
_DATASTORE_PATH = re.compile(r"azureml://(?:.+/)?datastores/(?P<store>[^/]+)/paths/(?P<path>.+)")
# The first line of a text is enough to know that it is no path.
_CONDA_TEXT = re.compile(r"\A\s*(#|\{|-|[\w-]+:\s)")
_DOCKERFILE_TEXT = re.compile(r"\A\s*(#|FROM\s)", re.IGNORECASE)


@dataclass(frozen=True)
class Text:
    """A text that stands in the document, or in the file that the document names.

    ``name`` is what messages call it.
    """

    spot: Spot
    name: str
    file: Path | None = None
    content: str = ""

    def read(self) -> str:
        """Raises Unreadable."""
        return read_text(self.file) if self.file else self.content


def given(spot: Spot, spellings: Pair) -> list[Spot]:
    """All that are used."""
    return [found for keys in spellings if (found := spot.get(*keys))]


def first(spot: Spot, spellings: Pair) -> Spot | None:
    return next(iter(given(spot, spellings)), None)


def absolute(spot: Spot, base: Path | None = None) -> Path | None:
    """The path that a value names, from its file's folder or ``base``.

    Links are not followed: a model keeps the name that the document gives it.
    """
    text = spot.text
    if not text:
        return None
    return Path(os.path.normpath((base or spot.node.base) / text.removeprefix("file:").strip()))


def local_path(asset: Spot) -> Spot | None:
    """Where files on this machine are named, in a model or in code."""
    if asset.text:
        return asset
    path = asset.get("path")
    is_local = (
        path and path.text and not _IS_REMOTE.search(path.text) and not asset.get("datastore")
    )
    return asset.get("local_path") or (path if is_local else None)


def azure_uri(model: Spot) -> str | None:
    """Where in Azure a model is, if that is no path in a datastore of the workspace."""
    path = model.get("path")
    is_uri = path and path.text and not model.get("datastore") and _AZURE_URI.fullmatch(path.text)
    return path.text if path and is_uri else None


def datastore_path(asset: Spot) -> tuple[str, str] | None:
    """Name of the datastore, and the path in it, of a model or code."""
    path, store = asset.get("path"), asset.get("datastore")
    if path is None or path.text is None or local_path(asset):
        return None
    if store and store.text:
        return store.text.removeprefix("azureml:"), path.text
    match = _DATASTORE_PATH.fullmatch(path.text)
    return (match["store"], match["path"]) if match else None


def conda(environment: Spot) -> Text | None:
    spot = environment.get("conda_file")
    if spot is None:
        return None
    if isinstance(spot.node.value, dict):
        import yaml

        content = yaml.serialize(_as_yaml(spot.node), Dumper=yaml.SafeDumper)
        return Text(spot, spot.key, content=content)
    return _text(spot, _CONDA_TEXT)


def _as_yaml(node: Node) -> yaml.Node:
    """As ``yaml.safe_dump`` would have it, but for numbers, which stay as they were written."""
    import yaml

    tag = "tag:yaml.org,2002:"
    if isinstance(node.value, dict):
        below = [
            (_as_yaml(replace(each, value=key, written=None)), _as_yaml(each))
            for key, each in node.value.items()
        ]
        return yaml.MappingNode(f"{tag}map", below, flow_style=not below)
    if isinstance(node.value, list):
        items = [_as_yaml(each) for each in node.value]
        return yaml.SequenceNode(f"{tag}seq", items, flow_style=not items)
    made = yaml.SafeDumper(io.StringIO()).represent_data(node.value)
    is_number = node.value is not None and node.written is not None
    return yaml.ScalarNode(made.tag, node.written) if is_number else made


def dockerfile(environment: Spot) -> Text | None:
    spot = environment.get("docker", "build", "dockerfile")
    return _text(spot, _DOCKERFILE_TEXT) if spot else _dockerfile_in_context(environment)


def _text(spot: Spot, content: re.Pattern[str]) -> Text:
    if spot.text and content.match(spot.text):
        return Text(spot, spot.key, content=spot.text)
    return Text(spot, f"{spot.key} {shown(spot.node)}", file=absolute(spot))


def _dockerfile_in_context(environment: Spot) -> Text | None:
    context, named = environment.get("build", "path"), environment.get("build", "dockerfile_path")
    folder = absolute(context) if context else None
    if context is None or folder is None:
        return None
    if named:
        return Text(named, f"{named.key} {shown(named.node)}", file=absolute(named, folder))
    return Text(context, f"the Dockerfile in {shown(context.node)}", file=folder / "Dockerfile")


def context(environment: Spot) -> Spot | None:
    """Where the build context is named, if it is."""
    return environment.get("build", "path") or environment.get("path")
