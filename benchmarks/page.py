"""What every benchmark's command has in common: its options, and the page that it prints."""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.process import BenchmarkError
from benchmarks.results import Row, markdown
from benchmarks.tools import ROOT

Measured = tuple[Mapping[str, str], list[Row]]
"""Facts that a reader must know, and the rows."""


def parser(module: str, description: str | None, *, runs: int) -> argparse.ArgumentParser:
    """runs: how often everything is timed where nobody says it."""
    made = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    made.add_argument("--runs", type=int, default=runs, help=f"timed rounds (default: {runs})")
    made.add_argument("--az", type=Path, default=ROOT / ".venv/bin/az", help="az to measure")
    made.add_argument("--sdk-venv", type=Path, default=ROOT / ".venv-sdk", help="the SDK's venv")
    made.add_argument("--json", type=Path, metavar="FILE", help="write every figure there too")
    made.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    return made


def printed(
    module: str,
    argv: Sequence[str],
    options: argparse.Namespace,
    measured: Callable[[argparse.Namespace], Measured],
) -> int:
    """Print the page; 0, or 1 when the benchmark failed or, with --check, a target was missed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # cleans up, too
    try:
        facts, rows = measured(options)
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    facts = {"command": shlex.join(["python", "-m", module, *argv]), **facts}
    print(markdown(rows), "", *(f"- {name}: {fact}" for name, fact in facts.items()), sep="\n")
    if options.json:
        page = {"facts": facts, "rows": [row.as_json() for row in rows]}
        options.json.write_text(json.dumps(page, indent=2) + "\n", encoding="utf-8")
    return int(options.check and not all(row.met for row in rows))
