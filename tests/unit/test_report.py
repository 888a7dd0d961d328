"""Progress goes to stderr, and stays out of the way where it is not wanted."""

from __future__ import annotations

import io
import threading

import pytest

from azext_ml_endpoint.report import Report, StderrReport

PATIENCE = 30


def say_everything(report: Report) -> None:
    report.step("blue: ready")
    report.detail("Collecting scikit-learn")
    report.warning("disk is nearly full")


def test_it_writes_to_stderr_and_indents_what_others_say(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say_everything(StderrReport())
    assert capsys.readouterr() == (
        "",
        "blue: ready\n  | Collecting scikit-learn\nWARNING: disk is nearly full\n",
    )


def test_a_quiet_one_leaves_stderr_to_errors(capsys: pytest.CaptureFixture[str]) -> None:
    say_everything(StderrReport(quiet=True))
    assert capsys.readouterr() == ("", "")


def test_lines_of_several_threads_stay_whole() -> None:
    stream = io.StringIO()
    report, meeting = StderrReport(stream=stream), threading.Barrier(4)

    def write(letter: str) -> None:
        meeting.wait(PATIENCE)
        for _ in range(200):
            report.step(letter * 20)

    threads = [threading.Thread(target=write, args=(each,)) for each in "abcd"]
    for each in threads:
        each.start()
    for each in threads:
        each.join(PATIENCE)
    assert sorted(stream.getvalue().splitlines()) == [
        each * 20 for each in "abcd" for _ in range(200)
    ]


# Lines that change


class Terminal(io.StringIO):
    """Keeps what a terminal would show. It knows what the report uses: text, up, clear the line."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.draws = 0

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.draws += 1
        while text:
            if text.startswith("\x1b[1A\x1b[2K"):
                self.lines.pop()
                text = text[len("\x1b[1A\x1b[2K") :]
            else:
                line, _, text = text.partition("\n")
                self.lines.append(line)
        return 0


class Clock:
    now = 1.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def test_on_a_terminal_each_thing_has_a_line_below_the_others() -> None:
    terminal = Terminal()
    report = StderrReport(stream=terminal, clock=Clock())
    assert report.live
    report.status("blue", "Creating, 1s")
    report.status("model", "10 %")
    report.step("Something happens")
    report.status("blue", "Creating, 2s")
    assert terminal.lines == ["Something happens", "blue: Creating, 2s", "model: 10 %"]
    report.status("blue", None)
    assert terminal.lines == ["Something happens", "model: 10 %"]
    report.detail("a build says")
    report.status("model", None)
    assert terminal.lines == ["Something happens", "  | a build says"]


def test_a_line_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    terminal = Terminal()
    StderrReport(stream=terminal, clock=Clock()).status("model", "0123456789" * 9)
    assert terminal.lines == ["model: 012345678901"]


def test_lines_are_not_drawn_more_often_than_anybody_reads() -> None:
    terminal, clock = Terminal(), Clock()
    report = StderrReport(stream=terminal, clock=lambda: clock.now)
    for number in range(1000):
        clock.now += 0.001
        report.status("model", str(number))
    assert terminal.draws <= 9
    report.status("model", None)
    assert terminal.lines == []


@pytest.mark.parametrize(("terminal", "quiet"), [(False, False), (True, True)])
def test_elsewhere_nothing_is_shown_in_place(terminal: bool, quiet: bool) -> None:
    stream = Terminal() if terminal else io.StringIO()
    report = StderrReport(stream=stream, quiet=quiet, clock=Clock())
    report.status("model", "10 %")
    assert not report.live
    assert not (stream.lines if isinstance(stream, Terminal) else stream.getvalue())


def test_lines_of_several_threads_leave_nothing_behind() -> None:
    terminal, meeting = Terminal(), threading.Barrier(4)
    report = StderrReport(stream=terminal, clock=Clock())

    def work(name: str) -> None:
        meeting.wait(PATIENCE)
        for number in range(50):
            report.status(name, str(number))
            report.step(f"{name} {number}")
        report.status(name, None)

    threads = [threading.Thread(target=work, args=(each,)) for each in "abcd"]
    for each in threads:
        each.start()
    for each in threads:
        each.join(PATIENCE)
    assert sorted(terminal.lines) == sorted(f"{a} {n}" for a in "abcd" for n in range(50))
