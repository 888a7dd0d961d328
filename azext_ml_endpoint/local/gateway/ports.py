"""Which port an endpoint's gateway listens on."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import socket
import sys
from collections.abc import Callable, Container

from azext_ml_endpoint.errors import ConflictError

_FIRST, _COUNT = 20000, 10000
"""Below what systems give to outgoing connections: Linux begins at 32768, others at 49152."""
_BACKLOG = 1024


def own(name: str, taken: Container[int], free: Callable[[int], bool]) -> int:
    """The same for the same name, as long as nobody else has it. Raises ConflictError.

    taken: by other gateways, which may not run at the moment.
    """
    begin = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    for nth in range(_COUNT):
        port = _FIRST + (begin + nth) % _COUNT
        if port not in taken and free(port):
            return port
    raise ConflictError("No port is free.", "Choose one with --port.")


def free(port: int) -> bool:
    with contextlib.suppress(OSError), listening(port):
        return True
    return False


def listening(port: int) -> socket.socket:
    """A socket that takes connections, for whoever inherits it to answer. Raises OSError.

    Connections of a gateway that has ended do not stand in the way of the next one.
    """
    listener = socket.socket()
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def refused(port: int, error: OSError) -> ConflictError:
    """Why nobody can listen there."""
    why = "another program listens there"
    if error.errno != errno.EADDRINUSE:
        why = error.strerror or str(error)
    return ConflictError(
        f"The gateway cannot have port {port} of 127.0.0.1: {why}.", "Choose another with --port."
    )
