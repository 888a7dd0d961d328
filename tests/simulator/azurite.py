"""Azurite, the emulator of Azure's blob storage: a program of its own, which ends with this one."""

from __future__ import annotations

import base64
import re
import secrets
import subprocess
from datetime import datetime, timezone
from pathlib import Path
from shutil import which
from typing import Any

ACCOUNT, SHARED_ACCOUNT = "wsstorage", "registrystorage"
"""Of the workspace, and of a registry."""

INSTALLED = Path(__file__).parents[2] / ".azurite"
PROGRAM = "node_modules/.bin/azurite-blob"
ENDS_WITH_STDIN = (
    'data:text/javascript,process.stdin.resume().on("end",()=>{process.exit()})'  # its parent died
)
LISTENS = re.compile(r"listens on https://127\.0\.0\.1:(\d+)")


class AzuriteError(Exception):
    """Azurite is not installed, or did not start; the message says why."""


class Azurite:
    """Started with a certificate, on a free port, with its blobs in ``folder``.

    It takes SAS tokens, the accounts' key, and AAD tokens (whose signatures it does not check).
    """

    def __init__(self, folder: Path, certificate: Path, key: Path) -> None:
        self.key = base64.b64encode(secrets.token_bytes(64)).decode()
        command = [
            *(_node(), "--import", ENDS_WITH_STDIN, str(_program())),
            *("--blobHost", "127.0.0.1", "--blobPort", "0", "--location", str(folder)),
            *("--cert", str(certificate), "--key", str(key), "--oauth", "basic"),
            # Clients know newer versions of the service than Azurite does.
            *("--silent", "--skipApiVersionCheck", "--disableTelemetry"),
            *("--blobKeepAliveTimeout", "600"),
        ]
        accounts = ";".join(f"{each}:{self.key}" for each in (ACCOUNT, SHARED_ACCOUNT))
        self._process = subprocess.Popen(
            command,
            env={"AZURITE_ACCOUNTS": accounts, "PATH": "/usr/bin:/bin"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl-C is for the one who started it
        )
        self.address = ("127.0.0.1", self._port())

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate()

    def _port(self) -> int:
        said = []
        for line in self._process.stdout or ():
            said.append(line)
            if found := LISTENS.search(line):
                return int(found[1])
        raise AzuriteError(f"azurite ended with {self._process.wait()}:\n{''.join(said)}")


def _node() -> str:
    node = which("node")
    if node is None:
        raise AzuriteError("node is not installed: scripts/azurite does it")
    return node


def _program() -> Path:
    program = INSTALLED / PROGRAM
    if not program.exists():
        raise AzuriteError(f"there is no {program}: scripts/azurite installs it")
    return program


class AzuriteStorage:
    """The simulator's view of an account: a ``Storage`` whose SAS tokens are real and expire."""

    def __init__(self, azurite: Azurite, bundle: Path, account: str = ACCOUNT) -> None:
        from azure.storage.blob import BlobServiceClient

        host, port = azurite.address
        self.account, self.key = account, azurite.key
        self._service = BlobServiceClient(
            f"https://{host}:{port}/{account}",
            credential={"account_name": account, "account_key": self.key},
            connection_verify=str(bundle),
        )

    def create_container(self, name: str) -> None:
        """Makes an empty container; one that is there stays as it is."""
        if not self._container(name).exists():
            self._container(name).create_container()

    def put(self, container: str, path: str, content: bytes) -> None:
        """A blob, in place of one that is there."""
        self.create_container(container)
        self._container(container).upload_blob(path, content, overwrite=True)

    def exists(self, container: str, path: str) -> bool:
        """Whether there is a blob ``path``, or one below it; ``""`` means anything at all."""
        below = path.rstrip("/") + "/" if path else ""
        found = self._container(container).list_blob_names(name_starts_with=path.rstrip("/"))
        return any(name == path or name.startswith(below) for name in found)

    def sas(self, container: str, permissions: str, expires: datetime) -> str:
        """A token for a container, without ``?``. permissions: ``racwl`` or some of it."""
        from azure.storage.blob import generate_container_sas

        return generate_container_sas(
            self.account,
            container,
            account_key=self.key,
            permission=permissions,
            expiry=expires.astimezone(timezone.utc),
        )

    def close(self) -> None:
        self._service.close()

    def _container(self, name: str) -> Any:
        return self._service.get_container_client(name)
