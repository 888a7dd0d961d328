"""One thing wrong with a document, with the place to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, order=True)
class Place:
    """Where a value was written. ``line`` and ``column`` count from 1.

    ``file`` is the path as the user typed or wrote it; a value that did not come from a file has
    the option that gave it (``--set``, ``--name``) in ``file``, and 0 for line and column.
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, kw_only=True)
class Finding:
    """``path`` is the value's path in the document, such as ``deployments[0].model.local_path``.

    ``message`` begins small and has no full stop. ``hint`` is a sentence with the next step, or
    None where the message says it all.
    """

    severity: Literal["error", "warning"]
    message: str
    place: Place
    path: str = ""
    hint: str | None = None

    def __str__(self) -> str:
        path = f" ({self.path})" if self.path else ""
        stop = "" if self.message.endswith((".", "?", "!")) else "."
        hint = f"{stop} {self.hint}" if self.hint else ""
        return f"{self.place}: {self.message}{hint}{path}"
