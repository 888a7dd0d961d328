"""How an answer is read and shown: as it comes, as data, or into a file; and what is measured."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azext_ml_endpoint import event_stream, foreign_json, media_types, scoring
from azext_ml_endpoint.errors import ScoringError
from azext_ml_endpoint.handlers import output, session
from azext_ml_endpoint.handlers.outputs import Output
from azext_ml_endpoint.report import Report
from azext_ml_endpoint.scoring import Answer

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from azext_ml_endpoint.measuring.load import Outcome, Wish


def target(out: str | None, request_file: str | None, *, yes: bool) -> Output | None:
    """The file for the answer. Raises UsageError where there is none to be written."""
    if not out:
        return None
    found = Output("--out", out, lambda _: False, yes=yes)
    found.require_room([Path(request_file).expanduser()] if request_file else [])
    return found


def wants_data(cmd: AzCliCommand) -> bool:
    """Whether somebody has said how az is to print, so that it needs the whole answer."""
    said = cmd.cli_ctx.data.get("safe_params") or ()
    asked = bool(cmd.cli_ctx.invocation.data.get("query_active"))
    return asked or not {"--output", "-o", "--query"}.isdisjoint(said)


@dataclass
class Showing:
    """include: whether head and times are told. target: a file, in place of stdout.

    as_data: whether a stream too is read to its end, for az to print.
    """

    report: Report
    include: bool = False
    target: Output | None = None
    as_data: bool = False
    _is_shown: bool = field(default=False, init=False)

    def read(self, head: Answer, pieces: Iterator[bytes]) -> bytes:
        """As :data:`.scoring.Read`: a stream is shown, and leaves nothing."""
        if self.include:
            pieces = self._told(head, pieces)
        is_kept = self.target or self.as_data or head.status >= 300
        if is_kept or not media_types.is_stream(head.headers):
            return scoring.whole(head, pieces)
        self._is_shown = True
        output.pieces(pieces, _content_type(head))
        return b""

    def result(self, answer: Answer) -> Any:
        """Data for az to print, or None for what has been written. Raises FileAccessError."""
        if self.target:
            self.target.write(answer.body)
            what = media_types.essence(_content_type(answer)) or "no content type"
            self.report.step(f"{self.target.path}: {len(answer.body)} bytes, {what}")
        elif not self._is_shown:
            return printed(answer)
        return None

    def _told(self, head: Answer, pieces: Iterator[bytes]) -> Iterator[bytes]:
        lines = [f"HTTP {head.status}", *(f"{name}: {text}" for name, text in head.headers.items())]
        for line in lines:
            self.report.step(line)
        return self._timed(head, time.perf_counter(), pieces)

    def _timed(self, head: Answer, headed: float, pieces: Iterator[bytes]) -> Iterator[bytes]:
        first = None
        for piece in pieces:
            first = first or time.perf_counter()
            yield piece
        times = {"Time to headers": headed, "Time to first byte": first}
        for what, when in {**times, "Total time": time.perf_counter()}.items():
            if when is not None:
                self.report.step(f"{what}: {(when - head.began) * 1000:.1f} ms")


def printed(answer: Answer) -> Any:
    """Data for az to print; what is none is written to stdout as it came."""
    data = _data(answer)
    if data is None:
        output.raw(answer.body, _content_type(answer))
    return data


def measured(cmd: AzCliCommand, connect: scoring.Connect, wish: Wish) -> Mapping[str, Any]:
    """Where nothing succeeded, the command ends with an error, after the result."""
    from azext_ml_endpoint.measuring import figures, load

    report = session.report(cmd)
    outcome = load.run(connect, wish, report)
    for line in figures.picture(outcome):
        report.step(line)
    _tell_trouble(cmd, report, outcome)
    return figures.data(outcome)


def _tell_trouble(cmd: AzCliCommand, report: Report, outcome: Outcome) -> None:
    tally = outcome.tally
    if outcome.interrupted:
        report.step("Interrupted: this is what was measured until then.")
    if tally.requests and tally.requests == tally.failed:
        message = f"None of {tally.requests} requests succeeded: {tally.trouble}"
        session.end_with(cmd, ScoringError(message))
    elif tally.failed:
        report.warning(f"The first that failed: {tally.trouble}")


def _data(answer: Answer) -> Any:
    """None for what is no data, and for ``null``, which az would not print."""
    kind = media_types.essence(_content_type(answer))
    if kind == media_types.EVENT_STREAM:
        return event_stream.events(answer.text)
    if kind in media_types.JSON_LINES:
        return event_stream.json_lines(answer.text)
    try:
        return foreign_json.loads(answer.body)
    except ValueError:
        return None


def _content_type(answer: Answer) -> str:
    return answer.headers.get("content-type", "")
