"""What one input may cost. A breach is an exception; what cannot be interrupted ends the process.

Time is that of the processor: a machine that is busy with something else makes nothing slow.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

SECONDS = 2.0
MEGABYTES = 50
_SILENT_SECONDS = 30
"""By the clock, for what waits, and for code in C that hears no signal."""
_CEILING = 4 * 1024**3
"""Bytes of address space, so that no input takes all memory before it is measured."""
_PEAK = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


class Breach(AssertionError):
    pass


class _Late(BaseException):
    """What no ``except Exception`` of the product takes for its own."""


def prepare() -> None:
    """For the process that tries inputs, and for nothing else: it may be ended."""
    signal.signal(signal.SIGPROF, _late)
    resource.setrlimit(resource.RLIMIT_AS, (_CEILING, _CEILING))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name in ("kill", "killpg"):
        setattr(os, name, _no_signals)


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Around one input. Raises Breach."""
    before = _peak(reset=True)
    faulthandler.dump_traceback_later(_SILENT_SECONDS, exit=True)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    except _Late as error:
        raise Breach(f"it takes more than {SECONDS:.0f} s") from error
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()
    grown = (_peak() - before) / 1024
    if grown > MEGABYTES:
        raise Breach(f"it takes {grown:.0f} MB, which are more than {MEGABYTES}")


def _late(*_: object) -> None:
    raise _Late


def _no_signals(*_: object) -> None:
    raise AssertionError("a signal goes to a process that nobody here has started")


def _peak(reset: bool = False) -> int:
    """KiB of memory at most, since it was reset where that can be done: on Linux."""
    if not _STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (
            1024 if sys.platform == "darwin" else 1
        )
    if reset:
        with contextlib.suppress(OSError):
            _PEAK.write_text("5")
    (line,) = (line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1])
