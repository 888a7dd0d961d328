"""What files are, by their content: a digest per model, code folder, environment and context.

A digest does not depend on where a folder stands, on times, or on the order in which a disk
lists it; both drivers use the same ones.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

from azext_ml_endpoint.content import hashing
from azext_ml_endpoint.document.model import (
    Code,
    Deployment,
    Endpoint,
    Environment,
    Model,
)
from azext_ml_endpoint.side_by_side import answers, told_of_interrupts

READS_CONTEXT = re.compile(r"^[^\S\n]*(COPY|ADD)\s", re.IGNORECASE | re.MULTILINE)


class _Job(NamedTuple):
    identity: Callable[[Path, Event], str]
    path: Path


def identify(endpoint: Endpoint, *, unread_contexts: bool = True) -> Endpoint:
    """The same endpoint with every digest filled in. Each path is read once, paths side by side.

    unread_contexts: also the digests of build contexts that their Dockerfile does not read.
    Raises FileAccessError for a file that vanished or cannot be read.
    """
    jobs = dict.fromkeys(
        job for each in endpoint.deployments for job in _jobs(each, unread_contexts)
    )
    stop = Event()
    reading = [partial(_digest, each, stop) for each in jobs]
    with told_of_interrupts(stop.set):
        known = dict(zip(jobs, answers(reading, os.cpu_count() or 1), strict=True))
    deployments = tuple(_deployment(each, known) for each in endpoint.deployments)
    return replace(endpoint, deployments=deployments)


def _digest(job: _Job, stop: Event) -> str:
    """Where one fails, the others are of no use."""
    try:
        return job.identity(job.path, stop)
    except BaseException:
        stop.set()
        raise


def identify_assets(assets: Mapping[str, Any]) -> dict[str, Any]:
    """Those of one deployment, by their kinds, as :func:`identify`."""
    alone = Endpoint(name="", deployments=(Deployment(name="", **assets),))
    (known,) = identify(alone).deployments
    return {kind: getattr(known, kind) for kind in assets}


def recoded(endpoint: Endpoint) -> Endpoint:
    """The same with the digests of code as it is now. Raises FileAccessError."""
    never = Event()
    known = {
        each.code.path: hashing.content_hash(each.code.path, never)
        for each in endpoint.deployments
        if isinstance(each.code, Code) and not each.code.datastore
    }
    return replace(
        endpoint,
        deployments=tuple(
            replace(each, code=replace(each.code, digest=known[each.code.path]))
            if isinstance(each.code, Code) and each.code.path in known
            else each
            for each in endpoint.deployments
        ),
    )


def reads_context(environment: Environment) -> bool:
    """Whether the Dockerfile copies files of its build context."""
    return bool(environment.context and READS_CONTEXT.search(environment.dockerfile or ""))


def _jobs(deployment: Deployment, unread_contexts: bool) -> Iterator[_Job]:
    model, code, environment = deployment.model, deployment.code, deployment.environment
    if isinstance(model, Model) and model.path:
        yield _Job(hashing.object_hash, model.path)
    if isinstance(code, Code) and not code.datastore:
        yield _Job(hashing.content_hash, code.path)
    if isinstance(environment, Environment) and environment.context:
        inside = hashing.dockerfile_path(environment) is not None
        if reads_context(environment) or (unread_contexts and inside):
            yield _Job(hashing.object_hash, environment.context)


def _deployment(deployment: Deployment, known: Mapping[_Job, str]) -> Deployment:
    model, code, environment = deployment.model, deployment.code, deployment.environment
    if isinstance(model, Model) and model.path:
        model = replace(model, digest=known[_Job(hashing.object_hash, model.path)])
    if isinstance(code, Code) and not code.datastore:
        code = replace(code, digest=known[_Job(hashing.content_hash, code.path)])
    if isinstance(environment, Environment):
        environment = _environment(environment, known)
    return replace(deployment, model=model, code=code, environment=environment)


def _environment(environment: Environment, known: Mapping[_Job, str]) -> Environment:
    """Image, conda file, Dockerfile, and the build context where the Dockerfile reads it."""
    image, conda, dockerfile = environment.image, environment.conda_file, environment.dockerfile
    folder = known.get(_Job(hashing.object_hash, environment.context or Path()), "")
    read = folder if reads_context(environment) else None
    return replace(
        environment,
        digest=_of_parts(image, conda, dockerfile, read),
        context_digest=_context(environment, folder, read) if dockerfile is not None else "",
    )


def _context(environment: Environment, folder: str, read: str | None) -> str:
    """The folder's; a Dockerfile that is not in there makes another context of it."""
    inside = hashing.dockerfile_path(environment) is not None
    return folder if inside else _of_parts(environment.dockerfile, read)


def _of_parts(*parts: str | None) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
