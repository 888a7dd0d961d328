"""Where a YAML file has comments: in nothing that is read of it, only between its tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from azext_ml_endpoint.document.finding import Finding, Place
from azext_ml_endpoint.document.text_file import Unreadable, read_text
from azext_ml_endpoint.document.yaml_reader import LOADER

_FOR_EDITORS = "# yaml-language-server:"


def lost(files: Iterable[str]) -> Iterator[Finding]:
    """For each file with comments, that what is made of it has none; at the first one.

    Pipes are left alone: they have been read, and give nothing twice.
    """
    for file in files:
        text = _text(Path(file))
        found = list(_comments(text))
        if found:
            count = "a comment is" if len(found) == 1 else f"{len(found)} comments are"
            message = f"{count} left out: the file that is written has none"
            yield Finding(severity="warning", message=message, place=_place(file, text, found[0]))


def _text(path: Path) -> str:
    try:
        return read_text(path) if path.is_file() else ""
    except Unreadable:
        return ""


def _comments(text: str) -> Iterator[int]:
    """Offsets of lines' ends that are comments, but for those that editors read."""
    for start, end in _gaps(text):
        offset = start
        for line in text[start:end].splitlines(keepends=True):
            at = line.find("#")
            if at >= 0 and not line[at:].startswith(_FOR_EDITORS):
                yield offset + at
            offset += len(line)


def _gaps(text: str) -> Iterator[tuple[int, int]]:
    """What stands between two tokens is white space and comments, and so is what ends ``|-``."""
    end = 0
    try:
        for token in yaml.scan(text, Loader=LOADER):
            start = token.start_mark.index
            yield end, start
            if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
                yield start, text.find("\n", start)
            end = max(end, token.end_mark.index)
    except yaml.YAMLError:
        return
    yield end, len(text)


def _place(file: str, text: str, offset: int) -> Place:
    before = text[:offset]
    return Place(file, before.count("\n") + 1, offset - before.rfind("\n"))
