"""az in this process: its own parser, its own output, without the second that a program takes."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from azure.cli.core import get_default_cli


@dataclass(frozen=True)
class Result:
    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


def az(*arguments: str, stdin: bytes | None = b"") -> Result:
    """Runs ``az <arguments>`` to its end, whatever it is. stdin: None for one that is closed."""
    with _streams(stdin) as (out, err), _no_logging_of_others():
        try:
            exit_code = get_default_cli().invoke(list(arguments), out_file=sys.stdout)
        except SystemExit as end:  # what argparse thinks of an option
            exit_code = end.code
    return Result(int(exit_code or 0), _text(out), _text(err))


def _text(stream: io.BytesIO) -> str:
    return stream.getvalue().decode("utf-8", "backslashreplace")


@contextlib.contextmanager
def _streams(stdin: bytes | None) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    out, err = io.BytesIO(), io.BytesIO()
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin = None if stdin is None else io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    sys.stdout = io.TextIOWrapper(out, "utf-8", write_through=True)
    sys.stderr = io.TextIOWrapper(err, "utf-8", write_through=True)
    try:
        yield out, err
    finally:
        for each in filter(None, (sys.stdin, sys.stdout, sys.stderr)):
            each.detach()
        sys.stdin, sys.stdout, sys.stderr = before


@contextlib.contextmanager
def _no_logging_of_others() -> Iterator[None]:
    """az sets its logging up for its streams, unless pytest has already set up some."""
    loggers = [logging.getLogger(name) for name in (None, "cli", "az_command_data_logger")]
    before = [(each, each.handlers, each.level, each.propagate) for each in loggers]
    for each in loggers:
        each.handlers = []
    try:
        yield
    finally:
        for logger, handlers, level, propagate in before:
            logger.handlers, logger.propagate = handlers, propagate
            logger.setLevel(level)
