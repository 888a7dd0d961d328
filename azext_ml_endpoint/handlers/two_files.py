"""`az ml endpoint export --format two-files`: a folder with today's files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from azext_ml_endpoint import disk
from azext_ml_endpoint.errors import DocumentError, NotFoundError
from azext_ml_endpoint.handlers import outputs, session
from azext_ml_endpoint.handlers.outputs import Output

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.document.finding import Place as Origin
    from azext_ml_endpoint.document.model import Endpoint
    from azext_ml_endpoint.document.node import Node
    from azext_ml_endpoint.document.write import Written


def export(
    cmd: AzCliCommand,
    endpoint: Endpoint,
    source: Node | Origin,
    out: str,
    *,
    deployment: str | None = None,
    inputs: Iterable[str] = (),
    yes: bool = False,
) -> Endpoint:
    """What the files will be read as. They are judged before one of them is written.

    deployment: the one whose file is wanted alone. inputs: files that were read.
    """
    from azext_ml_endpoint.document import proof, write_todays

    folder = disk.absolute(Path(out).expanduser())
    files = write_todays.files(endpoint, folder)
    if wrong := proof.errors_in_files(files, folder, source):
        raise DocumentError(wrong)
    chosen = files if deployment is None else _of(files, endpoint, deployment)
    _require_room(folder, chosen, [*map(Path, inputs), *outputs.paths(endpoint)], yes=yes)
    for left_out in write_todays.unsaid(endpoint):
        session.report(cmd).warning(f"{left_out}: not in the files, whose format cannot say it.")
    _write(cmd, folder, chosen)
    _tell_of_others(cmd, folder, files)
    return proof.endpoint_of_files(files, folder)


def _of(files: Mapping[str, Written], endpoint: Endpoint, deployment: str) -> dict[str, Written]:
    from azext_ml_endpoint.document.write_todays import name

    known = [each.name for each in endpoint.deployments]
    if deployment not in known:
        raise NotFoundError(
            f"Endpoint {endpoint.name} has no deployment {deployment}.",
            f"It has {', '.join(known) or 'none'}.",
        )
    return {name(deployment): files[name(deployment)]}


def _require_room(folder: Path, files: Iterable[str], inputs: list[Path], *, yes: bool) -> None:
    for each in files:
        Output("--out", str(folder / each), _none_is, yes=yes).require_room(inputs)


def _none_is(_: bytes) -> bool:
    """Of an endpoint's file nobody knows whether somebody has edited it."""
    return False


def _write(cmd: AzCliCommand, folder: Path, files: Mapping[str, Written]) -> None:
    report = session.report(cmd)
    for file, written in files.items():
        Output("--out", str(folder / file), _none_is, yes=True).write(written.text, folder=True)
        report.step(f"{folder / file}: written")
    names = dict.fromkeys(name for written in files.values() for name in written.secrets)
    if names:
        report.step(
            "Secrets are not in the files. Whoever uses them sets, in the environment: "
            f"{', '.join(names)}. The extension ml takes ${{secret:…}} as it stands."
        )


def _tell_of_others(cmd: AzCliCommand, folder: Path, files: Iterable[str]) -> None:
    """What an earlier export has left would be read with them."""
    from azext_ml_endpoint.document.chosen import choose

    known, (found, _) = set(files), choose([str(folder)])
    others = [each.path.name for each in found if each.path.name not in known]
    if others:
        session.report(cmd).warning(
            f"{folder} has other files too: {', '.join(others)}. -f {folder} reads them with these."
        )
