"""A registry on 127.0.0.1 for the base image, because the official SDK pulls it for every build.

Docker trusts a registry on 127.0.0.0/8 without TLS, so the daemon needs no configuration.
The image pushed there has one label more than the original. Docker hands the labels of an image
down to all images and containers made from it, so that label is on everything that a run makes,
the leftovers of the SDK's builds included, and on nothing else: to clean up is to remove by label.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.process import BenchmarkError, docker, output

PACKAGE = "docker-registry"
LABEL = "ml-endpoint-benchmark"
START_SECONDS = 20
REMOVAL_ATTEMPTS = 20

CONFIG = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: {storage}}}}}
http: {{addr: "{address}"}}
"""


def program(folder: Path) -> Path:
    """The registry's program: the installed one, else Debian's package, unpacked in `folder`.

    Unpacked, not installed: the installed package would start a service on all interfaces.
    """
    if installed := shutil.which(PACKAGE):
        return Path(installed)
    if os.geteuid() == 0:
        output(["apt-get", "update", "-qq"])
    output(["apt-get", "download", "-qq", PACKAGE], folder=folder)
    package = next(folder.glob(f"{PACKAGE}_*.deb"))
    output(["dpkg-deb", "--extract", str(package), str(folder)])
    return folder / "usr" / "bin" / PACKAGE


def free_address() -> str:
    """A free port of 127.0.0.1, as host:port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def registry(folder: Path) -> Iterator[str]:
    """A running registry that keeps all its files in `folder`; gives its host:port."""
    folder.mkdir()
    address, config, log = free_address(), folder / "config.yml", folder / "log"
    config.write_text(CONFIG.format(storage=folder / "storage", address=address))
    command = [str(program(folder)), "serve", str(config)]
    with log.open("w") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT)
    try:
        wait_until_it_answers(process, address, log)
        yield address
    finally:
        process.terminate()
        process.wait()


def wait_until_it_answers(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Return once the registry answers; BenchmarkError with its log when it does not."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(URLError), urlopen(f"http://{address}/v2/", timeout=1):
            return
        time.sleep(0.05)
    raise BenchmarkError(f"The registry does not answer on {address}:\n{log.read_text()[-2000:]}")


@contextmanager
def base_image(original: str, address: str, run: str) -> Iterator[str]:
    """`original` with the label of `run`, in the registry; in the end all made from it goes."""
    reference = f"{address}/{original.partition('/')[2]}"
    label = f"{LABEL}={run}"
    try:
        docker("build", "--tag", reference, "-", text=f"FROM {original}\nLABEL {label}\n")
        docker("push", reference)
        yield reference
    finally:
        remove_everything(label)


def remove_everything(label: str) -> None:
    """Remove all containers and images that carry `label`.

    Tries again for some seconds, because a build that was interrupted may still be ending.
    """
    marked = ("--all", "--quiet", "--filter", f"label={label}")
    for _ in range(REMOVAL_ATTEMPTS):
        with suppress(BenchmarkError):
            if containers := docker("ps", *marked).split():
                docker("rm", "--force", "--volumes", *containers)
            docker("image", "prune", "--all", "--force", "--filter", f"label={label}")
        if not docker("ps", *marked) + docker("images", *marked):
            return
        time.sleep(0.5)
    raise BenchmarkError(f"Not all containers and images with the label {label} could be removed.")
