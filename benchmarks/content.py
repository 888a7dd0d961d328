"""Hashing and uploading the content of models, by each tool's own functions."""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from azure.storage.blob import ContainerClient

from benchmarks.azure import LATENCY, Bench, Tools, playground, say
from benchmarks.process import BenchmarkError
from benchmarks.results import Row, Target
from benchmarks.tools import AZ, SDK
from tests.simulator.playground import Playground

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


def hash_rows(bench: Bench) -> list[Row]:
    """The file is in memory: it was written right before."""
    size = 2 * GIB // bench.part
    file = written(bench.folder / "big.bin", size)
    seen: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    digests = set()
    for number in range(bench.runs):
        for name, inside in bench.tools.inside.items():
            told = inside.told("hash", file)
            passes = round(told["read"] / size)
            say(f"{number}: {name}: {told['seconds']:.2f} s, {passes} × {size / GIB:g} GiB read")
            digests.add(told["digest"])
            for what in ("seconds", "once"):
                seen[what, name].append(told[what])
    file.unlink()
    if len(digests) != 1:
        raise BenchmarkError(f"The tools have different hashes: {digests}")
    what = f"hashing {size / GIB:g} GiB"
    return [
        Row(
            f"{what}, a model without a name",
            SDK,
            seen["seconds", AZ],
            seen["seconds", SDK],
            Target("ratio", 0.5),
        ),
        Row("… one pass over it", SDK, seen["once", AZ], seen["once", SDK], Target("ratio")),
    ]


@dataclass(frozen=True)
class Model:
    """A folder of `count` files of `size` bytes, and seconds that each request waits on its way."""

    count: int
    size: int
    latency: float = 0

    def __str__(self) -> str:
        size = f"{self.size // MIB} MiB" if self.size >= MIB else f"{self.size // KIB} KiB"
        wait = f", {self.latency * 1000:.0f} ms per request" if self.latency else ""
        return f"{self.count:,}".replace(",", " ") + f" × {size}{wait}"


def upload_rows(bench: Bench) -> list[Row]:
    models = {
        Model(4, 256 * MIB // bench.part): 0.8,
        Model(5000 // bench.part, 4 * KIB): 0.6,
        Model(1000 // bench.part, 4 * KIB, LATENCY): None,
    }
    return [upload_row(bench, *each) for each in models.items()]


def upload_row(bench: Bench, model: Model, limit: float | None) -> Row:
    """Each upload meets an Azurite of its own, which grows slow with what it holds."""
    seen: defaultdict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(dir=bench.folder) as name:
        for number in range(model.count):
            written(Path(name, f"{number:05}.bin"), model.size)
        for number in range(bench.runs):
            for tool in bench.tools.inside:
                seconds = upload(bench.tools, tool, Path(name), model.latency)
                say(f"{number}: {tool}: upload of {model}: {seconds:.2f} s")
                seen[tool].append(seconds)
    return Row(f"upload of {model}", SDK, seen[AZ], seen[SDK], Target("ratio", limit))


def upload(tools: Tools, tool: str, model: Path, latency: float) -> float:
    """Seconds of an upload that has been seen to be complete."""
    with playground(direct=not latency) as azure:
        azure.proxy.latency = latency
        container = azure.simulator.world.container
        azure.storage.create_container(container)
        inside = tools.within(azure).inside[tool].having({"SAS": token(azure, container)})
        account = f"https://{azure.world.blob_host(azure.storage.account)}"
        told = inside.told("upload", model, account, container)
        azure.proxy.latency = 0
        prove(opened(azure, container), model)
    return told["seconds"]


def token(azure: Playground, container: str) -> str:
    """A SAS token, for an hour."""
    until = datetime.now(timezone.utc) + timedelta(hours=1)
    return azure.storage.sas(container, "racwl", until)


def opened(azure: Playground, container: str) -> ContainerClient:
    """The way that clients go, through the proxy."""
    host = azure.world.blob_host(azure.storage.account)
    return ContainerClient.from_container_url(
        f"https://{host}/{container}?{token(azure, container)}",
        connection_verify=str(azure.authority.bundle),
        proxies={"https": azure.proxy.url},
    )


def prove(place: ContainerClient, model: Path) -> None:
    """BenchmarkError unless all files are there, and the first says that the upload is complete."""
    with place:
        there = list(place.list_blobs(include=["metadata"]))
    sizes = {Path(each.name).name: each.size for each in there}
    if sizes != {each.name: each.stat().st_size for each in model.iterdir()}:
        raise BenchmarkError(f"Not what was to be uploaded: {len(sizes)} files")
    first = min(there, key=lambda each: str(each.name))
    if (first.metadata or {}).get("upload_status") != "completed":
        raise BenchmarkError(f"{first.name} does not say that the upload is complete.")


def written(file: Path, size: int) -> Path:
    """A file of random bytes, the same MiB again and again."""
    block = os.urandom(min(size, MIB))
    with file.open("wb") as stream:
        for _ in range(size // len(block)):
            stream.write(block)
    return file
