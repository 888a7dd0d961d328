"""How long an operation of Azure has been over when a tool knows it."""

from __future__ import annotations

from statistics import quantiles
from typing import Any

from benchmarks.azure import Bench, Tools, say
from benchmarks.results import Row, Target
from benchmarks.tools import AZ, SDK


def rows(bench: Bench) -> list[Row]:
    """Of many operations, in a time that passes only while the tools wait."""
    return [row(bench.tools, kind) for kind in ("deployment", "endpoint")]


def row(tools: Tools, kind: str) -> Row:
    late = {name: latest(inside.told("lag", kind)) for name, inside in tools.inside.items()}
    say(f"lag, {kind}: {late}")
    title = f"lag behind the end of an {kind}'s operation, 95th percentile".replace("an d", "a d")
    return Row(title, SDK, [late[AZ]], [late[SDK]], Target("itself", 5))


def latest(told: dict[str, Any]) -> float:
    """The 95th percentile."""
    return float(quantiles(told["lags"], n=20)[-1])
