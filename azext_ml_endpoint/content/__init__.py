"""What files are, by their content: one digest per model, code folder and environment.

A digest is a SHA-256 in hex. A folder's is made of its files' relative paths and digests, so it
does not depend on where the folder stands, on times, or on the order in which a disk lists it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from azext_ml_endpoint.document.model import (
    Code,
    Deployment,
    Endpoint,
    Environment,
    Model,
)
from azext_ml_endpoint.errors import FileAccessError

_BLOCK = 1 << 20
_CACHES = frozenset({"__pycache__"})
_READS_CONTEXT = re.compile(r"^\s*(COPY|ADD)\s", re.IGNORECASE | re.MULTILINE)


def identify(endpoint: Endpoint) -> Endpoint:
    """The same endpoint with every digest filled in. Each path is read once.

    Raises FileAccessError for a file that vanished or cannot be read.
    """
    known: dict[Path, str] = {}
    deployments = tuple(_deployment(each, known) for each in endpoint.deployments)
    return replace(endpoint, deployments=deployments)


def files(folder: Path) -> Iterator[Path]:
    """The files below a folder, sorted by relative path; interpreters' caches are no content.

    Links count as what they lead to, but for links to a folder that they are themselves in.
    """
    found = []
    for parent, folders, names in os.walk(folder, followlinks=True, onerror=_refuse):
        folders[:] = [
            name for name in folders if name not in _CACHES and not _leads_back(Path(parent, name))
        ]
        found += [Path(parent, name) for name in names]
    yield from sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def digest_of(path: Path) -> str:
    """The digest of a file or a folder."""
    if not path.is_dir():
        return _file(path)
    whole = hashlib.sha256()
    for each in files(path):
        line = f"{each.relative_to(path).as_posix()}\0{_file(each)}\n"
        whole.update(line.encode(errors="surrogateescape"))
    return whole.hexdigest()


def _deployment(deployment: Deployment, known: dict[Path, str]) -> Deployment:
    model, code, environment = deployment.model, deployment.code, deployment.environment
    if isinstance(model, Model) and model.path:
        model = replace(model, digest=_once(model.path, known))
    if isinstance(code, Code):
        code = replace(code, digest=_once(code.path, known))
    if isinstance(environment, Environment):
        environment = replace(environment, digest=_environment(environment, known))
    return replace(deployment, model=model, code=code, environment=environment)


def _environment(environment: Environment, known: dict[Path, str]) -> str:
    """Image, conda file, Dockerfile, and the build context where the Dockerfile reads it."""
    dockerfile, context = environment.dockerfile, environment.context
    reads = dockerfile and context and _READS_CONTEXT.search(dockerfile)
    parts = [
        environment.image,
        environment.conda_file,
        dockerfile,
        _once(context, known) if reads and context else None,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _once(path: Path, known: dict[Path, str]) -> str:
    if path not in known:
        known[path] = digest_of(path)
    return known[path]


def _file(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        _require_regular(path)
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        _refuse(error)
    return digest.hexdigest()


def _require_regular(path: Path) -> None:
    """Opening a pipe would wait for somebody who writes into it."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))


def _leads_back(folder: Path) -> bool:
    if not folder.is_symlink():
        return False
    real = os.path.realpath(folder)
    return any(os.path.realpath(each) == real for each in folder.parents)


def _refuse(error: OSError) -> None:
    raise FileAccessError(
        f"{error.filename}: {error.strerror or error}",
        "Make the file readable, or leave it out of the folder.",
    ) from error
