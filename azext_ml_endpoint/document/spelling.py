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

import os
import re
from dataclasses import dataclass
from pathlib import Path

from azext_ml_endpoint.document.node import plain
from azext_ml_endpoint.document.spot import Spot, shown
from azext_ml_endpoint.document.text_file import read_text

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


def datastore_path(model: Spot) -> tuple[str, str] | None:
    """Name of the datastore, and the path in it."""
    path, store = model.get("path"), model.get("datastore")
    if path is None or path.text is None:
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

        return Text(spot, spot.key, content=yaml.safe_dump(plain(spot.node), sort_keys=False))
    return _text(spot, _CONDA_TEXT)


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
