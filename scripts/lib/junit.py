"""Reads pytest's JUnit report: how many tests came to what, and which could not run, and why.

junit.py REPORT COUNTS NOT_RUN: appends to the two files. Python 3.10, standard library only.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree


def outcome(case: ElementTree.Element) -> str:
    for name, said in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
        found = case.find(name)
        if found is not None:
            return "expected to fail" if found.get("type") == "pytest.xfail" else said
    return "passed"


def main(report: Path, counts: Path, not_run: Path) -> None:
    cases = list(ElementTree.parse(report).iter("testcase"))
    outcomes = Counter(map(outcome, cases))
    skipped = [case for case in cases if outcome(case) == "skipped"]
    with counts.open("a") as file:
        told = [f"{number} {name}" for name, number in sorted(outcomes.items())]
        file.write(", ".join(told or ["no tests"]))
    with not_run.open("a") as file:
        for case in skipped:
            reason = case.find("skipped").get("message", "")
            file.write(f"{case.get('classname')}::{case.get('name')}: {' '.join(reason.split())}\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
