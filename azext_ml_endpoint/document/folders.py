"""What is in the folders that a document names: all that will be read of them can be.

Both drivers read a folder as :mod:`azext_ml_endpoint.content.tree` does, ignore file and links
included. What it would refuse later is a finding here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from azext_ml_endpoint.content import blob_names, ignore, tree
from azext_ml_endpoint.content.tree import SourceFile
from azext_ml_endpoint.document.files import from_here
from azext_ml_endpoint.document.finding import Finding
from azext_ml_endpoint.document.spot import Spot, shown
from azext_ml_endpoint.errors import FileAccessError

_MOST = 20
"""Findings about one folder; a broken one may have thousands."""


def check(spot: Spot, folder: Path, named: tuple[Spot, Path] | None = None) -> Iterator[Finding]:
    """Findings at the spot that names a model, a code folder or a build context.

    named: what the document names in it besides; it must be part of the content too.
    """
    found, faults = tree.survey(folder, _MOST)
    for fault in faults:
        yield spot.finding(f"{spot.key} {shown(spot.node)}: {_short(fault)}", fault.recommendation)
    yield from _unnameable(spot, found.files if found else ())
    if found and found.files and named and len(faults) < _MOST:
        yield from _left_out(*named, folder, found)


def _unnameable(spot: Spot, files: Sequence[SourceFile]) -> Iterator[Finding]:
    """Azure would refuse them in the middle of a change."""
    refused = ((each, why) for each in files if (why := blob_names.why_not(each.relative)))
    for file, why in itertools.islice(refused, _MOST):
        where = blob_names.shown(from_here(file.path))
        yield spot.finding(f"{spot.key} {shown(spot.node)}: {where}: {why}", blob_names.RENAME)


def _left_out(spot: Spot, file: Path, folder: Path, found: tree.Tree) -> Iterator[Finding]:
    if not file.is_relative_to(folder):
        return
    relative = file.relative_to(folder).as_posix()
    if relative not in {each.relative for each in found.files}:
        ignoring = ignore.file_of(folder)
        yield spot.finding(
            f"{spot.key} {shown(spot.node)} is left out of the folder"
            + (f" by {from_here(ignoring)}" if ignoring else ""),
            f"Correct the patterns there; '!{relative}' at their end asks for it again."
            if ignoring
            else "Give it another place.",
        )


def is_mlflow(path: Path) -> bool:
    """Whether a model is an MLflow model, as far as can be told."""
    try:
        return tree.is_mlflow(path)
    except FileAccessError:  # told of by :func:`check`
        return False


def _short(fault: FileAccessError) -> str:
    """``src/lost: the link leads nowhere``."""
    file, colon, why = fault.message.partition(": ")
    return f"{from_here(Path(file))}: {why}" if colon else fault.message
