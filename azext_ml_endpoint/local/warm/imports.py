"""What a scoring script imports of others, read from its text: nothing of it is run.

A server that waits has imported these already, and what its model is made of. What must not be
imported ahead of the script is left to it: modules beside it, and everything where it sets the
stage for its imports first, by variables that packages read, or by another ``sys.path``.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import re
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_UNREADABLE = (OSError, SyntaxError, ValueError, LookupError, RecursionError, MemoryError)
_SETS_THE_STAGE = re.compile(
    r"""environ\s*\[[^]\n]*]\s*=(?!=)|environ\s*\.\s*(?:setdefault|update|pop|clear)\b
    |\bputenv\b|\bunsetenv\b|\bload_dotenv\b
    |sys\.path\s*(?:=(?!=)|\[|\.\s*(?:insert|remove|clear)\b)|\bmeta_path\b|\bpatch_all\b""",
    re.VERBOSE,
)

_OF_PYTHON_2 = ("__builtin__", "copy_reg")
"""Which the older formats of pickles name."""
_PICKLED = (".pkl", ".pickle", ".joblib")
_MOST_FILES, _MOST_BYTES = 20, 1024**2
_GLOBAL = re.compile(
    r"c(?P<old>[A-Za-z_][\w.]{1,99})\n[A-Za-z_][\w.]*\n"  # GLOBAL
    r"|\x8c.(?P<new>[A-Za-z_][\w.]{1,99})\x94?\x8c.[A-Za-z_][\w.]*\x94?\x93",  # STACK_GLOBAL
    re.DOTALL | re.ASCII,
)
"""How a pickle names a class: by module and name, one after the other."""


@dataclass(frozen=True)
class Imports:
    """names: ``package.module``, or ``package.module:name`` for ``from package.module import``.

    kept_back: why there are none, where there may be some.
    """

    names: frozenset[str] = frozenset()
    kept_back: str = ""


def of_script(root: Path, script: str) -> Imports:
    """Of the script and of the modules beside it that it imports.

    root: the code folder. script: relative to it; its folder is where Python looks.
    """
    names: set[str] = set()
    place = (root / script).parent
    waiting, seen = [root / script], set[Path]()
    while waiting:
        file = waiting.pop()
        seen.add(file)
        try:
            text = importlib.util.decode_source(file.read_bytes())
            found = set(_imports(_parsed(text), _package(file, place)))
        except _UNREADABLE:
            return Imports(kept_back=f"{file.name} cannot be read")
        if _SETS_THE_STAGE.search(text):
            return Imports(kept_back=f"{file.name} changes what packages find when imported")
        beside = {name: list(_modules(place, name)) for name in found}
        names |= {name for name in found if not beside[name] and not _is_pythons(name)}
        waiting += {each for files in beside.values() for each in files} - seen - {*waiting}
    return Imports(frozenset(names))


def of_model(path: Path) -> frozenset[str]:
    """What the classes are of that pickled files name: whoever loads the model imports them.

    path: a file, or a folder. Files are neither loaded nor trusted: text is looked for at their
    beginnings, and what is no module will not be imported.
    """
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    pickled = [each for each in files if each.suffix in _PICKLED and each.is_file()]
    found: set[str] = set()
    for file in pickled[:_MOST_FILES]:
        with contextlib.suppress(OSError), file.open("rb") as stream:
            text = stream.read(_MOST_BYTES).decode("latin-1")
            found |= {each["old"] or each["new"] for each in _GLOBAL.finditer(text)}
    return frozenset(each for each in found if not _is_pythons(each))


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _package(file: Path, place: Path) -> tuple[str, ...]:
    """The one that a module's relative imports start from."""
    return file.parent.relative_to(place).parts if file.is_relative_to(place) else ()


def _imports(tree: ast.Module, package: tuple[str, ...]) -> Iterator[str]:
    """Also of functions: init() often imports what it loads the model with."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(node, package)
            yield from (f"{origin}:{alias.name}" for alias in node.names)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
        else:
            waiting.extend(ast.iter_child_nodes(node))


def _origin(node: ast.ImportFrom, package: tuple[str, ...]) -> str:
    above = package[: len(package) - node.level + 1] if node.level else ()
    return ".".join([*above, *([node.module] if node.module else [])])


def _modules(place: Path, name: str) -> Iterator[Path]:
    """The files beside the script that an import of this name runs."""
    module, _, member = name.partition(":")
    parts = [*(module.split(".") if module else ()), *([member] if member else ())]
    for length in range(1, len(parts) + 1):
        path = place.joinpath(*parts[:length])
        yield from (
            each for each in (path.with_suffix(".py"), path / "__init__.py") if each.is_file()
        )


def _is_pythons(name: str) -> bool:
    package = name.replace(":", ".").partition(".")[0]
    return package in {"", *_OF_PYTHON_2, *sys.stdlib_module_names}
