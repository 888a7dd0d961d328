"""score.py, which is read and never run."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from azext_ml_endpoint.document import load
from tests.fuzz import oracle
from tests.fuzz.material import HOSTILE, spoilt
from tests.unit.document import project

SAMPLE = Path(__file__).parents[2] / "samples/endpoints/online/model-1/onlinescoring/score.py"
_CODECS = ("hex", "zip", "rot13", "base64", "undefined", "punycode", "utf-16", "latin-1", "x")
CODINGS = st.sampled_from(
    ["", "\n# coding: hex\n", *(f"#!python\n# -*- coding: {name} -*-\n" for name in _CODECS)]
)
_DEEP = [*("(", "[", "{", "-", "not ", "a.", "a(", "lambda: "), *("f'{", "a if a else ", "(yield ")]
EXPRESSIONS = (
    st.sampled_from(
        ["a", "1", "...", "'" + "a" * 300, "9" * 5000, "0x", "1_", "b'é'", "f'{a!x}'", "\\"]
    )
    | st.tuples(st.sampled_from(_DEEP), st.integers(1, 400)).map(lambda pair: pair[0] * pair[1])
    | st.sampled_from(HOSTILE)
)
PARAMETERS = st.sampled_from(
    [
        *("data", "", "*data", "**data", "data, /", "*, data", "data=1", "request_headers"),
        *("a, request_headers", "data: 'x'", "a, a", "data, *, b", "é", "request_headers, data=1"),
    ]
)
LINES = st.one_of(
    st.builds(
        "def {}({}):\n    return {}\n".format,
        st.sampled_from(["init", "run"]),
        PARAMETERS,
        EXPRESSIONS,
    ),
    st.builds("async def {}({}): pass\n".format, st.sampled_from(["init", "run"]), PARAMETERS),
    st.builds(
        "{} = {}\n".format, st.sampled_from(["run", "init", "a", "(run, init)"]), EXPRESSIONS
    ),
    st.builds("@{}\n".format, EXPRESSIONS),
    st.builds("from {} import {}\n".format, st.sampled_from([".", "a", "__future__"]), EXPRESSIONS),
    st.builds("if {}:\n  {}\n".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("{}\n".format, EXPRESSIONS),
    st.sampled_from(
        ["class init:\n  def run(self): pass\n", "global run\n", "del run, init\n", "\f\n"]
    ),
    st.sampled_from(["import utils\n", "try: pass\n", "nonlocal a\n", "def f():\n  global run\n"]),
)
TEXTS = st.builds(
    lambda coding, lines: coding + "".join(lines), CODINGS, st.lists(LINES, max_size=6)
)
BASES = st.sampled_from([project.SCORE, SAMPLE.read_text("utf-8")]) | TEXTS
INPUTS = spoilt(BASES.map(lambda text: text.encode("utf-8", "surrogatepass")))
SOUND = project.SCORE.encode()
LARGE = [
    b"x = " + b"-" * 20_000 + b"1",
    *((opening * 20_000).encode() for opening in ("(", "[", "a.", "not ", "f'{", "lambda: ")),
    b"".join(b" " * n + b"if a:\n" for n in range(300)),
    b"x = '" + b"a" * 900_000,
    b"x = " + b"1+" * 100_000 + b"1",
    b"def run(data): pass\n" * 5_000,
    b"def run(" + b"a," * 50_000 + b"): pass",
    b"\n" * 500_000,
    b"\0" * 100_000,
]


def prepare() -> None:
    project.make(Path.cwd())
    Path("endpoint.yml").write_text(project.ENDPOINT, "utf-8")


def judge(content: bytes) -> None:
    Path("src/score.py").write_bytes(content)
    oracle.require_told(oracle.survived(lambda: load.check("endpoint.yml", variables={})) or ())
