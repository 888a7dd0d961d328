"""A watched endpoint in memory, whose files are saved when the test says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from azext_ml_endpoint.document.model import Code, Endpoint
from azext_ml_endpoint.errors import EndpointError, Superseded
from azext_ml_endpoint.plan.fit import Intent
from azext_ml_endpoint.watching import sources
from azext_ml_endpoint.watching.loop import Here, Standing, Watch
from azext_ml_endpoint.watching.sources import Sources
from tests.fakes.builders import code, deployment, endpoint
from tests.fakes.memory_saves import MemorySaves
from tests.fakes.recording_report import RecordingReport

SCORE = "def init():\n    pass\n\ndef run(data):\n    return {}\n"
Save = Callable[[], Path]


class Enough(BaseException):
    """Ctrl-C."""


@dataclass
class MemoryHere:
    """What is asked, in order. trouble: what the next swap raises. serves: a digest.

    disturbed: what the next looks find. meanwhile: what happens within the next swap.
    """

    asked: list[str] = field(default_factory=list)
    trouble: EndpointError | None = None
    served: Callable[[str], bool] = lambda _: False
    superseded: Callable[[], bool] = lambda: False
    meanwhile: Callable[[], object] = lambda: None
    serves: str | None = None
    disturbed: list[bool] = field(default_factory=list)

    def swap(self, asked: Endpoint, intent: Intent) -> None:
        self.asked.append(f"swap {digest(asked)[:4]}")
        self.meanwhile()
        if self.superseded():
            raise Superseded("blue: given up")
        trouble, self.trouble = self.trouble, None
        if trouble:
            raise trouble
        if digest(asked) != self.serves:
            self.served("blue")
        self.serves = digest(asked)

    def warm(self, asked: Endpoint, intent: Intent) -> None:
        self.asked.append("warm")

    def is_disturbed(self, name: str) -> bool:
        return name == "houses" and self.disturbed.pop(0)

    def cool(self, name: str) -> None:
        self.asked.append(f"cool {name}")


def digest(asked: Endpoint) -> str:
    (only,) = asked.deployments
    assert isinstance(only.code, Code)
    return only.code.digest


@dataclass
class World:
    """An endpoint of one deployment, below a folder. brought: how often its files were read.

    trouble: what becomes of them after the first time, unless the script says ``only_for``.
    """

    folder: Path
    here: MemoryHere = field(default_factory=MemoryHere)
    report: RecordingReport = field(default_factory=RecordingReport)
    saves: list[Save] = field(default_factory=list)
    extra: list[Path] = field(default_factory=list)
    brought: int = 0
    opened: list[Sources] = field(default_factory=list)
    trouble: EndpointError | None = None
    only_for: str = ""
    changed: bool = False
    quiet: bool = False
    pending: frozenset[Path] = frozenset()
    now: float = 0.0

    def bring(self) -> tuple[Standing, Here]:
        self.brought += 1
        there = (self.folder / "code/score.py").read_text()
        if self.trouble and self.brought > 1 and there != self.only_for:
            raise self.trouble
        own = code(path=self.folder / "code")
        wanted = endpoint(deployment("blue", code=own, scoring_script="score.py", model=None))
        watched = sources.of(wanted, [self.folder / "endpoint.yml", *self.extra])
        return Standing(wanted, Intent(create=False), watched, self.changed), self.here

    @contextmanager
    def open(self, watched: Sources, disturbed: Callable[[], bool]) -> Iterator[MemorySaves]:
        self.opened.append(watched)

        def saved() -> Iterator[frozenset[Path]]:
            while self.saves:
                yield frozenset({self.saves.pop(0)()})
            while self.here.disturbed:
                if disturbed():
                    yield frozenset()
            if self.quiet:
                yield frozenset()
            raise Enough

        yield MemorySaves(saved(), lambda: self.pending)

    def run(self) -> None:
        watch = Watch(self.bring, self.report, self.open, clock=lambda: self.now)
        self.here.served, self.here.superseded = watch.served, watch.superseded
        self.now = 4e9  # no file is newer
        with pytest.raises(Enough):
            watch.run()

    def save(self, name: str, text: str) -> None:
        def write() -> Path:
            (self.folder / name).write_text(text)
            self.now = (self.folder / name).stat().st_mtime + 0.25
            return self.folder / name

        self.saves.append(write)
