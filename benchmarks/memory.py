"""What az occupies while it uploads a file that is bigger than its memory may be."""

from __future__ import annotations

from benchmarks.azure import Bench, playground
from benchmarks.content import GIB, opened
from benchmarks.process import BenchmarkError
from benchmarks.results import Row, Target


def rows(bench: Bench) -> list[Row]:
    """The file is full of zeros, of which the disk keeps none; all of them are sent."""
    size = 4 * GIB // bench.part
    file = bench.folder / "zeros.bin"
    with file.open("wb") as stream:
        stream.truncate(size)
    with playground(direct=True) as azure:
        az = bench.tools.within(azure).az
        least = az.peak_memory("version")
        create = ("ml", "model", "create", "--name", "zeros", "--version", "1", "--path", file)
        peak = az.peak_memory(*create)
        with opened(azure, azure.simulator.world.container) as place:
            there = [each.size for each in place.list_blobs()]
    file.unlink()
    if there != [size]:
        raise BenchmarkError(f"{size} bytes were to be uploaded, not {there}.")
    title = f"memory while it uploads {size / GIB:g} GiB, at most"
    return [Row(title, "`az version`", [peak], [least], Target("difference", 150), "MB")]
