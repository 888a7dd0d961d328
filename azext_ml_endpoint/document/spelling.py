"""Where a thing stands that has two spellings: the format's own, and the later format's.

    target                          compute
    scale_settings.instance_count   instance_count
    model.local_path                model.path          (without a datastore)
    code.local_path                 code: <path>, code.path
    docker.image                    image
    docker.build.dockerfile, path   build.dockerfile_path, build.path
    conda_file: file:<path>         conda_file: <path>, or a mapping

Both are read; a document that uses both for one thing is wrong.
"""

from __future__ import annotations

import io
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from azext_ml_endpoint.document.node import Node
from azext_ml_endpoint.document.spot import Spot, shown
from azext_ml_endpoint.document.text_file import read_text

if TYPE_CHECKING:
    import yaml

Keys = tuple[str, ...]

TARGET: tuple[Keys, ...] = (("target",), ("compute",))
INSTANCE_COUNT: tuple[Keys, ...] = (("scale_settings", "instance_count"), ("instance_count",))
IMAGE: tuple[Keys, ...] = (("docker", "image"), ("image",))
DOCKERFILE: tuple[Keys, ...] = (("docker", "build", "dockerfile"), ("build",))
LOCAL_PATH: tuple[Keys, ...] = (("local_path",), ("path",))

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


def given(spot: Spot, spellings: tuple[Keys, ...]) -> list[Spot]:
    """All that are used."""
    return [found for keys in spellings if (found := spot.get(*keys))]


def first(spot: Spot, spellings: tuple[Keys, ...]) -> Spot | None:
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
    is_local = path and path.text and "://" not in path.text and not asset.get("datastore")
    return asset.get("local_path") or (path if is_local else None)


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
