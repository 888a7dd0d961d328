"""``.amlignore`` and ``.gitignore`` in a folder of code: what is content is found, or a reason."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from azext_ml_endpoint import content as identities
from azext_ml_endpoint.content import tree
from azext_ml_endpoint.document import load
from tests.fuzz import oracle
from tests.fuzz.material import HOSTILE, spoilt
from tests.unit.document import project

PIECES = st.sampled_from(
    [
        *(
            "*",
            "**",
            "/",
            "**/",
            "/**",
            "?",
            "!",
            "#",
            "\\",
            "\\!",
            "[",
            "]",
            "[a-z]",
            "[!a]",
            "[z-a]",
            "[]",
        ),
        *(
            "[[:alpha:]]",
            "[\\",
            "*.py",
            "score.py",
            "package",
            "package/",
            "a" * 40,
            " ",
            "\t",
            ".",
            "..",
        ),
        *("(", ")", "{a,b}", "+", "|", "^", "$", "*a*a*a*a*a*b", "**/**/**/a", "é", "\0"),
    ]
)
PATTERNS = st.lists(PIECES, max_size=6).map("".join) | st.sampled_from(HOSTILE)
ENDS = st.sampled_from(["\n", "\r\n", "\r", "\x0c", "\u2028"])
TEXTS = st.builds(lambda lines, end: end.join(lines), st.lists(PATTERNS, max_size=6), ENDS)
INPUTS = spoilt(TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")))
SOUND = b"*.pyc\n"
LARGE = [
    b"*a" * 100 + b"b",
    b"**/" * 1_000 + b"b",
    b"*" * 100_000 + b"b",
    b"[" * 100_000,
    b"*.py\n" * 20_000,
    b"a" * 500_000,
    b"\\" * 100_001,
    b"?" * 10_000,
]
_LONG = "a" * 200


def prepare() -> None:
    project.make(Path.cwd())
    Path("endpoint.yml").write_text(project.ENDPOINT, "utf-8")
    below = Path("src", *["a"] * 30)
    below.mkdir(parents=True)
    for file in (below / "b.py", Path("src", _LONG), Path("src", "é !#"), Path("src/package/x.py")):
        file.write_text("", "utf-8")


def judge(content: bytes) -> None:
    for name in (".amlignore", ".gitignore"):
        file = Path("src", name)
        file.write_bytes(content)
        found = oracle.survived(lambda: load.load("endpoint.yml", variables={}))
        oracle.require_told(found.findings if found else ())
        if found and found.described:
            assert "score.py" in [each.relative for each in tree.files(Path("src"))]
            identities.identify(found.described)
        file.unlink()
