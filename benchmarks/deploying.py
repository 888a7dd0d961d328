"""Whole deployments: their requests, and how long they take."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks import traffic
from benchmarks.azure import LATENCY, Bench, Tools, playground, say
from benchmarks.process import BenchmarkError
from benchmarks.results import Row, Target
from benchmarks.sample import BASE_IMAGE, Sample
from benchmarks.tools import AZ, SDK
from tests.simulator.message import Reply, Request
from tests.simulator.operations import Durations
from tests.simulator.playground import Playground

ENDPOINT = "bench"
OPERATION = 2.0
THREE = ("blue", "green", "yellow")
API = "api-version=2025-12-01"

Deploy = Callable[[Path], float]
"""Brings about the endpoint document of that file; seconds of the whole process."""


@dataclass(frozen=True)
class Deployed:
    """What one process did and how long it took, in seconds."""

    seconds: float
    requests: int
    writes: int
    at_once: int


def rows(bench: Bench) -> list[Row]:
    """One deployment by each tool, then the same once more: nothing is left to be done."""
    file = document(bench.folder / "deploying", ["blue"])
    seen: defaultdict[tuple[str, str], list[Deployed]] = defaultdict(list)
    with playground() as azure:
        deploying = deployers(bench.tools.within(azure))
        for number in range(bench.runs + 1):
            for name, deploy in deploying.items():
                start_anew(azure)
                for step in ("new", "again"):
                    done = observed(azure, deploy, file)
                    prove(azure, file, "blue")
                    say(f"{number}: {name}: {step}: {done}")
                    seen[step, name] += [done] if number else []
    return [row(*each, seen) for each in ROWS]


ROWS = (
    ("requests of a new deployment", "new", "requests", Target("itself", 15)),
    ("… of them under way at once, at most", "new", "at_once", Target("difference")),
    ("wall time of it, 50 ms per request", "new", "seconds", Target("ratio", 0.4)),
    ("requests of `update -f`, nothing changed", "again", "requests", Target("itself", 6)),
    ("… of them writes", "again", "writes", Target("itself", 0)),
    ("wall time of it, 50 ms per request", "again", "seconds", Target("ratio")),
)


def row(
    title: str,
    step: str,
    what: str,
    target: Target,
    seen: Mapping[tuple[str, str], list[Deployed]],
) -> Row:
    ours, theirs = ([float(getattr(each, what)) for each in seen[step, name]] for name in (AZ, SDK))
    return Row(title, SDK, ours, theirs, target, "s" if what == "seconds" else "")


def rows_of_three(bench: Bench) -> list[Row]:
    """Three deployments in a file against one, by az; what they have in common is new."""
    files = {
        count: document(bench.folder / f"deploying-{count}", THREE[:count]) for count in (3, 1)
    }
    seen: defaultdict[int, list[float]] = defaultdict(list)
    with playground() as azure:
        deploy = deployers(bench.tools.within(azure))[AZ]
        for number in range(bench.runs):
            for count, file in files.items():
                start_anew(azure)
                azure.simulator.backend.durations = Durations(deployment=OPERATION)
                seconds = deploy(file)
                prove(azure, file, *THREE[:count])
                say(f"{number}: {AZ}: {count} deployments: {seconds:.2f} s")
                seen[count].append(seconds)
    title = f"three deployments that take Azure {OPERATION:g} s each"
    return [Row(title, "one deployment", seen[3], seen[1], Target("ratio", 1.5))]


def document(folder: Path, names: list[str] | tuple[str, ...]) -> Path:
    """The sample's endpoint with deployments of these names; model and environment have none."""
    sample = Sample.copy(folder, BASE_IMAGE)
    wanted = yaml.safe_load(sample.document.read_text(encoding="utf-8"))
    (deployment,) = wanted["deployments"]
    for asset in (deployment["model"], deployment["environment"]):
        del asset["name"], asset["version"]
    del wanted["traffic"]
    wanted |= {"name": ENDPOINT, "deployments": [{**deployment, "name": name} for name in names]}
    file = sample.document.with_name("inline.yml")
    file.write_text(json.dumps(wanted), encoding="utf-8")
    return file


def deployers(tools: Tools) -> dict[str, Deploy]:
    """By the tool's name."""
    az, sdk = tools.az, tools.inside[SDK]
    return {
        AZ: lambda file: az.seconds("ml", "endpoint", "update", "-n", ENDPOINT, "-f", file),
        SDK: lambda file: sdk.seconds("deploy", ENDPOINT, file),
    }


def start_anew(azure: Playground) -> None:
    """An empty workspace with nothing but an endpoint."""
    azure.renew()
    azure.proxy.latency = LATENCY
    body = {
        "location": azure.world.location,
        "identity": {"type": "SystemAssigned"},
        "properties": {"authMode": "Key", "publicNetworkAccess": "Enabled"},
    }
    ask(azure, "PUT", f"onlineEndpoints/{ENDPOINT}", body)


def observed(azure: Playground, deploy: Deploy, file: Path) -> Deployed:
    azure.simulator.journal.clear()
    azure.blobs.journal.clear()
    seconds = deploy(file)
    requests = traffic.sent(azure)
    if refused := azure.simulator.journal.refused():
        raise BenchmarkError("\n".join(["Azure refused:", *map(str, refused)]))
    return Deployed(seconds, len(requests), traffic.writes(requests), traffic.at_once(requests))


def prove(azure: Playground, file: Path, *names: str) -> None:
    """BenchmarkError unless every deployment answers the sample's request."""
    resource = f"onlineEndpoints/{ENDPOINT}"
    uri = ask(azure, "GET", resource).json()["properties"]["scoringUri"]
    key = ask(azure, "POST", f"{resource}/listKeys").json()["primaryKey"]
    request = (file.parents[2] / "model-1" / "sample-request.json").read_bytes()
    for name in names:
        headers = {"authorization": f"Bearer {key}", "azureml-model-deployment": name}
        headers["content-type"] = "application/json"
        answered(azure.simulator.handle(Request("POST", uri, headers, request)))


def ask(azure: Playground, method: str, path: str, body: Any = None) -> Reply:
    """Straight to the simulator, about something in the workspace."""
    world = azure.world
    token = azure.simulator.tokens.issue(f"https://{world.management}")
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    url = f"https://{world.management}{world.workspace_id}/{path}?{API}"
    content = b"" if body is None else json.dumps(body).encode()
    return answered(azure.simulator.handle(Request(method, url, headers, content)))


def answered(reply: Reply) -> Reply:
    if reply.status >= 300:
        raise BenchmarkError(f"{reply.status}: {reply.body.decode(errors='replace')}")
    return reply
