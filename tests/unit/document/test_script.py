from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from azext_ml_endpoint.document.script import read, unparsable

INIT = "def init():\n    pass\n"
RUN = "def run(data):\n    pass\n"


def _remarks(folder: Path, source: str | bytes) -> list[str]:
    file = folder / "score.py"
    file.write_bytes(source if isinstance(source, bytes) else dedent(source).encode())
    return [
        f"{'warning: ' if remark.severity == 'warning' else ''}"
        f"{remark.line}:{remark.column}: {remark.message}"
        f"{'. ' + remark.hint if remark.hint else ''}"
        for remark in read(file)
    ]


NO_INIT = "1:1: the scoring script has no init(); the inference server calls init() when it starts"
NO_RUN = (
    "1:1: the scoring script has no run(); the inference server calls run(data) for each request"
)

SOUND = {
    "functions": INIT + RUN,
    "functions with a docstring and imports": f'"""Scores."""\nimport os\n{INIT}{RUN}',
    "names that are imported": "from model import init, score as run\n",
    "names from a star": "from model import *\n",
    "names that are assigned": "init = print\nrun = lambda data: data\n",
    "a class as run": INIT + "class run:\n    def __init__(self, data): pass\n",
    "functions in if and try": "if 1:\n  init = print\ntry:\n  def run(data): pass\nfinally: 0\n",
    "names that a function makes global": "def make():\n    global init, run\nmake()\n",
    "a parameter with the headers": INIT + "def run(data, request_headers): pass\n",
    "the headers first": INIT + "def run(request_headers, data): pass\n",
    "more parameters with defaults": INIT + "def run(data, a=1, *, b=2): pass\n",
    "a keyword-only parameter": INIT + "def run(*, data): pass\n",
    "init with defaults": "def init(a=1, *, b=2): pass\n" + RUN,
    "init with *args": "def init(*args, **more): pass\n" + RUN,
    "a raw request": INIT + "@rawhttp\ndef run(request): pass\n",
    "two inputs with a schema": INIT + "@input_schema('a', 1)\n@x.input_schema('b', 2)\n"
    "@output_schema(3)\ndef run(a, b): pass\n",
    "a decorator that may change all": INIT + "@mine\ndef run(*args, **more): pass\n",
    "run from elsewhere, or else defined": INIT + "try:\n  from fast import run\n"
    "except ImportError:\n  def run(): pass\n",
    "run by another name, or else defined": INIT + "def run(): pass\nimport fast as run\n",
    "run of a package, or else defined": INIT + "def run(): pass\nimport run.fast\n",
    "run that is put in place of another": INIT + "def run(): pass\nrun = print\n",
    "two definitions of run": INIT + "def run(): pass\n" + RUN,
    "another encoding": b"# coding: latin-1\nname = '\xe9'\n" + (INIT + RUN).encode(),
    "a byte order mark": b"\xef\xbb\xbf" + (INIT + RUN).encode(),
    "an escape that Python warns of": "pattern = '\\d'\n" + INIT + RUN,
    "a sum that is nested deep": f"total = {'+'.join(['1'] * 800)}\n{INIT}{RUN}",
}


@pytest.mark.parametrize("source", SOUND.values(), ids=SOUND)
def test_nothing_is_wrong_with(source: str, tmp_path: Path) -> None:
    assert _remarks(tmp_path, source) == []


WRONG: dict[str, tuple[str, list[str]]] = {
    "an empty script": ("", [NO_INIT, NO_RUN]),
    "no run": (INIT, [NO_RUN]),
    "a misspelt run": (
        INIT + "def Run(data): pass\n",
        [f"{NO_RUN}. Did you misspell it as 'Run'?"],
    ),
    "run in a class": (INIT + "class Model:\n    def run(self, data): pass\n", [NO_RUN]),
    "run in a function": (INIT + "def make():\n    def run(data): pass\n", [NO_RUN]),
    "a name that is only declared": (RUN + "print(init)\n", [NO_INIT]),
    "run without a parameter": (
        INIT + "def run(): pass\n",
        ["3:1: run() needs a parameter: the data of the request"],
    ),
    "run without a parameter that is used": (
        INIT + "def run(): pass\nrun()\n",
        ["3:1: run() needs a parameter: the data of the request"],
    ),
    "run with the headers alone": (
        INIT + "def run(request_headers): pass\n",
        ["3:1: run() needs a parameter besides request_headers: the data of the request"],
    ),
    "run with *args": (
        INIT + "def run(*args): pass\n",
        ["3:1: run() must not have positional-only parameters, *args or **kwargs"],
    ),
    "run with **kwargs": (
        INIT + "def run(data, **more): pass\n",
        ["3:1: run() must not have positional-only parameters, *args or **kwargs"],
    ),
    "run with a positional-only parameter": (
        INIT + "def run(data, /): pass\n",
        ["3:1: run() must not have positional-only parameters, *args or **kwargs"],
    ),
    "run that needs two parameters": (
        INIT + "def run(data, other): pass\n",
        [
            "warning: 3:1: run() is called with 'data' alone, and needs 'other' as well."
            " Give it a default value."
        ],
    ),
    "run with two ways to get its input": (
        INIT + "@rawhttp\n@input_schema('a', 1)\ndef run(a): pass\n",
        ["5:1: run() cannot have both @rawhttp and @input_schema"],
    ),
    "a coroutine run": (
        INIT + "async def run(data): pass\n",
        [
            "warning: 3:1: run() is a coroutine, which the server does not await:"
            " every request will fail. Write def without async."
        ],
    ),
    "a coroutine init": (
        "if True:\n  async def init(): pass\n" + RUN,
        [
            "warning: 2:3: init() is a coroutine, which the server does not await:"
            " nothing in it will be done. Write def without async."
        ],
    ),
    "init with a parameter": (
        "def init(path): pass\n" + RUN,
        ["1:1: init() is called without arguments, and needs 'path'"],
    ),
}


@pytest.mark.parametrize(("source", "expected"), WRONG.values(), ids=WRONG)
def test_it_is_told_of(source: str, expected: list[str], tmp_path: Path) -> None:
    assert _remarks(tmp_path, source) == expected


UNPARSABLE: dict[str, tuple[str | bytes, str]] = {
    "a forgotten colon": (INIT + "def run(data)\n    pass\n", "3:14: "),
    "a forgotten bracket": (INIT + RUN + "print((1)\n", "5:6: "),
    "a bad indentation": (INIT + "  x = 1\n" + RUN, "3:"),
    "a return that is not in a function": ("x = = 1\n", "1:5: "),
    "a NUL byte": (INIT.encode() + b"\0\n" + RUN.encode(), "1:1: "),
    "bytes that are no text": (b"name = '\xe9'\n", "1:1: "),
    "an unknown encoding": (b"# coding: klingon\n", "1:1: "),
    "an encoding of bytes": (b"# coding: hex\n", "1:1: "),
    "an encoding of text": (b"# coding: rot13\n", "1:1: "),
    "a compression": (b"# coding: zlib\n", "1:1: "),
    "an encoding that is none": (b"# coding: undefined\n", "1:1: "),
    "an expression that is nested too deep": (f"x = {'(' * 1000}{')' * 1000}\n", "1:"),
}


@pytest.mark.parametrize(("source", "place"), UNPARSABLE.values(), ids=UNPARSABLE)
def test_it_does_not_parse(source: str | bytes, place: str, tmp_path: Path) -> None:
    (remark,) = _remarks(tmp_path, source)
    assert remark.startswith(place)
    assert "the scoring script does not parse: " in remark
    assert ". It was read as Python 3." in remark


def test_the_script_is_never_run(tmp_path: Path) -> None:
    made = tmp_path / "made"
    source = f"open({str(made)!r}, 'w')\n@open({str(made)!r}, 'w')\n{INIT}{RUN}"
    assert _remarks(tmp_path, source) == []
    assert not made.exists()


def test_a_script_that_vanished_is_told_of(tmp_path: Path) -> None:
    (remark,) = read(tmp_path / "score.py")
    assert remark.message == "the scoring script is not there"
    assert remark.hint is not None
    assert "Save score.py again, or name the script that is there" in remark.hint


def test_a_folder_in_place_of_the_script_is_told_of(tmp_path: Path) -> None:
    (remark,) = read(tmp_path)
    assert remark.message == "the scoring script cannot be read: Is a directory"


def test_a_script_below_another_file_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "code").write_text("")
    (remark,) = read(tmp_path / "code" / "score.py")
    assert remark.message == "the scoring script cannot be read: Not a directory"


def test_a_module_that_links_to_itself_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "features.py").symlink_to("features.py")
    (remark,) = unparsable(tmp_path / "features.py")
    assert remark.message.startswith("the module cannot be read: ")


@pytest.mark.parametrize("mark", ["-", "not ", "~", "+"])
def test_a_decorator_without_end_is_no_defect(mark: str, tmp_path: Path) -> None:
    _remarks(tmp_path, f"@{mark * 60_000}x\n{RUN}{INIT}")
    _remarks(tmp_path, f"@{mark * 500}x\n{RUN}{INIT}")
