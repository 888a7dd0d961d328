"""Streaming to stdout ends when somebody has seen enough, without a word."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from azext_ml_endpoint.handlers import output

ENDLESS = """
import itertools
from azext_ml_endpoint.handlers import output
output.stream(f"line {number}" for number in itertools.count())
print("and az goes on")
"""


def test_lines_are_written_as_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    def lines() -> Iterator[str]:
        yield "one"
        assert capsys.readouterr().out == "one\n", "before the next one is asked for"
        yield "two"

    output.stream(lines())
    assert capsys.readouterr().out == "two\n"


def test_ctrl_c_is_a_way_to_say_enough(capsys: pytest.CaptureFixture[str]) -> None:
    def lines() -> Iterator[str]:
        yield "one"
        raise KeyboardInterrupt

    output.stream(lines())
    assert capsys.readouterr() == ("one\n", "")


def test_a_closed_pipe_is_a_way_to_say_enough() -> None:
    program = [sys.executable, "-c", ENDLESS]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == b"line 0\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0
