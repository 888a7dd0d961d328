"""A package index on this machine, with versions of a package that is called `thing`."""

from __future__ import annotations

import functools
import ssl
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_METADATA = "Metadata-Version: 2.1\nName: thing\nVersion: {0}\n"
_WHEEL = "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def put(index: Path, *versions: str) -> None:
    """Wheels of the package `thing` into a package index."""
    folder = index / "thing"
    folder.mkdir(parents=True)
    names = [f"thing-{version}-py3-none-any.whl" for version in versions]
    for version, name in zip(versions, names, strict=True):
        info = f"thing-{version}.dist-info"
        with zipfile.ZipFile(folder / name, "w") as wheel:
            wheel.writestr("thing.py", f"VERSION = {version!r}\n")
            wheel.writestr(f"{info}/METADATA", _METADATA.format(version))
            wheel.writestr(f"{info}/WHEEL", _WHEEL)
            wheel.writestr(f"{info}/RECORD", "")
    links = "".join(f'<a href="{name}">{name}</a>' for name in names)
    (folder / "index.html").write_text(f"<html><body>{links}</body></html>")


@contextmanager
def served(
    folder: Path, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """The address of what is below the folder. tls: of an https:// one."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer((host, 0), handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http{'s' if tls else ''}://{host}:{server.server_port}"
        server.shutdown()
