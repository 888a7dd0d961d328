"""What a command needs from the world around it: files and streams."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint import streams
from azext_ml_endpoint.errors import (
    DocumentError,
    EndpointError,
    FileAccessError,
    raise_for_az,
)
from azext_ml_endpoint.handlers import outputs
from azext_ml_endpoint.handlers.outputs import Output
from azext_ml_endpoint.report import Report, StderrReport
from azext_ml_endpoint.scoring import Answer, Request

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.document.finding import Finding
    from azext_ml_endpoint.document.model import Endpoint, Environment, Model
    from azext_ml_endpoint.document.source import Flag


def report(cmd: AzCliCommand) -> Report:
    return StderrReport(quiet=bool(cmd.cli_ctx.only_show_errors))


def read(
    cmd: AzCliCommand,
    file: str,
    *,
    name: str | None,
    settings: list[str] | None,
    output: Output | None = None,
) -> Endpoint:
    """The document, completed; its warnings are shown. Raises DocumentError.

    output: a file that the command is going to write. Raises UsageError where there is none to
    be written.
    """
    from azext_ml_endpoint.document.load import load

    loaded = load(file, variables=os.environ, settings=settings or (), name=name)
    if output:
        own = (Path(file).expanduser(), *loaded.files)
        output.require_room([*own, *outputs.paths(loaded.described)])
    warn(cmd, loaded.findings)
    return loaded.require()


def check(cmd: AzCliCommand, file: str, *, name: str | None, settings: list[str] | None) -> None:
    """The file of an endpoint or of a deployment. Raises DocumentError."""
    from azext_ml_endpoint.document import load

    findings = load.check(file, variables=os.environ, settings=settings or (), name=name)
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


def request(file: str | None, data: str | None, content_type: str) -> Request:
    """The body from a file, from the command line, or from stdin (``-``)."""
    if file:
        body = _read_file(file)
    elif data == "-":
        body = sys.stdin.buffer.read()
    else:
        body = (data or "").encode()
    return Request(body=body, content_type=content_type)


def printed(answer: Answer) -> Any:
    """A JSON answer as data for az to print; any other is written to stdout as it came."""
    data = _json(answer.body)
    if data is None:
        end = b"\n" if sys.stdout.isatty() and not answer.body.endswith(b"\n") else b""
        streams.result(answer.body + end)
    return data


def stream(lines: Iterable[str]) -> None:
    """Lines to stdout as they come. Ctrl-C and a closed pipe are ways to say "enough"."""
    try:
        for line in lines:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    except KeyboardInterrupt:
        return
    except BrokenPipeError:
        streams.let_go(sys.stdout)


def end_with(cmd: AzCliCommand, error: EndpointError) -> None:
    """az prints the result first, and then ends with the error."""
    from knack.events import EVENT_CLI_SUCCESSFUL_EXECUTE

    def end(_: object, **__: object) -> None:
        raise_for_az(error)

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
    try:
        return Path(file).expanduser().read_bytes()
    except OSError as error:
        raise FileAccessError(f"{file}: {error.strerror}", "Check --request-file.") from error


def _json(body: bytes) -> Any:
    """None for what is no JSON, and for ``null``, which az would not print."""
    try:
        return json.loads(body)
    except ValueError:
        return None
