"""What foreign files are made of: trees that are nearly right, and bytes that nearly are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from typing import Any

import yaml
from hypothesis import strategies as st

Path = tuple[str | int, ...]

HOSTILE = (
    *(
        "",
        " ",
        "\0",
        "\x1b[31m",
        "\u202e",
        "\x85",
        "\u2028",
        "::error::",
        "##[x]",
        "²",
        "é",
        "\ud800",
    ),
    *(
        "a" * 300,
        "..",
        "../..",
        "~",
        "a\\b",
        "a: b",
        "\r\n",
        "%s",
        "{}",
        "$",
        "${",
        "${A}",
        "${A:-b}",
    ),
    *("null", "true", "1.10", "0777", "1e3", "-1", "2021-01-01", "nan", "9" * 400),
)
TEXTS = st.sampled_from(HOSTILE) | st.text(max_size=6).filter(lambda text: text[:1] not in "/~")
NUMBERS = (
    st.sampled_from([0, -1, 1, 101, 65536, 2**31, 2**63, 2**64, 10**400, 1e308, -0.0])
    | st.integers(-5, 200)
    | st.floats()
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


# Trees


@st.composite
def mutated(
    draw: st.DrawFn,
    trees: st.SearchStrategy[Any],
    keys: Sequence[str],
    values: st.SearchStrategy[Any] = VALUES,
) -> Any:
    """keys: that mean something somewhere in such a tree."""
    tree = deepcopy(draw(trees))
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2, 3]))):
        path = draw(st.sampled_from(list(_paths(tree))))
        change = draw(st.sampled_from([_replaced, _extended, _shortened, _wrapped]))
        tree = _at(tree, path, change, draw(values), draw(st.sampled_from(keys) | TEXTS))
    return tree


def _paths(tree: Any) -> Iterator[Path]:
    yield ()
    items = enumerate(tree) if isinstance(tree, list) else ()
    for key, below in tree.items() if isinstance(tree, dict) else items:
        yield from ((key, *rest) for rest in _paths(below))


def _at(tree: Any, path: Path, change: Callable[[Any, Any, str], Any], value: Any, key: str) -> Any:
    if not path:
        return change(tree, value, key)
    first, *rest = path
    tree[first] = _at(tree[first], tuple(rest), change, value, key)
    return tree


def _replaced(_: Any, value: Any, __: str) -> Any:
    return value


def _extended(tree: Any, value: Any, key: str) -> Any:
    if isinstance(tree, dict):
        return {**tree, key: value}
    return [*tree, value] if isinstance(tree, list) else f"{tree}{key}"


def _shortened(tree: Any, _: Any, key: str) -> Any:
    if isinstance(tree, dict):
        gone = key if key in tree else next(iter(tree), None)
        return {name: below for name, below in tree.items() if name != gone}
    return tree[:-1] if isinstance(tree, (list, str)) else None


def _wrapped(tree: Any, _: Any, key: str) -> Any:
    return [tree] if len(key) % 2 else {key: tree}


# Texts of trees

_SNIPPETS = (
    *('!!int ""', '!!float ""', '!!bool ""', "!!null x", '!!timestamp "x"', "!!binary ä"),
    *("!!str", "!!set {a}", "!!omap [a]", "!!pairs [a]", "!!python/object:os.system x", "!<x> y"),
    *(
        "!!int 0x",
        "!!int 0o8",
        "0b",
        "1_0:60",
        "1__0",
        "0x_",
        "-.inf",
        ".nan",
        "2021-13-45",
        "12:30:45",
    ),
    *("2021-01-01T00:00:00+99:99", "&a [*a]", "*nowhere", "&a {<<: *a}", "{<<: 5}", "{<<: [1]}"),
    *("? [a]\n: b", "{[a]: b}", "{a: 1, a: 2}", "{null: 1}", "{1: 2}", '"\\ud800"', '"\\x1b[31m"'),
    *(
        '"\\0"',
        '"\\U00110000"',
        "|9\n x",
        "|-",
        ">",
        "'",
        '"',
        "{",
        "[",
        "@",
        "`",
        "%",
        "--- a",
        "...",
    ),
    *("# a", "file:", "file:input.yml", "file:nowhere", "file:.", "file:/dev/zero", "${secret:A}"),
    *("- - - -", "!", "&", "*", "!!map [a]", "!!seq {a: b}", "=", "<<", "1e1000", "-0", "0" * 300),
)


class _Mark(str):
    """Text that is to stand in the YAML as it is."""


SNIPPETS = st.sampled_from([_Mark(each) for each in _SNIPPETS])


def yaml_of(trees: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    return trees.map(_yaml)


def json_of(trees: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    return trees.map(lambda tree: json.dumps(tree).encode("utf-8", "surrogatepass"))


def _yaml(tree: Any) -> bytes:
    marks: list[str] = []
    text = yaml.safe_dump(_marked(tree, marks), sort_keys=False, allow_unicode=True)
    for number, mark in enumerate(marks):
        text = text.replace(f"MARK{number}X", mark, 1)
    return text.encode("utf-8", "surrogatepass")


def _marked(tree: Any, marks: list[str]) -> Any:
    if isinstance(tree, _Mark):
        marks.append(tree)
        return f"MARK{len(marks) - 1}X"
    if isinstance(tree, dict):
        return {key: _marked(below, marks) for key, below in tree.items()}
    return [_marked(below, marks) for below in tree] if isinstance(tree, list) else tree


# Bytes

_PIECES = (
    *(b"\0", b"\x1b[31m", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\r", b"\r\n", b"\t", b"\n"),
    *(b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\x0c", b" " * 300, b"[" * 300, b"{" * 300),
    *(
        b"9" * 5000,
        b"a" * 5000,
        b"'",
        b'"',
        b"\\",
        b"#",
        b":",
        b"- ",
        b"&a ",
        b"*a",
        b"!!int ",
        b"<<: ",
    ),
)
_ENCODED: Sequence[Callable[[str], bytes]] = (
    lambda text: text.encode("utf-16"),
    lambda text: text.encode("utf-16")[:-1],
    lambda text: b"\xfe\xff" + text.encode("utf-16-le"),
    lambda text: text.encode("utf-32"),
    lambda text: text.encode("utf-8-sig"),
    lambda text: text.encode("latin-1", "replace"),
    lambda text: re.sub("\n", "\r", text).encode(),
    lambda text: re.sub("\n", "\r\n", text).encode(),
    lambda text: re.sub("\n", "\u2028", text).encode(),
)


@st.composite
def spoilt(draw: st.DrawFn, contents: st.SearchStrategy[bytes]) -> bytes:
    """Every second one as it is; of the others pieces are lost, doubled or put in."""
    content = draw(contents)
    kind = draw(st.sampled_from(["", "", "", "bytes", "bytes", "encoding"]))
    if kind == "encoding":
        return draw(st.sampled_from(_ENCODED))(content.decode("utf-8", "replace"))
    for _ in range(draw(st.integers(1, 3)) if kind else 0):
        start, length = draw(st.integers(0, len(content))), draw(st.integers(0, 20))
        cut = content[start : start + length]
        piece = draw(st.sampled_from([b"", cut * 2, cut * 50, *_PIECES]) | st.binary(max_size=4))
        content = content[:start] + piece + content[start + length :]
    return content
