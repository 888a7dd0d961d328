"""A Report that remembers what it was told."""

from __future__ import annotations


class RecordingReport:
    live = False

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.details: list[str] = []
        self.warnings: list[str] = []
        self.statuses: list[tuple[str, str | None]] = []

    def step(self, text: str) -> None:
        self.steps.append(text)

    def detail(self, line: str) -> None:
        self.details.append(line)

    def warning(self, text: str) -> None:
        self.warnings.append(text)

    def status(self, key: str, text: str | None) -> None:
        self.statuses.append((key, text))
