"""What of this machine local deployments get: ``--gpus`` and ``--platform``."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from typing import Any

from azext_ml_endpoint.cli.common import extra

_GPUS = re.compile(r"all|none|[1-9][0-9]?|device=[\w.-]{1,99}(?:,[\w.-]{1,99}){0,99}", re.ASCII)
_PLATFORM = re.compile(r"[a-z0-9]{1,20}/[a-z0-9_]{1,20}(?:/v[0-9]{1,3})?", re.ASCII)


def options(context: Any) -> None:
    extra(
        context,
        "gpus",
        type=gpus,
        help="With --local, in Docker: GPUs of this machine that deployments get when they start, "
        "as of `docker run`: `all`, a number, `device=0,1`, or `none`. Default: those that they "
        "have.",
    )
    extra(
        context,
        "platform",
        type=platform,
        help="With --local, in Docker: the platform that images are pulled and built for, such as "
        "`linux/amd64`, which Azure has. Another one than this machine's is emulated. Default: "
        "`DOCKER_DEFAULT_PLATFORM`, or this machine's.",
    )


def gpus(text: str) -> str:
    if not _GPUS.fullmatch(text):
        raise ArgumentTypeError(f"'{text}' is not all, none, a number or device=0,1")
    return text


def platform(text: str) -> str:
    if not _PLATFORM.fullmatch(text):
        raise ArgumentTypeError(f"'{text}' is no platform, such as linux/amd64")
    return text
