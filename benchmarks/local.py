"""Compare this extension's local endpoints with the official SDK's: `python -m benchmarks.local`.

Both tools get the same model, score.py, conda file and base image, and take turns. What is timed is
whole processes, from start to exit. After each step the endpoint is asked, outside the timing, for
an answer that only the latest score.py can give. The first build of the image is not counted.
Needs Debian or Ubuntu, Docker on the same machine, and the base image in it (scripts/base-image).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from benchmarks import gateway, machine, page, tools, watch
from benchmarks.registry import base_image, registry
from benchmarks.results import Row, Target
from benchmarks.sample import BASE_IMAGE, Sample
from benchmarks.tools import AZ, SDK, Tool

MODULE = "benchmarks.local"

Timings = Mapping[tuple[str, str], list[float]]


@dataclass(frozen=True)
class Step:
    """One timed operation of a round, on one of the round's edits of score.py, from 0."""

    title: str
    operation: str
    edit: int
    limit: float


ROUND = (
    Step("create after delete", "create", 0, 0.15),
    Step("update after a code edit", "update", 1, 0.12),
    Step("update after another edit", "update", 2, 0.06),
    Step("update, nothing changed", "update", 2, 0.05),
    Step("show", "show", 2, 0.30),
)
EDITS = 3
"""Of a round."""
HELP = Target("difference", 0.15)


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = page.parser(MODULE, __doc__, runs=5)
    parser.add_argument("--only", choices=["az", "sdk"], help="measure one tool, compare nothing")
    saves = "saves of a watched file, beside its peers; 0: none (default: %(default)s)"
    parser.add_argument("--saves", type=int, default=watch.SAVES, help=saves)
    watch.add_peers(parser)
    return parser.parse_args(argv)


@contextmanager
def prepared(options: argparse.Namespace) -> Iterator[dict[str, Tool]]:
    """The tools to measure, by name, with the image that they need; nothing of it stays behind."""
    run = uuid4().hex[:8]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-")))
        address = stack.enter_context(registry(folder / "registry"))
        image = stack.enter_context(base_image(BASE_IMAGE, address, run))
        chosen = {}
        if options.only != "az":
            python = tools.sdk_python(options.sdk_venv.absolute())
            sample = Sample.copy(folder / "sdk", image)
            chosen[SDK] = tools.sdk(python, f"bench-sdk-{run}", sample, folder / "home")
        if options.only != "sdk":
            az = options.az.absolute()
            sample = Sample.copy(folder / "az", image)
            chosen[AZ] = tools.az(az, f"bench-az-{run}", sample, folder / "config")
        yield chosen


def rounds(chosen: Sequence[Tool], runs: int) -> Timings:
    """Seconds by step and tool. The tools take turns at each step; the first round is a warm-up."""
    timings: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for number in range(runs + 1):
        for step in ROUND:
            for tool in chosen:
                seconds = timed(tool, step, EDITS * number + step.edit)
                print(f"{number}: {tool.name}: {step.title}: {seconds:.2f} s", file=sys.stderr)
                timings[step.title, tool.name] += [seconds] if number else []
        for tool in chosen:
            tool.run("delete")
    return timings


def timed(tool: Tool, step: Step, edit: int) -> float:
    """Seconds of one step that has been seen to do its work."""
    tool.sample.edit(edit)
    seconds = tool.seconds(step.operation)
    tool.prove(edit)
    return seconds


def compared(step: Step, timings: Timings) -> Row:
    """The row of one step."""
    ours, theirs = timings.get((step.title, AZ), []), timings.get((step.title, SDK), [])
    return Row(step.title, SDK, ours, theirs, Target("ratio", step.limit))


def help_row(az: Tool, runs: int) -> Row:
    """The group's help beside the least that az can do, taking turns; the first pair warms up."""
    pairs = [(az.seconds("help"), az.seconds("version")) for _ in range(runs + 1)][1:]
    ours, theirs = ([pair[side] for pair in pairs] for side in (0, 1))
    return Row("`az ml endpoint -h`", "`az version`", ours, theirs, HELP)


def measured(options: argparse.Namespace) -> tuple[dict[str, str], list[Row]]:
    """The facts and the rows of the page."""
    facts = {**machine.facts(), "Docker Engine": machine.engine()}
    with prepared(options) as chosen:
        if sdk := chosen.get(SDK):
            facts["official SDK"] = machine.sdk_versions(sdk.program)
        if az := chosen.get(AZ):
            facts["this extension"] = machine.az_versions(az.program)
        timings = rounds(list(chosen.values()), options.runs)
        own_rows = [help_row(az, options.runs), *gateway_rows(az, options.runs)] if az else []
    watched = [] if options.only or not options.saves else watch.rows(options, options.saves)
    return facts, [*(compared(step, timings) for step in ROUND), *own_rows, *watched]


def gateway_rows(az: Tool, runs: int) -> list[Row]:
    """After a failure the container goes with the image, by label."""
    az.run("create")
    rows = gateway.of_server(az, runs, "a container", limits=True)
    az.run("delete")
    return rows


if __name__ == "__main__":
    sys.exit(page.printed(MODULE, sys.argv[1:], arguments(sys.argv[1:]), measured))
