"""Who runs a command, and from which file: for the history that is kept on the endpoint."""

from __future__ import annotations

import getpass
import hashlib
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.plan.history import Provenance

_GIT_SECONDS = 2.0


def of(
    cmd: AzCliCommand,
    what: str,
    *,
    hashes: Mapping[str, str] | None = None,
    local: bool | None = None,
) -> Provenance:
    """what: such as ``update``. hashes: of the files it is made from, by their absolute names.
    local: nobody is logged in, or it does not matter who."""
    from azext_ml_endpoint.plan.history import Provenance, timestamp

    return Provenance(
        who=_who(cmd, local=bool(local)),
        when=timestamp(time.time()),
        what=what,
        file_hash=_together((hashes or {}).values()),
        commit=_commit(Path(next(iter(hashes))).parent) if hashes else None,
    )


def _together(hashes: Iterable[str]) -> str | None:
    """One file's own; of several, whatever their names and their order."""
    known = sorted(hashes)
    if len(known) < 2:
        return next(iter(known), None)
    return hashlib.sha256("".join(known).encode()).hexdigest()


def _who(cmd: AzCliCommand, *, local: bool) -> str:
    """The account's name, or the operating system's name for the user."""
    if local:
        return _user()
    from azext_ml_endpoint.cloud.credentials import account_name

    return account_name(cmd.cli_ctx) or _user()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may have no name for its user
        return ""


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
