"""Who runs a command, and from which file: for the history that is kept on the endpoint."""

from __future__ import annotations

import getpass
import hashlib
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.plan.history import Provenance

_GIT_SECONDS = 2.0


def of(
    cmd: AzCliCommand, what: str, *, file: str | None = None, local: bool | None = None
) -> Provenance:
    """what: such as ``update``. local: nobody is logged in, or it does not matter who."""
    from azext_ml_endpoint.plan.history import Provenance, timestamp

    path = Path(file).expanduser() if file else None
    return Provenance(
        who=_who(cmd, local=bool(local)),
        when=timestamp(time.time()),
        what=what,
        file_hash=_hash(path) if path else None,
        commit=_commit(path.parent) if path else None,
    )


def _who(cmd: AzCliCommand, *, local: bool) -> str:
    """The account's name, or the operating system's name for the user."""
    from azext_ml_endpoint.cloud.credentials import account_name

    return (not local and account_name(cmd.cli_ctx)) or _user()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may have no name for its user
        return ""


def _hash(file: Path) -> str | None:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:  # whoever reads it says so better
        return None


def _commit(folder: Path) -> str | None:
    """None where there is no repository, or no Git."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
