"""What a log says of workers that died, in the words of several gunicorns."""

from __future__ import annotations

from pathlib import Path

import pytest

from azext_ml_endpoint.local.diagnosis import deaths, logs

LOGS = Path(__file__).parents[1] / "server_logs"
CODE = "/home/me/my work/onlinescoring"


def recorded(name: str) -> list[str]:
    return (LOGS / f"{name}.log").read_text().splitlines()


@pytest.mark.parametrize(
    ("line", "how"),
    [
        ("Worker (pid:7) was sent SIGKILL! Perhaps out of memory?", "by SIGKILL, as happens when"),
        ("Worker (pid:7) was sent SIGSEGV!", "was ended by SIGSEGV"),
        ("Worker (pid:7) was sent code 139!", "was ended by SIGSEGV"),
        ("Worker (pid:7) was sent code 134!", "was ended by SIGABRT"),
        ("Worker with pid 7 was terminated due to signal 9", "by SIGKILL, as happens when"),
        ("Worker with pid 7 was terminated due to signal 4", "was ended by SIGILL"),
        ("Worker (pid:7) was sent SIGBUS!", "was ended by SIGBUS"),
        ("Worker (pid:7) was sent signal 64!", "was ended by SIGRTMAX"),
        ("Worker (pid:7) was sent code 63!", "was ended by signal 63"),
        ("Worker (pid:7) exited with code 1.", "ended itself with exit code 1"),
        ("Worker (pid:7) exited with code 7", "ended itself with exit code 7"),
    ],
)
def test_the_death_of_a_worker_is_read(line: str, how: str) -> None:
    for before in ("", "2026-11-27 07:05:17,989 E [4435] gunicorn.error - "):
        death = deaths.of_worker(before + line)
        assert death and how in death.how and death.step


@pytest.mark.parametrize(
    "line",
    [
        "Worker (pid:7) was sent SIGTERM!",
        "Worker (pid:7) exited with code 3.",
        "Worker (pid:7) exited with code 4.",
        "Booting worker with pid: 7",
        "Worker exiting (pid: 7)",
        "",
    ],
)
def test_what_is_no_death_or_is_explained_elsewhere(line: str) -> None:
    assert deaths.of_worker(line) is None


@pytest.mark.parametrize("name", ["run_raises", "init_raises", "syntax_error", "no_run"])
def test_other_logs_have_none(name: str) -> None:
    assert not any(map(deaths.of_worker, recorded(name)))


@pytest.mark.parametrize(
    ("code", "how"),
    [(137, "SIGKILL, as happens"), (139, "SIGSEGV"), (134, "SIGABRT"), (132, "SIGILL")],
)
def test_exit_codes_above_128_stand_for_signals(code: int, how: str) -> None:
    death = deaths.of_exit_code(code)
    assert death and how in death.how


@pytest.mark.parametrize("code", [None, 0, 1, 3, 127, 128, 255])
def test_other_exit_codes_do_not(code: int | None) -> None:
    assert deaths.of_exit_code(code) is None


@pytest.mark.parametrize(
    ("name", "headline"),
    [
        ("worker_crashed", "Fatal Python error: Segmentation fault"),
        ("worker_aborted", "Fatal Python error: Aborted"),
    ],
)
def test_python_says_where_it_was(name: str, headline: str) -> None:
    said = deaths.fatal(recorded(name))
    assert logs.script_frames(said, CODE) == [
        headline,
        f'  File "{CODE}/score.py", line 13 in init',
    ]
