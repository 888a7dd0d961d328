"""No regular expression of the package is worse than linear, whatever text it is given.

Texts come from logs, from Azure, from files that others wrote: each is as long as its author
wants. A quadratic pattern makes minutes out of 200 000 characters.
"""

from __future__ import annotations

import ast
import functools
import importlib
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest

import azext_ml_endpoint

ROOT = Path(azext_ml_endpoint.__file__).parent
SHORT, MIDDLE, LONG = 3_000, 20_000, 200_000
"""Characters. What a run of one character makes quadratic shows in the short texts already, where
it does not take hours; what a word makes so that is repeated, in the others."""
TIMES = 25
"""How much slower than the plainest of all patterns one may be, over the same text."""
PLAIN = re.compile("(?:[a-z]|[^a-z])*")
UNITS = ("a", "1", " ", "\n", "/", '"', "-")
MORE = ("A", "_", ".", "'", "<", "[", "(", "{", "$", ":")
PUNCTUATION = set("=;!@?~|+^*#]})>")
WORD = re.compile(r"[^\W_]{2,}|[^\w\s]")
ESCAPE = re.compile(r"\\[a-zA-Z]|\(\?[a-zA-Z]+\)|\(\?P<\w+>")
PIECE = re.compile(r"[^\\\[\](){}.*+?|^$]{3,}")
METHODS = ("match", "search", "fullmatch", "sub", "findall", "finditer", "split")

MAKERS = frozenset({"words"})
"""Functions that make patterns, for the tables of modules alone."""

Use = tuple[str, str, "re.Pattern[str]"]
"""Module and name, method, pattern."""


def test_patterns_are_made_where_this_test_finds_them() -> None:
    elsewhere = [f"{file}:{line}" for file in sources() for line in made_while_running(file)]

    assert not elsewhere, "compile them at the module's level"


def test_every_module_with_patterns_is_looked_at() -> None:
    assert len(USES) > 50
    assert {"search", "fullmatch", "match", "sub", "finditer"} <= {method for _, method, _ in USES}


@pytest.mark.parametrize(
    "bad",
    [
        r"a*b",
        r"\s*#",
        r'[^"]*/app/',
        r"<[^>]*>",
        r"(?:a|b)*c",
        r"who is .* there",
        r"\beyJ[\w-]+\.",
        r"key-[\w-]*=",
        r"(?m)^\s*COPY",
    ],
)
def test_a_quadratic_pattern_would_be_found(bad: str) -> None:
    with pytest.raises(AssertionError, match="times"):
        require_linear(re.compile(bad), "search")


def uses() -> Iterator[Use]:
    for file in sources():
        tree = ast.parse(file.read_text("utf-8"))
        module = importlib.import_module(name_of(file))
        for name, value in vars(module).items():
            for number, pattern in enumerate(patterns(value)):
                for method in methods(tree, name) or ["search"]:
                    yield f"{module.__name__}.{name}[{number}]", method, pattern
    for number, text in enumerate(in_schemas()):
        yield f"schema[{number}]", "search", re.compile(text)


def patterns(value: Any) -> Iterator[re.Pattern[str]]:
    """In a table too. A name that another module lends is found there as well, which is cheap."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from patterns(each)
    elif isinstance(value, dict):
        yield from patterns([*value.keys(), *value.values()])


def methods(tree: ast.Module, name: str) -> list[str]:
    """Those by which the name is used; of a table nobody knows, so ``search``, the worst."""
    found = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == name
        and node.attr in METHODS
    }
    return sorted(found)


def made_while_running(file: Path) -> Iterator[int]:
    """Calls of ``re``'s functions, and of MAKERS, below a function."""
    for function in ast.walk(ast.parse(file.read_text("utf-8"))):
        runs_later = isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        if runs_later and getattr(function, "name", "") not in MAKERS:
            yield from made_below(function)


def made_below(function: ast.AST) -> Iterator[int]:
    for node in ast.walk(function):
        if isinstance(node, ast.expr) and makes_a_pattern(node):
            yield node.lineno


def makes_a_pattern(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in MAKERS
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "re"
        and node.attr in (*METHODS, "compile", "subn")
    )


def in_schemas() -> Iterator[str]:
    """JSON Schema's patterns, which jsonschema searches for."""
    for file in sorted(ROOT.rglob("*.json")):
        yield from found_below(json.loads(file.read_text("utf-8")))


def found_below(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from found_below(each)
    elif isinstance(value, dict):
        if isinstance(value.get("pattern"), str):
            yield value["pattern"]
        for each in value.values():
            yield from found_below(each)


def sources() -> list[Path]:
    others = {"supervisor.py", "mlflow_score.py"}  # no modules, but files that others run
    return [file for file in sorted(ROOT.rglob("*.py")) if file.name not in others]


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def require_linear(pattern: re.Pattern[str], method: str) -> None:
    """Of bytes, over the same texts as bytes."""
    source: str | bytes = pattern.pattern
    of_bytes = isinstance(source, bytes)
    call = running(pattern, method)
    run: Callable[[Any], object] = (lambda text: call(text.encode())) if of_bytes else call
    for text in texts(source.decode("latin-1") if isinstance(source, bytes) else source):
        allowed = TIMES * plainly(len(text))
        # The machine has other things to do: what was slow once may have been kept waiting.
        if seconds(run, text) > allowed:
            assert min(seconds(run, text), seconds(run, text)) <= allowed, (
                f"{pattern.pattern!r}.{method} over {len(text)} times {text[:20]!r}…"
            )


def running(pattern: re.Pattern[str], method: str) -> Callable[[str], object]:
    if method == "sub":
        return lambda text: pattern.sub(type(text)(), text)
    if method == "finditer":
        return lambda text: sum(1 for _ in pattern.finditer(text))
    call: Callable[[str], object] = getattr(pattern, method)
    return call


def texts(source: str) -> Iterator[str]:
    """Long runs of one character; short ones also after each word of the pattern, and of both."""
    source = ESCAPE.sub(" ", source)
    words = sorted({*WORD.findall(source), *PIECE.findall(source)})
    others = (*MORE, *sorted(set(source) & PUNCTUATION))
    units = (*UNITS, *others)
    yield from (each * SHORT for each in units)
    yield from (word + unit * SHORT for word in words for unit in units)
    for length in (SHORT, MIDDLE):
        yield from (repeated(word + unit, length) for word in words for unit in ("", *UNITS))
    yield from (unit * LONG for unit in UNITS)


def repeated(text: str, length: int) -> str:
    return (text * (length // len(text) + 1))[:length]


@functools.cache
def plainly(length: int) -> float:
    """Seconds for so many characters."""
    return median(seconds(PLAIN.fullmatch, "a-" * (length // 2 + 1)) for _ in range(5))


def seconds(run: Callable[[str], object], text: str) -> float:
    began = time.thread_time()
    run(text)
    return time.thread_time() - began


USES = sorted(set(uses()), key=str)


@pytest.mark.parametrize(("name", "method", "pattern"), USES, ids=[f"{u[0]}-{u[1]}" for u in USES])
def test_no_pattern_is_worse_than_linear(name: str, method: str, pattern: re.Pattern[str]) -> None:
    del name
    require_linear(pattern, method)
