"""How a process of the scoring server ended before its time, and what may have ended it.

gunicorn replaces a worker that dies, for ever: that one died in init() is only in the log. Texts
are those of gunicorn 20 to 27 and of Python's faulthandler.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass

_WORKER = re.compile(
    r"Worker (?:\(pid:\d{1,9}\)|with pid \d{1,9}) (?:was sent SIG(?P<name>[A-Z0-9]{1,9})"
    r"|was sent (?:code|signal) (?P<code>\d{1,3})|was terminated due to signal (?P<number>\d{1,3})"
    r"|exited with code (?P<exit>\d{1,3}))"
)
_TOO_SLOW = "WORKER TIMEOUT (pid:"
_FATAL = "Fatal Python error: "
_BOOT_ERRORS = (3, 4)
"""Exit codes after which gunicorn gives up, and says so itself."""
_CORE_DUMPED = 0x80
_FROM_SHELLS = 128
_NATIVE = (
    "Code that is not Python did it: see whether the versions of the packages with native code fit "
    "together, and what they were built for."
)
_STEPS: dict[int, str] = {
    signal.SIGKILL: (
        "Load less in init(), or give it more memory: this machine, or Docker's part of it; in "
        "Azure another instance_type."
    ),
    signal.SIGILL: "The processor lacks what a package was built for: take another build of it.",
    signal.SIGSEGV: _NATIVE,
    signal.SIGBUS: _NATIVE,
    signal.SIGFPE: _NATIVE,
    signal.SIGABRT: _NATIVE,
}
_OUT_OF_MEMORY = "as happens when there is no memory left"


@dataclass(frozen=True)
class Death:
    """``how`` completes a sentence that begins with whose it was: "was killed by SIGKILL"."""

    how: str
    step: str


def of_worker(line: str, *, too_slow: bool = False) -> Death | None:
    """What a line of the log says of a worker that did not end by itself.

    too_slow: whether the server has said before that a worker takes too long; see
    :func:`is_too_slow`. None too for the ends that the server explains itself.
    """
    found = _WORKER.search(line)
    if not found or found["name"] == "TERM":
        return None
    if too_slow:
        return Death(
            "was killed by the server, because init() took longer than it allows",
            "If init() needs longer, set WORKER_TIMEOUT, in seconds, in environment_variables.",
        )
    if found["exit"]:
        return None if int(found["exit"]) in _BOOT_ERRORS else _left(int(found["exit"]))
    return _by(_signal(found))


def of_exit_code(code: int | None) -> Death | None:
    """Of a whole instance: 128 and more stand for a signal, as shells count."""
    if code is None or not _FROM_SHELLS < code < _FROM_SHELLS + signal.NSIG:
        return None
    return _by(code - _FROM_SHELLS)


def is_too_slow(line: str) -> bool:
    """The server is about to kill a worker that did not report in time."""
    return _TOO_SLOW in line


def fatal(lines: Sequence[str]) -> list[str]:
    """What Python said last of a signal that ended it, with the frames that led there."""
    begins = [number for number, line in enumerate(lines) if line.startswith(_FATAL)]
    if not begins:
        return []
    block = lines[begins[-1] :]
    end = next((n for n, line in enumerate(block) if _WORKER.search(line)), len(block))
    return list(block[:end])


def _signal(found: re.Match[str]) -> int:
    if found["name"]:
        known = signal.Signals.__members__.get(f"SIG{found['name']}")
        return int(known) if known else 0
    return int(found["code"] or found["number"]) & ~_CORE_DUMPED


def _by(number: int) -> Death:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    why = f", {_OUT_OF_MEMORY}" if number == signal.SIGKILL else ""
    return Death(f"was ended by {name}{why}", _STEPS.get(number, _NATIVE))


def _left(code: int) -> Death:
    return Death(
        f"ended itself with exit code {code}",
        "Something in init(), or in a package that it uses, ends the process: raise an exception "
        "instead, which says why.",
    )
