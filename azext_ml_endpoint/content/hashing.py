"""Identities of content, the same that the official SDK gives: SHA-256, in hex.

    object hash             models, build contexts: where their files are in storage
    content hash (202208)   code: what the service looks it up by

So each tool finds what the other has uploaded. What is hashed is the SDK's business; that it is
read in large blocks is ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from azext_ml_endpoint.content import tree
from azext_ml_endpoint.content.tree import SourceFile
from azext_ml_endpoint.document.model import Environment
from azext_ml_endpoint.errors import Interrupted

if TYPE_CHECKING:
    from hashlib import _Hash

CONTENT_HASH_VERSION = "202208"
ANONYMOUS_ENVIRONMENT = "CliV2AnonymousEnvironment"

_OBJECT_HASH_BEGINS = b"Initialize for october 2021 AML CLI version"
_BLOCK = 1 << 20


def object_hash(path: Path, stop: Event | None = None) -> str:
    """Of names and contents, folder by folder; of its content only, for a file.

    Raises FileAccessError, and Interrupted soon after ``stop`` is set.
    """
    found = tree.read(path)
    digest = hashlib.sha256(_OBJECT_HASH_BEGINS)
    for entry in found.entries:
        if found.is_folder:
            digest.update(_bytes(entry.name))
        if entry.file:
            _feed(digest, entry.file, stop)
    return digest.hexdigest()


def content_hash(path: Path, stop: Event | None = None) -> str:
    """Of the number of files, their relative paths and sizes, then their contents.

    Raises as :func:`object_hash` does.
    """
    files = sorted(tree.files(path), key=lambda file: (file.relative.lower(), file.relative))
    digest = hashlib.sha256(str(len(files)).encode())
    for file in files:
        digest.update(_bytes(f"#{file.relative}#{file.size}"))
    for file in files:
        _feed(digest, file, stop)
    return digest.hexdigest()


def anonymous_model(digest: str) -> str:
    """The name of a model that has none. digest: its object hash."""
    return _hash_of(digest)


def anonymous_environment(environment: Environment) -> str:
    """The version of an :data:`ANONYMOUS_ENVIRONMENT`.

    Needs ``context_digest`` where there is a Dockerfile.
    """
    if environment.dockerfile is not None:
        path = dockerfile_path(environment)
        # A document rarely names a Dockerfile that is where everybody looks for it, and then the
        # SDK leaves it out.
        parts = [environment.context_digest, None if path == "Dockerfile" else path]
    else:
        conda = environment.conda_file and conda_text(environment.conda_file)
        parts = [environment.image, _routes(environment), conda]
    if environment.os_type != "linux":  # to the SDK they would be the same
        parts.append(environment.os_type)
    return _hash_of(_interleaved(_hash_of(part) for part in parts if part))


def conda_text(text: str) -> str:
    """Packages as both tools send them: without comments, keys sorted. What is no YAML stays."""
    from azext_ml_endpoint.document import yaml_values

    try:
        return yaml_values.dump(yaml_values.load(text))
    except yaml_values.Unusable:
        return text


def dockerfile_path(environment: Environment) -> str | None:
    """Where the Dockerfile is in the build context, or None where it is not in there."""
    file, context = environment.dockerfile_path, environment.context
    if file is None or context is None or not file.is_relative_to(context):
        return None
    return file.relative_to(context).as_posix()


def _interleaved(hashes: Iterable[str]) -> str:
    """Each stands between all letters of the next. The SDK meant to join them, and does this."""
    whole = ""
    for each in hashes:
        whole = whole.join(each)
    return whole


def _routes(environment: Environment) -> str | None:
    from azext_ml_endpoint.document import yaml_values

    config = environment.inference_config
    routes = {key: asdict(route) for key, route in config.routes.items()} if config else None
    return yaml_values.dump(routes) if routes else None


def _hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _bytes(name: str) -> bytes:
    """File names need not be UTF-8."""
    return name.encode(errors="surrogateescape")


def _feed(digest: _Hash, file: SourceFile, stop: Event | None) -> None:
    try:
        with file.path.open("rb", buffering=0) as stream:
            while block := stream.read(_BLOCK):
                if stop and stop.is_set():
                    raise Interrupted(f"Interrupted while {file.path} was read.")
                digest.update(block)
    except OSError as error:
        raise tree.refusal(error) from error
