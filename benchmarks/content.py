"""Hashing and uploading the content of models, by each tool's own functions."""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path
from shutil import rmtree
from uuid import uuid4

from azure.storage.blob import ContainerClient

from benchmarks.azure import Tools, playground, say
from benchmarks.process import BenchmarkError
from benchmarks.results import Row, Target
from benchmarks.tools import AZ, SDK
from tests.simulator.playground import Playground

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


def hash_rows(tools: Tools, folder: Path, runs: int, size: int) -> list[Row]:
    """The file is in memory: it was written right before."""
    file = written(folder / "big.bin", size)
    seen: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    digests = set()
    for number in range(runs):
        for name, inside in tools.inside.items():
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


def upload_rows(tools: Tools, folder: Path, runs: int, part: int) -> list[Row]:
    few, many = 256 * MIB // part, 5000 // part
    return [
        upload_row(tools, folder, runs, "4 × 256 MiB", (4, few), 0.8),
        upload_row(tools, folder, runs, "5 000 × 4 KiB", (many, 4 * KIB), 0.6),
    ]


def upload_row(
    tools: Tools, folder: Path, runs: int, title: str, files: tuple[int, int], limit: float
) -> Row:
    """files: how many, and their bytes. Each upload goes into a container of its own."""
    count, size = files
    model = folder / "model"
    model.mkdir()
    for number in range(count):
        written(model / f"{number:05}.bin", size)
    seen: defaultdict[str, list[float]] = defaultdict(list)
    with playground(direct=True) as azure:
        account = f"https://{azure.world.blob_host(azure.storage.account)}"
        for number in range(runs):
            for name, inside in tools.within(azure).inside.items():
                container = f"bench-{uuid4()}"
                azure.storage.create_container(container)
                with_token = inside.having({"SAS": token(azure, container)})
                seconds = with_token.told("upload", model, account, container)["seconds"]
                prove(opened(azure, container), model)
                say(f"{number}: {name}: upload of {title}: {seconds:.2f} s")
                seen[name].append(seconds)
    rmtree(model)
    return Row(f"upload of {title}", SDK, seen[AZ], seen[SDK], Target("ratio", limit))


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
