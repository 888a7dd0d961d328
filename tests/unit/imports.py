"""The imports of every module of the package, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "azext_ml_endpoint"
ROOT = Path(__file__).parents[2] / PACKAGE


@dataclass(frozen=True)
class Import:
    """``by`` and names of this package are without its name. late: inside of a function."""

    by: str
    name: str
    late: bool

    @property
    def own(self) -> str | None:
        """The module of this package that is imported, or None."""
        if self.name == PACKAGE:
            return ""
        return self.name.removeprefix(f"{PACKAGE}.") if self.name.startswith(PACKAGE) else None


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {
    name_of(file): ast.parse(file.read_text())
    for file in ROOT.rglob("*.py")
    if file.name != "mlflow_score.py"  # no module, but a file for the environment of a model
}


def imports(by: str) -> Iterator[Import]:
    """All but those for type checkers."""
    yield from _imports(by, MODULES[by], late=False)


def _imports(by: str, node: ast.AST, late: bool) -> Iterator[Import]:
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Import):
        yield from (Import(by, alias.name, late) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.module and not node.level, f"{by}: relative import"
        yield from (Import(by, _full(node.module, alias.name), late) for alias in node.names)
    inside = late or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    for child in ast.iter_child_nodes(node):
        yield from _imports(by, child, inside)


def _full(module: str, name: str) -> str:
    """``from package import module`` names a module, other names are things within one."""
    full = f"{module}.{name}"
    return full if full.removeprefix(f"{PACKAGE}.") in MODULES else module


def within(name: str, places: set[str] | frozenset[str]) -> bool:
    """Whether a dotted name is one of the places or below one; ``""`` is only itself."""
    return any(name == place or (place and name.startswith(f"{place}.")) for place in places)


def everything() -> list[Import]:
    return [each for by in MODULES for each in imports(by)]
