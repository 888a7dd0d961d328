"""Programs that install packages, of which nothing runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from azext_ml_endpoint.errors import Interrupted
from azext_ml_endpoint.local.process.foreign_command import ForeignCommands
from azext_ml_endpoint.local.process.server import SERVER


class Installing(ForeignCommands):
    """Installs a server, or what ``programs`` says. ``fails``: the word whose command fails."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[list[str]] = []
        self.programs: tuple[str, ...] = ("python", SERVER)
        self.fails = ""
        self.meanwhile: Callable[[], None] = lambda: None

    def run(
        self,
        command: Sequence[str],
        folder: Path,
        variables: Mapping[str, str],
        tell: Callable[[str], None],
        *,
        holding: Sequence[IO[Any]] = (),
    ) -> int:
        assert holding, "the lock"
        self.done.append(list(command))
        tell(f"doing {command[1]}")
        self.meanwhile()
        if self.cancelled.is_set():
            raise Interrupted("Interrupted.")
        if self.fails in command:
            return 1
        for name in self.programs:
            program = folder / "env" / "bin" / name
            program.parent.mkdir(parents=True, exist_ok=True)
            program.touch()
        return 0

    @property
    def programs_run(self) -> list[str]:
        return [command[0] for command in self.done]
