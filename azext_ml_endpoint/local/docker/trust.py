"""The certificates that this machine trusts, for builds: a proxy that opens TLS is in the way of
those, too."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from azext_ml_endpoint import disk
from azext_ml_endpoint.errors import FileAccessError

FILE = "ml-endpoint-ca.pem"
_PLACE = f"/tmp/{FILE}"
_SAID_BY = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "PIP_CERT")
"""Variables that name a file of certificates; az itself heeds the first."""
_HEEDED = (*_SAID_BY, "CONDA_SSL_VERIFY")
"""What python, pip, uv, curl and conda look at."""
_MOST_BYTES = 10 << 20
_BEGINS = "-----BEGIN "
"""Of the one form that all of them read."""


def bundle(environment: Mapping[str, str]) -> str | None:
    """The certificates in the file that the user has named, if it can be read and has any."""
    named = next((environment[name] for name in _SAID_BY if environment.get(name)), None)
    try:
        text = _read(Path(named)) if named else ""
    except (OSError, ValueError, FileAccessError):
        return None  # all that needs them says so itself
    return text if _BEGINS in text else None


def _read(file: Path) -> str:
    with disk.own(file) as opened:  # a pipe would be waited for
        return disk.limited(opened, _MOST_BYTES, str(file)).decode("utf-8", "replace")


def instruction(command: str) -> str:
    """A RUN of the command that trusts the bundle, which stays out of the image's environment."""
    heeded = " ".join(f"{name}={_PLACE}" for name in _HEEDED)
    return f"COPY {FILE} {_PLACE}\nRUN {heeded} {command}\n"
