"""What a command needs from the world around it: files, and answers of people."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from azext_ml_endpoint import disk, media_types
from azext_ml_endpoint.errors import (
    DocumentError,
    EndpointError,
    UsageError,
    raise_for_az,
)
from azext_ml_endpoint.handlers import outputs
from azext_ml_endpoint.handlers.outputs import Output
from azext_ml_endpoint.harmless import harmless
from azext_ml_endpoint.report import StderrReport

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.document.finding import Finding
    from azext_ml_endpoint.document.load import Loaded
    from azext_ml_endpoint.document.model import Endpoint, Environment, Model
    from azext_ml_endpoint.document.source import Flag
    from azext_ml_endpoint.scoring import Request


MOST_BYTES = 100 * 1024 * 1024
"""Of a request. Azure takes 10 MB at most, a local server whatever its memory holds."""


def report(cmd: AzCliCommand) -> StderrReport:
    return StderrReport(quiet=bool(cmd.cli_ctx.only_show_errors))


def load(
    cmd: AzCliCommand,
    file: Sequence[str],
    *,
    name: str | None,
    settings: Sequence[str] | None,
    traffic: Mapping[str, int] | None = None,
    output: Output | None = None,
    needs_endpoint: bool = True,
) -> Loaded[Endpoint]:
    """The document; its warnings are shown.

    file: one, or those that make an endpoint together. traffic: in place of the files'.
    output: a file that the command is going to write. Raises UsageError where there is none to
    be written. needs_endpoint: as in :func:`.document.load.load`.
    """
    from azext_ml_endpoint.document.load import load as load_files

    loaded = load_files(
        file,
        variables=os.environ,
        settings=settings or (),
        name=name,
        traffic=traffic,
        needs_endpoint=needs_endpoint,
    )
    if output:
        own = (*(Path(each).expanduser() for each in file), *loaded.files)
        own += tuple(Path(each.name) for each in loaded.documents)
        output.require_room([*own, *outputs.paths(loaded.described)])
    warn(cmd, loaded.findings)
    return loaded


def check(
    cmd: AzCliCommand,
    file: Sequence[str],
    *,
    name: str | None,
    settings: list[str] | None,
    traffic: Mapping[str, int] | None = None,
) -> None:
    """The files of an endpoint or of deployments. Raises DocumentError."""
    from azext_ml_endpoint.document import load

    findings = load.check(
        file, variables=os.environ, settings=settings or (), name=name, traffic=traffic
    )
    warn(cmd, findings)
    if any(finding.severity == "error" for finding in findings):
        raise DocumentError(findings)


Flags = Mapping[str, tuple[str, str | None]]
"""Option -> the place in a document where its text belongs, such as ``build.path``."""


def read_model(
    cmd: AzCliCommand, file: str | None, settings: list[str] | None, flags: Flags
) -> Model:
    """The model of a file, of options, or of both. Raises DocumentError."""
    from azext_ml_endpoint.document.load import load_model

    loaded = load_model(file, variables=os.environ, settings=settings or (), flags=_given(flags))
    warn(cmd, loaded.findings)
    return loaded.require()


def read_environment(
    cmd: AzCliCommand, file: str | None, settings: list[str] | None, flags: Flags
) -> Environment:
    """As :func:`read_model`."""
    from azext_ml_endpoint.document.load import load_environment

    loaded = load_environment(
        file, variables=os.environ, settings=settings or (), flags=_given(flags)
    )
    warn(cmd, loaded.findings)
    return loaded.require()


def request(
    file: str | None,
    data: str | None,
    content_type: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Request:
    """The body from a file, from the command line, or from stdin (``-``).

    content_type: None for what the file's name says, else JSON.
    Raises FileAccessError, also for more than MOST_BYTES; UsageError where there is no stdin.
    """
    from azext_ml_endpoint.scoring import Request

    if file:
        body = _read_file(file)
    elif data == "-":
        body = _read_stdin()
    else:
        body = (data or "").encode()
    kind = content_type or (media_types.of_file(file) if file else None) or media_types.JSON
    return Request(body=body, content_type=kind, headers=headers or {})


def agreed(question: str) -> bool:
    """Asks on stderr: stdout is for the result. Raises UsageError where nobody can be asked."""
    from knack.prompting import NoTTYException, prompt_y_n

    try:
        if sys.stdin is None:
            raise NoTTYException
        with contextlib.redirect_stdout(sys.stderr):
            return bool(prompt_y_n(harmless(question)))
    except (NoTTYException, EOFError) as error:
        raise UsageError(
            f"{question} Nobody can be asked here, and nothing was changed.",
            "Use --yes to agree to it.",
        ) from error


def end_with(cmd: AzCliCommand, ending: EndpointError | SystemExit) -> None:
    """az prints the result first, and then ends with the error, or with the exit code alone."""
    from knack.events import EVENT_CLI_SUCCESSFUL_EXECUTE

    def end(_: object, **__: object) -> None:
        if isinstance(ending, SystemExit):
            raise ending
        raise_for_az(ending)

    cmd.cli_ctx.register_event(EVENT_CLI_SUCCESSFUL_EXECUTE, end)


def _given(flags: Flags) -> list[Flag]:
    from azext_ml_endpoint.document.source import Flag

    return [
        Flag(option, tuple(place.split(".")), text)
        for option, (place, text) in flags.items()
        if text is not None
    ]


def warn(cmd: AzCliCommand, findings: Iterable[Finding]) -> None:
    for finding in findings:
        if finding.severity == "warning":
            report(cmd).warning(str(finding))


def _read_file(file: str) -> bytes:
    return disk.read(Path(file).expanduser(), MOST_BYTES, "Check --request-file.")


def _read_stdin() -> bytes:
    if sys.stdin is None:
        raise UsageError("--data - reads from stdin, which is closed.", "Give --request-file FILE.")
    try:
        return disk.limited(sys.stdin.buffer, MOST_BYTES, "stdin")
    except OSError as error:
        raise disk.failure(error, Path("stdin")) from error
