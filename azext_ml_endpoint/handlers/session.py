"""What a command needs from the world around it: files, streams, az's configuration.

The composition root: the one place where a driver, its runtime and a report are put together.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint.errors import DocumentError, FileAccessError, UnsupportedError, UsageError
from azext_ml_endpoint.report import Report, StderrReport
from azext_ml_endpoint.scoring import Answer, Request

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.document.finding import Finding
    from azext_ml_endpoint.document.model import Endpoint
    from azext_ml_endpoint.local.service import LocalService


def report(cmd: AzCliCommand) -> Report:
    return StderrReport(quiet=bool(cmd.cli_ctx.only_show_errors))


def read(cmd: AzCliCommand, file: str, *, name: str | None, settings: list[str] | None) -> Endpoint:
    """The document, completed; its warnings are shown. Raises DocumentError."""
    from azext_ml_endpoint.document.load import load

    loaded = load(file, variables=os.environ, settings=settings or (), name=name)
    _warn(cmd, loaded.findings)
    return loaded.require()


def check(cmd: AzCliCommand, file: str, *, name: str | None, settings: list[str] | None) -> None:
    """The file of an endpoint or of a deployment. Raises DocumentError."""
    from azext_ml_endpoint.document import load

    findings = load.check(file, variables=os.environ, settings=settings or (), name=name)
    _warn(cmd, findings)
    if any(finding.severity == "error" for finding in findings):
        raise DocumentError(findings)


def require_local(local: bool | None) -> None:
    if not local:
        raise UnsupportedError(
            "This version serves endpoints on this machine only.",
            "Add --local to the command.",
        )


def require_inference_server(container: str) -> None:
    if container != "inference-server":
        raise UnsupportedError(
            "A local deployment has no storage initializer: model and code are mounted.",
            "Leave --container out.",
        )


def local_service(
    cmd: AzCliCommand,
    runtime: str | None,
    endpoint_name: str,
    *,
    timeout: float | None = None,
) -> LocalService:
    """The service whose runtime was asked for, has the endpoint, or is the default."""
    from azext_ml_endpoint.local.choice import choose
    from azext_ml_endpoint.local.service import local_service as open_service

    teller = report(cmd)
    chosen = choose(runtime, _configured(cmd), home(cmd), endpoint_name, teller)
    return open_service(chosen, teller, home(cmd), timeout=timeout or 300)


def local_list(cmd: AzCliCommand, runtime: str | None) -> list[dict[str, Any]]:
    """The endpoints of the runtime that was asked for, or of every runtime that is here."""
    from azext_ml_endpoint.local.choice import present
    from azext_ml_endpoint.local.service import local_service as open_service

    teller = report(cmd)
    names = present(runtime, _configured(cmd))
    services = [open_service(each, teller, home(cmd)) for each in names]
    found = [endpoint for service in services for endpoint in service.list_endpoints()]
    return sorted(found, key=lambda endpoint: endpoint["name"])


def home(cmd: AzCliCommand) -> Path:
    """Where local endpoints keep build contexts and cached assets."""
    return Path(cmd.cli_ctx.config.config_dir) / "ml-endpoint"


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
        sys.stdout.buffer.write(answer.body)
        if sys.stdout.isatty() and not answer.body.endswith(b"\n"):
            sys.stdout.buffer.write(b"\n")
        sys.stdout.flush()
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
        # Python would complain once more when it flushes stdout at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _warn(cmd: AzCliCommand, findings: Iterable[Finding]) -> None:
    for finding in findings:
        if finding.severity == "warning":
            report(cmd).warning(str(finding))


def _configured(cmd: AzCliCommand) -> str | None:
    name = cmd.cli_ctx.config.get("ml_endpoint", "local_runtime", fallback=None)
    if name not in (None, "docker", "process"):
        raise UsageError(
            f"ml_endpoint.local_runtime is {name!r} in az's configuration.",
            "Set it: az config set ml_endpoint.local_runtime=docker (or process).",
        )
    return str(name) if name else None


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
