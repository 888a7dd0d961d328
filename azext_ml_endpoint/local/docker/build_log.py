"""What the daemon says while it pulls and builds, as lines for people and for a file."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from azext_ml_endpoint.harmless import shortened
from azext_ml_endpoint.report import Report

Event = Any
"""One JSON object of the stream that ``POST /build`` or ``POST /images/create`` answers."""

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NOISE = re.compile(
    r"\s*$| --->|Removing intermediate container|Successfully |Digest: |Step \S+ : LABEL "
    r"|\s*[━╸╺]+\s"  # pip's bars
    r"|sha256:|transferring |resolve |extracting |exporting |writing |naming "  # BuildKit's
    r"|DONE |CACHED|\[internal"
)
_MEGABYTE = 1_000_000
_EACH = 100 * _MEGABYTE


class BuildLog:
    """All lines go to the file, those that matter also to the report and, the last, to ``tail``."""

    def __init__(self, path: Path, report: Report, shown: int = 20) -> None:
        self.path = path
        self.tail: deque[str] = deque(maxlen=shown)
        self._report = report
        self._lines = Lines()

    def __enter__(self) -> BuildLog:
        # pylint: disable-next=attribute-defined-outside-init
        self._file = self.path.open("w", encoding="utf-8")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for line in self._lines.rest():
            self._write(line)
        self._file.close()

    def add(self, event: Event) -> None:
        for line in self._lines.of(event):
            self._write(line)

    def _write(self, line: str) -> None:
        self._file.write(line + "\n")
        if not _NOISE.match(line):
            self.tail.append(shortened(line))
            self._report.detail(line)


class Lines:
    """Cuts the events' text into lines, and says every 100 MB how far a download is."""

    def __init__(self) -> None:
        self._begun: list[str] = []
        self._layers: dict[str, tuple[int, int]] = {}
        self._said = 0

    def of(self, event: Event) -> Iterator[str]:
        if "stream" in event:
            first, *others = event["stream"].split("\n")
            self._begun.append(first)
            if others:
                yield from map(_final, ["".join(self._begun), *others[:-1]])
                self._begun = others[-1:]
        elif event.get("progressDetail"):
            yield from self._download(event)
        elif "status" in event and not event.get("id"):
            yield event["status"]

    def rest(self) -> Iterator[str]:
        if begun := "".join(self._begun):
            yield _final(begun)

    def _download(self, event: Event) -> Iterator[str]:
        if event["status"] != "Downloading":
            return
        detail = event["progressDetail"]
        self._layers[event["id"]] = (detail.get("current", 0), detail.get("total", 0))
        done, known = (sum(column) for column in zip(*self._layers.values(), strict=True))
        if done // _EACH > self._said:
            self._said = done // _EACH
            yield f"{done // _MEGABYTE} of {known // _MEGABYTE} MB downloaded"


def _final(line: str) -> str:
    """What a terminal shows in the end of a line that was written over and over."""
    states = [part for part in _ANSI.sub("", line).split("\r") if part.strip()]
    return states[-1].rstrip() if states else ""
