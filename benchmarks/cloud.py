"""Compare this extension's work in Azure with the official SDK's: `python -m benchmarks.cloud`.

Azure is simulated, on this machine (tests/simulator, with Azurite for the blobs). The tools take
turns. Needs scripts/test and scripts/azurite to have run, and 12 GiB in the folder for temporary
files. Takes about ten minutes with --runs 3.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import azure, content, deploying, lag, machine, memory, page
from benchmarks.azure import Bench
from benchmarks.results import Row
from benchmarks.tools import SDK

MODULE = "benchmarks.cloud"

MEASUREMENTS: dict[str, Callable[[Bench], list[Row]]] = {
    "deployment": deploying.rows,
    "three": deploying.rows_of_three,
    "lag": lag.rows,
    "hash": content.hash_rows,
    "upload": content.upload_rows,
    "memory": memory.rows,
}


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = page.parser(MODULE, __doc__, runs=3)
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS, help="measure this alone")
    parser.add_argument(
        "--part", type=int, default=1, metavar="N", help="a Nth of the bytes, to try it out"
    )
    return parser.parse_args(argv)


def measured(options: argparse.Namespace) -> tuple[dict[str, str], list[Row]]:
    """The facts and the rows of the page."""
    facts = {**machine.facts(), "Azurite": machine.azurite()}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        tools = azure.found(options.az.absolute(), options.sdk_venv.absolute(), folder)
        facts["official SDK"] = machine.sdk_versions(Path(tools.inside[SDK].command[0]))
        facts["this extension"] = machine.az_versions(Path(tools.az.command[0]))
        bench = Bench(tools, folder, options.runs, options.part)
        rows = [row for name in options.only or MEASUREMENTS for row in MEASUREMENTS[name](bench)]
    return facts, rows


if __name__ == "__main__":
    sys.exit(page.printed(MODULE, sys.argv[1:], arguments(sys.argv[1:]), measured))
