"""The scoring script, read as the inference server will read it, and never run.

azureml-inference-server-http (1.5, server/user_script.py) imports the script, calls ``init()``
once and ``run(data)`` for each request. Before it serves, it demands

- that the module has the names init and run, however they came to be;
- that run takes no positional-only argument, no ``*args`` and no ``**kwargs``;
- that run has a parameter besides request_headers, to which the headers go.

For each request it fills the first parameter of run, and all of them where run has an
``@input_schema``. It does not await what init and run return.
"""

from __future__ import annotations

import ast
import difflib
import importlib.util
import symtable
import sys
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Function = ast.FunctionDef | ast.AsyncFunctionDef

_CALLS = {"init": "init() when it starts", "run": "run(data) for each request"}
# LookupError: a codec that makes no text of bytes, as in "# coding: hex"
_UNPARSABLE = (SyntaxError, ValueError, LookupError, RecursionError, MemoryError)
# Decorators that keep the parameters as they are; any other may change them.
_TRANSPARENT = {"rawhttp", "input_schema", "output_schema"}


@dataclass(frozen=True)
class Remark:
    """Something wrong in a script. ``line`` and ``column`` count from 1."""

    message: str
    line: int = 1
    column: int = 1
    hint: str | None = None
    severity: Literal["error", "warning"] = "error"


def read(file: Path) -> Iterator[Remark]:
    """What will keep the server from working with the script."""
    try:
        tree, names = _parsed(file.read_bytes())
    except OSError as error:
        yield _unreadable(error, file)
        return
    except _UNPARSABLE as error:
        yield _unparsable(error)
        return
    scope = list(_module_scope(tree))
    if not any(isinstance(node, ast.alias) and node.name == "*" for node in scope):
        yield from _absent(names)
    yield from _init(_function(scope, "init"))
    yield from _run(_function(scope, "run"))


def unparsable(file: Path) -> Iterator[Remark]:
    """What keeps Python from reading a module, if anything does."""
    try:
        _parsed(file.read_bytes())
    except OSError as error:
        yield _unreadable(error, file, "the module")
    except _UNPARSABLE as error:
        yield _unparsable(error, "the module")


def _parsed(source: bytes) -> tuple[ast.Module, set[str]]:
    """The syntax tree, and the names that the module has once it is imported."""
    text = importlib.util.decode_source(source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
        symbols = symtable.symtable(text, "score.py", "exec").get_symbols()
    return tree, {
        symbol.get_name()
        for symbol in symbols
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_declared_global()
    }


def _unreadable(error: OSError, file: Path, what: str = "the scoring script") -> Remark:
    """A script that is gone may have another name now, which the document has to say."""
    if isinstance(error, FileNotFoundError):
        hint = f"Save {file.name} again, or name the script that is there as scoring_script."
        return Remark(f"{what} is not there", hint=hint)
    return Remark(f"{what} cannot be read: {error.strerror or error}")


def _unparsable(error: Exception, what: str = "the scoring script") -> Remark:
    line, column = getattr(error, "lineno", None), getattr(error, "offset", None)
    return Remark(
        f"{what} does not parse: {_why(error)}",
        max(line or 1, 1),
        max(column or 1, 1),
        hint=f"It was read as Python {sys.version_info.major}.{sys.version_info.minor}.",
    )


def _why(error: Exception) -> str:
    """Python runs out of stack or of memory without a word."""
    return str(getattr(error, "msg", error)) or "it is nested too deep"


def _module_scope(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes but those inside of functions and classes; without recursion, for deep trees."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def _absent(names: Iterable[str]) -> Iterator[Remark]:
    for name, call in _CALLS.items():
        if name not in names:
            similar = difflib.get_close_matches(name, names, n=1)
            hint = f"Did you misspell it as '{similar[0]}'?" if similar else None
            message = f"the scoring script has no {name}(); the inference server calls {call}"
            yield Remark(message, hint=hint)


def _function(scope: Iterable[ast.AST], name: str) -> Function | None:
    """The function, if the module binds the name only once and to a function."""
    bound = [node for node in scope if _binds(node, name)]
    only = bound[0] if len(bound) == 1 else None
    return only if isinstance(only, Function) else None


def _binds(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.alias):
        return (node.asname or node.name.partition(".")[0]) == name
    if isinstance(node, ast.Name):
        return node.id == name and isinstance(node.ctx, ast.Store)
    return isinstance(node, Function | ast.ClassDef) and node.name == name


def _init(init: Function | None) -> Iterator[Remark]:
    if init is None:
        return
    yield from _coroutine(init, "nothing in it will be done")
    needed = _needed(init.args)
    if needed and not init.decorator_list:
        yield _remark(init, f"init() is called without arguments, and needs '{needed[0]}'")


def _run(run: Function | None) -> Iterator[Remark]:
    if run is None:
        return
    yield from _coroutine(run, "every request will fail")
    decorators = {_name(decorator) for decorator in run.decorator_list}
    if {"rawhttp", "input_schema"} <= decorators:
        yield _remark(run, "run() cannot have both @rawhttp and @input_schema")
    if decorators <= _TRANSPARENT:
        yield from _parameters(run, fills_all="input_schema" in decorators)


def _parameters(run: Function, fills_all: bool) -> Iterator[Remark]:
    named = [argument.arg for argument in (*run.args.args, *run.args.kwonlyargs)]
    data = [name for name in named if name != "request_headers"]
    unfilled = [name for name in _needed(run.args) if name in data[1:] and not fills_all]
    if run.args.posonlyargs or run.args.vararg or run.args.kwarg:
        yield _remark(run, "run() must not have positional-only parameters, *args or **kwargs")
    elif not data:
        besides = " besides request_headers" if named else ""
        yield _remark(run, f"run() needs a parameter{besides}: the data of the request")
    elif unfilled:
        message = f"run() is called with '{data[0]}' alone, and needs '{unfilled[0]}' as well"
        yield _remark(run, message, "Give it a default value.", "warning")


def _needed(arguments: ast.arguments) -> list[str]:
    """Names of the parameters without a default."""
    positional = [*arguments.posonlyargs, *arguments.args]
    count = len(positional) - len(arguments.defaults)
    by_name = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return [
        *(argument.arg for argument in positional[:count]),
        *(argument.arg for argument, default in by_name if default is None),
    ]


def _coroutine(function: Function, effect: str) -> Iterator[Remark]:
    if isinstance(function, ast.AsyncFunctionDef):
        message = f"{function.name}() is a coroutine, which the server does not await: {effect}"
        yield _remark(function, message, "Write def without async.", "warning")


def _name(decorator: ast.expr) -> str:
    """``input_schema`` for ``@inference_schema.input_schema(...)``; "" for what has no name."""
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    if isinstance(decorator, ast.Attribute):
        return decorator.attr
    return decorator.id if isinstance(decorator, ast.Name) else ""


def _remark(
    function: Function,
    message: str,
    hint: str | None = None,
    severity: Literal["error", "warning"] = "error",
) -> Remark:
    return Remark(message, function.lineno, function.col_offset + 1, hint, severity)
