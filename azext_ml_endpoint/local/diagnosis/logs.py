"""Reading a scoring server's log: has it crashed, and what did the user's script do wrong.

Texts are those of azureml-inference-server-http 0.8 to 1.5, of gunicorn and of Python.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from azext_ml_endpoint.document import server_modules
from azext_ml_endpoint.harmless import shortened

_CRASHES = ("Worker failed to boot", "is not normal. Killing image.")
_HEADLINE = "Traceback (most recent call last):"
_LINKS = (
    "The above exception was the direct cause of the following exception:",
    "During handling of the above exception, another exception occurred:",
)
_STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ [A-Z] \[\d+\] ")
_FRAME = re.compile(r'^[\s|+]*File "(?P<file>[^"]+)", line \d+')
_COMPLAINT = re.compile(r" [EC] \[\d+\] |^(?!\s).*(?<!gunicorn\.)(?i:error|exception)")
_NOISE = re.compile(r"most recent call last|exited with code|Shutting down|Worker failed to boot")
_NAMES = "|".join(sorted(server_modules.KNOWN))
# A module of the server that was imported in place of the script's own: by the frame that it has
# in the script's traceback, or by what Python says that it lacks.
_IN_PLACE = re.compile(
    rf"{server_modules.PACKAGE}[/\\]server[/\\](?P<file>\w+)\.py\"?(?:, line \d+, in <module>|\))"
    rf"|^AttributeError: module '(?P<bare>{_NAMES})' has no attribute"
    rf"|^ModuleNotFoundError: No module named '(?P<package>{_NAMES})\.\w.*is not a package"
)
_OWN_MODULE = (
    "The inference server has a module {module} of its own, which Python finds before yours: "
    "give yours another name."
)
_OF_PROXY = re.compile(r"(\S+ \| nginx/|\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] \d+#\d+: )")
# Where in a line an absolute path begins.
_PATH = re.compile(r"""(?:^|(?<=[\s"'`(\[<=,:]))/""")
MISSING_MODULE = re.compile(r"No module named '(?P<module>[^'.]+)")
MODEL_FILES = "Model files stand below the folder that AZUREML_MODEL_DIR names."
_NOT_COLLECTED = "add it there, or hand Collector an on_error= that does not raise."
_ADVICE = (
    (
        MISSING_MODULE,
        "Add the package of {module} to the conda file, or the module to the code folder.",
    ),
    (
        re.compile(r"azmlinfsrv: (command )?not found"),
        "The environment has no inference server: add azureml-inference-server-http to it.",
    ),
    (
        re.compile(r"^(?=.*FileNotFoundError).*/azureml-models/"),
        MODEL_FILES,
    ),
    (
        re.compile(r"SyntaxError|IndentationError|TabError"),
        "Correct the script, then run the command again.",
    ),
    (
        re.compile(r"does not have a (init|run)\(\)"),
        "A scoring script defines init() and run(data).",
    ),
    (
        re.compile(r"is not JSON serializable"),
        "run() answers numbers, texts, lists and dicts of them, or an AMLResponse.",
    ),
    (
        re.compile(r"collection (?P<name>[\w-]{1,63}) is not enabled, drop the data"),
        "The deployment's data_collector.collections has no {name}: " + _NOT_COLLECTED,
    ),
    (
        re.compile(r"custom logging is not enabled, drop the data"),
        "The script collects what the deployment's data_collector does not name: " + _NOT_COLLECTED,
    ),
)

_Traceback = list[str]
"""Its lines below the headline, up to the next headline or the next line with a time stamp."""


def is_crash(line: str) -> bool:
    """The server gave up on its own: waiting for it to become ready is useless."""
    return any(mark in line for mark in _CRASHES)


def script_traceback(lines: Sequence[str], code_folder: str) -> list[str]:
    """The last traceback that runs through the user's code, without the frames of the server.

    The exceptions that it was raised from come before it, as far as they run through the user's
    code too. code_folder: the code's folder on this machine, by whose paths files are named. The
    server sees it below ``azureml-app``. Empty when no traceback runs through the user's code.
    """
    mark = _mark(code_folder)
    for chain in reversed(_chains([shortened(line.rstrip("\r")) for line in lines])):
        if parts := [part for each in chain if (part := _from_own_frame(each, mark))]:
            told = [line for part in parts for line in (_HEADLINE, *part)]
            return _as_written(_without_end(told), code_folder)
    return []


def script_frames(fatal: Sequence[str], code_folder: str) -> list[str]:
    """Of what Python said when a signal ended it, its headline and the frames of the user's code.

    Empty where none of the user's code was at work.
    """
    frames = [line for line in fatal if _mark(code_folder) in line and _FRAME.match(line)]
    return _as_written([fatal[0], *frames], code_folder) if frames else []


def server_error(lines: Sequence[str], code_folder: str) -> list[str]:
    """What the server itself complained of, when no traceback leads to the user's script."""
    short = map(shortened, own(lines))
    complaints = [line for line in short if _COMPLAINT.search(line) and not _NOISE.search(line)]
    return _as_written([_STAMP.sub("", line) for line in complaints[-5:]], code_folder)


def own(lines: Sequence[str]) -> list[str]:
    """Without what nginx says, which stands before the server in Azure's images."""
    return [line for line in lines if not _OF_PROXY.match(line)]


def advice(trouble: Sequence[str]) -> str | None:
    """The next step that the last exception suggests."""
    last = itertools.takewhile(lambda line: line != _HEADLINE, reversed(trouble))
    for line in last:
        if found := _IN_PLACE.search(line):
            return _OWN_MODULE.format(module=found[found.lastgroup or 0])
    for line in last_first(trouble):
        for pattern, step in _ADVICE:
            if found := pattern.search(line):
                return step.format(**found.groupdict())
    return None


def last_first(trouble: Sequence[str]) -> Iterator[str]:
    """The lines that say what went wrong, and not where."""
    return (line for line in reversed(trouble) if not line[:1].isspace())


def _chains(lines: Sequence[str]) -> list[list[_Traceback]]:
    """The tracebacks, those together that Python says to follow from each other."""
    chains: list[list[_Traceback]] = []
    block: _Traceback | None = None
    for line in lines:
        if line.endswith(_HEADLINE) and not line.lstrip().startswith("|"):
            if not any(each in _LINKS for each in block or ()):
                chains.append([])
            block = []
            chains[-1].append(block)
        elif _STAMP.match(line):
            block = None
        elif block is not None:
            block.append(line)
    return chains


def _from_own_frame(block: _Traceback, mark: str) -> list[str]:
    for number, line in enumerate(block):
        if mark in line and _FRAME.match(line):
            return block[number:]
    return []


def _without_end(block: Sequence[str]) -> list[str]:
    """Without the words that lead to the next exception, and without empty lines at the end."""
    kept = list(block)
    while kept and (not kept[-1].strip() or kept[-1] in _LINKS):
        del kept[-1]
    return kept


def _mark(code_folder: str) -> str:
    """The end of the code's folder as the server sees it."""
    return f"/azureml-app/{PurePath(code_folder).name}/"


def _as_written(lines: Sequence[str], code_folder: str) -> list[str]:
    """With the code's folder here in the place of the server's, and of whatever stands before."""
    mark = _mark(code_folder)
    return [_with_folder(line.split(mark), code_folder) for line in lines]


def _with_folder(parts: Sequence[str], code_folder: str) -> str:
    *before, last = parts
    return "".join(f"{part[: _path_begin(part)]}{code_folder}/" for part in before) + last


def _path_begin(part: str) -> int:
    """Of the path with which the text ends, at whose next slash it was cut off."""
    begins = [found.start() for found in _PATH.finditer(f"{part}/")]
    return begins[-1] if begins else part.rfind(" ") + 1
