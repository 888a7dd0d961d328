"""Which Python on this machine an environment is made of."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_ASK = "import platform, sys; print(sys.executable, platform.python_version(), sep='\\n')"
_OLDEST = ">=3.10"
_MINORS = range(20, 7, -1)


@dataclass(frozen=True)
class Interpreter:
    path: str
    version: str

    def suits(self, wanted: Sequence[str]) -> bool:
        """``wanted``: alternatives as PEP 440 specifiers; none of them means any recent Python."""
        from packaging.specifiers import SpecifierSet

        return any(self.version in SpecifierSet(each) for each in wanted or (_OLDEST,))


def find(wanted: Sequence[str]) -> Interpreter | None:
    """The first on this machine that suits."""
    return next((each for each in _present() if each.suits(wanted)), None)


def own() -> Interpreter:
    """The one that az runs on."""
    return _ask(sys.executable) or Interpreter(sys.executable, sys.version.split()[0])


def _present() -> Iterator[Interpreter]:
    """az's own comes last, because an upgrade of az may replace it."""
    for name in ("python3", *(f"python3.{minor}" for minor in _MINORS), sys.executable):
        path = shutil.which(name)
        answer = _ask(path) if path else None
        if answer:
            yield answer


def _ask(path: str) -> Interpreter | None:
    """None for what only looks like an interpreter, as shims of absent versions do."""
    try:
        asked = subprocess.run(
            [path, "-I", "-c", _ASK], capture_output=True, text=True, check=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return None
    place, version = asked.stdout.split("\n")[:2]
    return Interpreter(place, version)
