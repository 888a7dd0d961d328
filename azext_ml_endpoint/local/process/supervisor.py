"""The parent of a server that outlives az. Run as a script, with the server's command line.

It needs nothing but the standard library, stands in the instance's folder, and leaves there
``pids`` (of the process group and of the server) at once, and ``exit`` (the exit code, 128 and
more for a signal, as shells count) when the server has ended. Nothing of the server's group
lives on after that. Shell cannot do this: some shells drop variables like ``my.setting``.

File descriptors: 0 is the socket to listen on, 1 a pipe whose reader waits until the server has
been started, 2 the log.
"""

import os
import signal
import sys
from pathlib import Path

SERVER_FOLDER = "azureml-app"
_FIRST_INHERITED = 3  # where systemd's protocol for handing over sockets expects the first one


def main(command: list[str]) -> None:
    """Returns in the process that az waits for; supervisor and server go their own way."""
    if os.fork():
        return
    os.setsid()
    server = os.fork()
    if not server:
        _become(command)
    _supervise(server)


def _become(command: list[str]) -> None:
    os.dup2(0, _FIRST_INHERITED)
    _let_go()
    os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
    try:
        os.chdir(os.environ.get("AML_APP_ROOT") or SERVER_FOLDER)
        os.execv(command[0], command)
    except OSError as error:
        os.write(2, f"{error.filename or command[0]}: {error.strerror}\n".encode())
        os._exit(127)


def _supervise(server: int) -> None:
    for each in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    group = os.getpid()
    _write("pids", f"{group} {server}")
    _let_go()
    code = os.waitstatus_to_exitcode(os.waitpid(server, 0)[1])
    _write("exit", str(code if code >= 0 else 128 - code))
    os.killpg(group, signal.SIGKILL)


def _let_go() -> None:
    """Of the socket, which then closes with the server, and of the pipe."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)


def _write(name: str, text: str) -> None:
    """Whole or not at all. A full disk must not end what serves: who reads it can do without."""
    draft = Path(f"{name}.new")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(name)
    except OSError:
        draft.unlink(missing_ok=True)


if __name__ == "__main__":
    main(sys.argv[1:])
