"""Reading a scoring server's log: has it crashed, and what did the user's script do wrong.

Texts are those of azureml-inference-server-http 0.8 to 1.5 and of gunicorn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath

_CRASHES = ("Worker failed to boot", "is not normal. Killing image.")
_TRACEBACK = "Traceback (most recent call last):"
_STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ [A-Z] \[\d+\] ")
_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line \d+')
_MISSING_MODULE = re.compile(r"No module named '(?P<module>[^'.]+)")


def is_crash(line: str) -> bool:
    """The server gave up on its own: waiting for it to become ready is useless."""
    return any(mark in line for mark in _CRASHES)


def script_traceback(lines: Sequence[str], code_folder: str) -> list[str]:
    """The last traceback that runs through the user's code, without the frames of the server.

    code_folder: the code's folder on this machine. The server sees it below ``azureml-app``; the
    frames shown name the user's own files. Empty when no traceback runs through them.
    """
    root = f"/azureml-app/{PurePath(code_folder).name}/"
    for block in reversed(list(_tracebacks(lines))):
        own = _own_frames(block, root)
        if own:
            return [_TRACEBACK, *(_as_written(line, root, code_folder) for line in own)]
    return []


def server_error(lines: Iterable[str]) -> list[str]:
    """What the server itself complained of, when no traceback leads to the user's script."""
    complaints = [line for line in lines if re.search(r" [EC] \[\d+\] |[Ee]rror", line)]
    return [_STAMP.sub("", line) for line in complaints[-5:]]


def advice(trouble: Sequence[str]) -> str | None:
    """The next step that a traceback's last line suggests."""
    last = trouble[-1] if trouble else ""
    if missing := _MISSING_MODULE.search(last):
        return f"Add the package of {missing['module']} to the conda file, or the module to the code folder."
    if "FileNotFoundError" in last:
        return "Model files stand below the folder that AZUREML_MODEL_DIR names."
    if "SyntaxError" in last or "IndentationError" in last:
        return "Correct the script, then run the command again."
    return None


def _tracebacks(lines: Sequence[str]) -> Iterable[list[str]]:
    """Each traceback's lines, from below its headline to the exception's own line."""
    block: list[str] | None = None
    for line in lines:
        if line.rstrip().endswith(_TRACEBACK):
            block = []
        elif block is not None:
            if _STAMP.match(line):
                block = None
                continue
            block.append(line)
            if line and not line[0].isspace():
                yield block
                block = None


def _own_frames(block: list[str], root: str) -> list[str]:
    for number, line in enumerate(block):
        frame = _FRAME.match(line)
        if frame and root in frame["file"]:
            return block[number:]
    return []


def _as_written(line: str, root: str, code_folder: str) -> str:
    frame = _FRAME.match(line)
    if not frame or root not in frame["file"]:
        return line
    return line.replace(frame["file"], f"{code_folder}/{frame['file'].split(root, 1)[1]}")
