"""Catalogues of bad documents: each case is a change of a sound document, and what is told of it.

# what is wrong
  a line before, where the change alone would not say where it is
- a line of project.ENDPOINT
+ the line instead
@@
+ another change
> endpoint.yml:1:1: the finding as a person reads it
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "findings"


def cases(name: str) -> list[Any]:
    """Parameters: the lines of the change, the findings."""
    return [_case(block) for block in (FOLDER / f"{name}.txt").read_text("utf-8").split("\n\n")]


def _case(block: str) -> Any:
    title, *lines = block.splitlines()
    change = [line for line in lines if not line.startswith("> ")]
    findings = [line[2:] for line in lines if line.startswith("> ")]
    return pytest.param(change, findings, id=title.removeprefix("# "))


def changed(text: str, change: list[str]) -> str:
    for hunk in "\n".join(change).split("\n@@\n") if change else []:
        old = _lines(hunk, " -")
        assert text.count(old) == 1, f"stands {text.count(old)} times in the text:\n{old}"
        text = text.replace(old, _lines(hunk, " +"))
    return text


def _lines(hunk: str, marks: str) -> str:
    return "".join(f"{line[2:]}\n" for line in hunk.splitlines() if line[0] in marks)
