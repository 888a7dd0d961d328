"""Why Docker did not start a container, in the user's terms.

The Engine API has no codes for this, only sentences, so they are recognized by their words here.
"""

from __future__ import annotations

import re

from azext_ml_endpoint.errors import StartError

_CAUSES = (
    (
        re.compile(r"bind source path does not exist: (?P<what>.+)", re.IGNORECASE),
        "Docker does not see {what}",
        "If it is there, Docker runs on another machine or in a container of its own: choose a "
        "daemon on this machine (docker context ls), or run the command where Docker is.",
    ),
    (
        re.compile(r"mounts denied|not shared from", re.IGNORECASE),
        "Docker Desktop may not share a folder that it needs",
        "Allow it in Docker Desktop: Settings, Resources, File sharing.",
    ),
    (
        re.compile(r"port is already allocated|address already in use", re.IGNORECASE),
        "another program took the port that Docker had chosen",
        "Run this command again; Docker then chooses another one.",
    ),
    (
        re.compile(r"no space left on device", re.IGNORECASE),
        "the disk of Docker is full",
        "Make room: docker system df, docker system prune.",
    ),
    (
        re.compile(
            r'exec: "(?P<what>[^"]+)": (executable file not found|stat .*: no such file)',
            re.IGNORECASE,
        ),
        "its image has no {what}",
        "Give an image with the inference server, or one with a server of its own and its routes "
        "as environment.inference_config.",
    ),
    (
        re.compile(r"could not select device driver|nvidia-container", re.IGNORECASE),
        "Docker has no GPUs to give",
        "Install the NVIDIA Container Toolkit, or do without: --gpus none.",
    ),
    (
        re.compile(r"no command specified", re.IGNORECASE),
        "its image does not say what to start",
        "Give the image a CMD or an ENTRYPOINT.",
    ),
)


def refused(deployment: str, reason: str) -> StartError:
    """reason: the daemon's own text."""
    for pattern, cause, step in _CAUSES:
        if found := pattern.search(reason):
            said = cause.format_map(found.groupdict())
            return StartError(f"Deployment {deployment}: {said}.", step, detail=reason)
    return StartError(
        f"Deployment {deployment} cannot be started: {reason}",
        "See whether Docker itself is well: docker info.",
    )
