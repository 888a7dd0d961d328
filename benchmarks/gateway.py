"""What the gateway of a local endpoint costs: `python -m benchmarks.gateway`.

The inference server is asked at its own port and through the gateway, in turns: by one client, for
the time that a request takes, and by eight, each of which asks again once it is answered. The
server has the sample's model, or a `run` that answers at once, next to which nothing is cheap.
Where there is an nginx (`apt-get install nginx-light`), it passes the same requests on, as a peer.
The deployments run as processes, which needs no Docker, or in containers (`--runtime docker`), or
first these and then those (`--runtime process docker`).
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit
from uuid import uuid4

import psutil

from benchmarks import machine, page, tools
from benchmarks.process import BenchmarkError
from benchmarks.results import Row, Target
from benchmarks.sample import BASE_IMAGE, REQUEST, SCRIPT, Sample
from benchmarks.tools import AZ_COMMANDS, Tool

MODULE = "benchmarks.gateway"
ALONE, GATEWAY, NGINX = "the server alone", "gateway", "nginx"
ALONE_REQUESTS, CLIENTS, REQUESTS_EACH = 300, 8, 150
ECHO = """
def init():
    pass


def run(raw_data):
    return {"edit": 0, "length": len(raw_data)}
"""
HEAD = (
    "POST /score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "Content-Length: {length}\r\n\r\n"
)
LENGTH = re.compile(rb"(?i)\ncontent-length: (\d+)")
READ = 65536
PLACES = {"process": "", "docker": ", in a container"}
"""By runtime, how titles go on."""
CORE = "processor time"
NGINX_CONFIGURATION = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{behind};
            proxy_buffering off;
            proxy_request_buffering off;
        }}
    }}
}}
"""

Seen = Mapping[tuple[str, str], list[float]]
"""By what was measured and who was asked; one figure per run."""


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = page.parser(MODULE, __doc__, runs=5)
    told = "where the deployments run (default: process)"
    parser.add_argument("--runtime", nargs="+", choices=PLACES, default=["process"], help=told)
    return parser.parse_args(argv)


def measured(options: argparse.Namespace) -> page.Measured:
    """The facts and the rows of the page."""
    facts = {**machine.facts(), "this extension": machine.az_versions(options.az.absolute())}
    rows: list[Row] = []
    for runtime in options.runtime:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
            rows += of_runtime(runtime, options, Path(name))
    return facts, rows


def of_runtime(runtime: str, options: argparse.Namespace, folder: Path) -> list[Row]:
    sample = Sample.copy(folder / "az", BASE_IMAGE)
    az = tools.az(options.az.absolute(), f"bench-{uuid4().hex[:8]}", sample, folder / "config")
    create = f"{AZ_COMMANDS['create']} --runtime {runtime}"
    az = replace(az, commands={**AZ_COMMANDS, "create": create})
    az.run("create")
    try:
        title = f"the sample{PLACES[runtime]}"
        rows = of_server(az, options.runs, title, limits=True)
        (sample.folder / SCRIPT).write_text(ECHO, encoding="utf-8")
        az.run("update")
        title = f"`run` that answers at once{PLACES[runtime]}"
        return rows + of_server(az, options.runs, title, limits=False)
    finally:
        az.run("delete")


def of_server(az: Tool, runs: int, title: str, *, limits: bool) -> list[Row]:
    """The rows of the endpoint's one deployment. limits: whether something is demanded."""
    shown = json.loads(az.run("show"))
    (deployment,) = shown["deployments"]
    body = (az.sample.folder / REQUEST).read_bytes()
    with ExitStack() as stack:
        asked = {ALONE: int(deployment["port"]), GATEWAY: port_of(shown["scoring_uri"])}
        if asked[ALONE] == asked[GATEWAY]:
            raise BenchmarkError("The endpoint has no gateway.")
        if shutil.which("nginx"):
            asked[NGINX] = stack.enter_context(nginx(az.sample.folder / "nginx", asked[ALONE]))
        seen = rounds(asked, body, runs, title, gateway(az))
    return [*rows(title, seen, limits=limits), *([memory(az)] if limits else [])]


def rounds(
    asked: Mapping[str, int], body: bytes, runs: int, title: str, own: Sequence[psutil.Process]
) -> Seen:
    """They take turns; the first round is a warm-up. own: the processes of the gateway."""
    seen: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for number in range(runs + 1):
        for name, port in asked.items():
            one, before = latency(port, body), busy(own)
            many, core = throughput(port, body), busy(own) - before
            told = f"{one * 1e3:.2f} ms, {1 / many:.0f} requests a second"
            print(f"{number}: {title}: {name}: {told}", file=sys.stderr)
            if number:
                seen["one", name].append(one * 1e3)
                seen["many", name].append(many * 1e3)
                seen[CORE, name].append(core * 1e3 / (CLIENTS * REQUESTS_EACH))
    return seen


def rows(title: str, seen: Seen, *, limits: bool) -> Iterator[Row]:
    """80 % of the throughput is 1.25 times the time that each request takes of it."""
    one, many = (
        Target("difference", 2 if limits else None),
        Target("ratio", 1.25 if limits else None),
    )
    what = f"a request, one client, median; {title}"
    yield Row(what, ALONE, seen["one", GATEWAY], seen["one", ALONE], one, "ms")
    what = f"time per request, {CLIENTS} clients; {title}"
    yield Row(what, ALONE, seen["many", GATEWAY], seen["many", ALONE], many, "ms")
    if theirs := seen.get(("many", NGINX)):
        yield Row("… the same", NGINX, seen["many", GATEWAY], theirs, Target("ratio"), "ms")
    what = "… of a core for it, in the gateway"
    yield Row(what, "–", seen[CORE, GATEWAY], [], Target("itself"), "ms")


def memory(az: Tool) -> Row:
    """After the load; shared pages count for a share."""
    found = sum(each.memory_full_info().pss for each in gateway(az)) / 1e6
    return Row("memory of the gateway", "–", [found], [], Target("itself", 50), "MB")


def busy(processes: Sequence[psutil.Process]) -> float:
    """Seconds that they have had a core so far."""
    return float(sum(sum(each.cpu_times()[:2]) for each in processes))


def gateway(az: Tool) -> list[psutil.Process]:
    """Its process and its supervisor."""
    own = [each for each in psutil.process_iter(["cmdline"]) if _is_gateway(each, az)]
    if not own:
        raise BenchmarkError("No gateway runs.")
    return own


def _is_gateway(process: psutil.Process, az: Tool) -> bool:
    return any(
        each.startswith(f"{az.environ['AZURE_CONFIG_DIR']}/ml-endpoint/gateways/")
        for each in process.info["cmdline"] or ()
    )


def latency(port: int, body: bytes) -> float:
    """Seconds, the median."""
    return median(asking(port, body, ALONE_REQUESTS))


def throughput(port: int, body: bytes) -> float:
    """Seconds in which one request is answered, on the average."""
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            asking(port, body, REQUESTS_EACH)
        except BaseException as error:  # told below
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    began = time.perf_counter()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if failures:
        raise BenchmarkError(f"A request failed: {failures[0]}")
    return (time.perf_counter() - began) / (CLIENTS * REQUESTS_EACH)


def asking(port: int, body: bytes, count: int) -> list[float]:
    """Seconds of each request. The connection is kept as long as the other side keeps it.

    Its bytes are written once: on few cores, what asks takes from those who answer.
    """
    request = HEAD.format(length=len(body)).encode() + body
    taken = []
    connection: socket.socket | None = None
    for _ in range(count):
        began = time.perf_counter()
        connection = connection or socket.create_connection(("127.0.0.1", port), 60)
        connection.sendall(request)
        if not answered(connection):
            connection.close()
            connection = None
        taken.append(time.perf_counter() - began)
    return taken


def answered(connection: socket.socket) -> bool:
    """Reads one answer; whether there may be more. BenchmarkError where it is no good one."""
    got = connection.recv(READ)
    while b"\r\n\r\n" not in got and (more := connection.recv(READ)):
        got += more
    head, _, body = got.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        raise BenchmarkError(f"A request failed: {got[:200]!r}")
    length = int(LENGTH.search(head)[1])  # type: ignore[index]
    while len(body) < length and (more := connection.recv(READ)):
        body += more
    return b"connection: close" not in head.lower()


@contextmanager
def nginx(folder: Path, behind: int) -> Iterator[int]:
    """The port of one that passes on to the port ``behind``."""
    folder.mkdir(exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    file = folder / "nginx.conf"
    text = NGINX_CONFIGURATION.format(folder=folder, port=port, behind=behind)
    file.write_text(text, encoding="utf-8")
    with subprocess.Popen(["nginx", "-c", str(file), "-p", str(folder)]) as process:
        try:
            while process.poll() is None and not listens(port):
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def port_of(uri: str) -> int:
    return int(urlsplit(uri).port or 0)


if __name__ == "__main__":
    sys.exit(page.printed(MODULE, sys.argv[1:], arguments(sys.argv[1:]), measured))
