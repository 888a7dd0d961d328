"""Which files ``--file`` means: each by its name, all YAML of a folder, or all that fit a pattern.

endpoint.yml blue.yml        these two
cloud/                       cloud/*.yml and cloud/*.yaml, in the order of their names
'deployments/*.yml'          what a shell would have made of it
"""

from __future__ import annotations

import fnmatch
import glob
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from azext_ml_endpoint import disk
from azext_ml_endpoint.document.finding import Finding, Place

_ENDINGS = (".yml", ".yaml")
_MOST = 200
"""Files of one endpoint: a folder with more is none that somebody has made for it."""


@dataclass(frozen=True)
class Chosen:
    """``named``: by its own name, and not because a folder or a pattern has it."""

    file: str
    named: bool

    @property
    def path(self) -> Path:
        return Path(self.file)


@dataclass(frozen=True)
class Listing:
    """A folder in which new files are meant, too. pattern: of their names; None for any YAML."""

    folder: Path
    pattern: str | None = None

    def has(self, file: Path) -> bool:
        if file.parent != self.folder or file.name.startswith("."):
            return False
        if self.pattern is None:
            return file.suffix.lower() in _ENDINGS
        return fnmatch.fnmatchcase(file.name, self.pattern)


def listing(asked: str) -> Listing | None:
    """None for a file's own name, and for patterns of folders."""
    path = Path(asked)
    if _is_folder(path):
        return Listing(path.resolve())
    if glob.has_magic(path.name) and not glob.has_magic(str(path.parent)):
        return None if os.path.lexists(asked) else Listing(path.parent.resolve(), path.name)
    return None


def choose(asked: Sequence[str]) -> tuple[list[Chosen], list[Finding]]:
    """The files in the order of the options, each once, and what is wrong with the choice."""
    found: list[Chosen] = []
    findings: list[Finding] = []
    for each in asked:
        some, wrong = _one(each)
        found += some
        findings += wrong
    return found, [*findings, *_twice(found)]


def _one(asked: str) -> tuple[list[Chosen], list[Finding]]:
    path = Path(asked)
    if _is_folder(path):
        yaml = [each for each in _listed(path) if each.suffix.lower() in _ENDINGS]
        files = [str(each) for each in yaml if not _is_folder(each)]
        return _several(asked, files, "there is no *.yml or *.yaml file in this folder")
    if glob.has_magic(asked) and not os.path.lexists(asked):
        files = [each for each in _fitting(asked) if not _is_folder(Path(each))]
        return _several(asked, files, "no file has a name like this")
    return [Chosen(asked, named=True)], []


def _several(asked: str, files: list[str], none: str) -> tuple[list[Chosen], list[Finding]]:
    if not files:
        hint = "Give the files of an endpoint and of its deployments."
        return [], [_wrong(asked, none, hint)]
    if len(files) > _MOST:
        return [], [_wrong(asked, f"these are {len(files)} files", f"{_MOST} at most are read.")]
    return [Chosen(each, named=False) for each in files], []


def _twice(files: Iterable[Chosen]) -> list[Finding]:
    """By whatever name."""
    seen: dict[str, str] = {}
    findings = []
    for each in files:
        real = _real(each.path)
        if real in seen:
            other = "" if seen[real] == each.file else f", as {seen[real]}"
            findings.append(_wrong(each.file, f"this file is given twice{other}"))
        seen.setdefault(real, each.file)
    return findings


def _wrong(file: str, message: str, hint: str | None = None) -> Finding:
    return Finding(severity="error", message=message, place=Place(file), hint=hint)


def _real(path: Path) -> str:
    """The same where it can be no name."""
    absolute = disk.absolute(path)
    try:
        return os.path.realpath(absolute)
    except (OSError, ValueError):
        return str(absolute)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # it is judged when it is read
        return False


def _listed(folder: Path) -> list[Path]:
    """Hidden files are for other tools."""
    try:
        return sorted(each for each in folder.iterdir() if not each.name.startswith("."))
    except OSError:
        return []


def _fitting(pattern: str) -> list[str]:
    """Relative or absolute, as the pattern is."""
    try:
        return sorted(glob.glob(pattern))  # noqa: PTH207, Path's own takes no absolute pattern
    except (OSError, ValueError):
        return []
