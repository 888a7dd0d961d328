"""Whoever listens to stdout and stderr may go away."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from azext_ml_endpoint import streams
from azext_ml_endpoint.report import StderrReport

BEGIN = """
import sys
from azext_ml_endpoint import errors, streams
from azext_ml_endpoint.handlers import output
from azext_ml_endpoint.report import StderrReport
streams.outlive_readers()
report = StderrReport()
def done():
    open(sys.argv[1], "w").close()
"""
WORK = {
    "lines": "for _ in range(100): report.step('x' * 1000)",
    "lines of a build": "for _ in range(100): report.detail('x' * 1000)",
    "on a terminal or not": "import gc; gc.collect(); report.status('blue', str(report.live))",
    "a warning": "report.warning('x' * 100_000)",
    "what az prints": "print('x' * 1000, file=sys.stderr)",
    "a detail": """
try:
    errors.raise_for_az(errors.StartError("m", detail="x" * 100_000))
except Exception:
    pass
""",
    "all at once": """
import threading
each = [threading.Thread(target=report.step, args=("x" * 1000,)) for _ in range(50)]
for t in each: t.start()
for t in each: t.join()
""",
}


def run(program: str, end: str, flag: os.PathLike[str]) -> subprocess.CompletedProcess[bytes]:
    """``end``: what the shell does with the streams."""
    line = f'exec "$0" -c "$1" "$2" {end}'
    words = ["bash", "-c", line, sys.executable, program, str(flag)]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(words, capture_output=True, check=False, env=buffered)


@pytest.mark.parametrize("name", WORK)
@pytest.mark.parametrize("end", ["2> >(head -c 1)", "2>&-", ">&- 2>&-", "2>/dev/full", "<&- 2>&-"])
def test_the_work_goes_on_when_nobody_listens(
    name: str, end: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    flag = tmp_path_factory.mktemp("work") / "done"
    ended = run(f"{BEGIN}{WORK[name]}\ndone()\n", end, flag)
    assert flag.exists()
    assert (ended.returncode, ended.stdout.strip(b"x W:ARNIG|")) == (0, b"")


@pytest.mark.parametrize(
    "work", ["print('x' * 10)", "output.document('x' * 100_000)", "output.raw(b'x' * 100_000)"]
)
@pytest.mark.parametrize("end", ["> >(exec 0<&-; sleep 0)", ">&-", ">&- 2>&-"])
def test_a_result_that_nobody_waits_for_is_no_failure(
    work: str, end: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    flag = tmp_path_factory.mktemp("work") / "done"
    ended = run(f"{BEGIN}{work}\ndone()\n", end, flag)
    assert flag.exists()
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_no_file_takes_the_place_of_a_closed_stream(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("work")
    program = f"""
import os
with open({str(folder / "file")!r}, "w") as file:
    assert file.fileno() > 2
    os.system("echo lost; echo lost >&2")
done()
"""
    assert run(BEGIN + program, ">&- 2>&- <&-", folder / "done").returncode == 0
    assert (folder / "done").exists()
    assert (folder / "file").read_text() == ""


class Broken(io.StringIO):
    """Not of the system's: a stream of a test, or of another program that calls az."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


def test_a_report_to_a_broken_stream_is_lost() -> None:
    StderrReport(stream=Broken()).step("going on")


def test_so_is_one_to_a_closed_stream() -> None:
    stream = io.StringIO()
    stream.close()
    StderrReport(stream=stream).step("going on")
    streams.write(stream, "going on")


def test_there_may_be_none() -> None:
    streams.write(None, "going on")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "iso8859-5"])
def test_a_character_that_the_stream_does_not_have_is_written_as_its_number(encoding: str) -> None:
    written = io.BytesIO()
    report = StderrReport(stream=io.TextIOWrapper(written, encoding, errors="strict"))
    for say in (report.step, report.detail, report.warning, report.picture):
        say("\u5bb6")
    assert written.getvalue().count(rb"\u5bb6") == 4
