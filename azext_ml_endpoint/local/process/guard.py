"""The parent of a program that must not outlive az. Run as a script, with the program's command.

Its standard input is a pipe of which az alone has the other end. However az ends, ``kill -9``
included, the pipe is then closed, and the whole process group is killed. The group holds what
files it has inherited, such as a lock, until then. Needs nothing but the standard library.
"""

import os
import signal
import sys


def main(command: list[str]) -> int:
    """The program's exit code, 128 and more for a signal, as shells count; 127 without program."""
    program = os.fork()
    if not program:
        _become(command)
    watcher = os.fork()
    if not watcher:
        _watch()
    code = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
    os.kill(watcher, signal.SIGKILL)
    return code if code >= 0 else 128 - code


def _become(command: list[str]) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and children inherit that
    try:
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        os._exit(127)


def _watch() -> None:
    """Whoever reads the program's output does not wait for this process."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
