"""Rules for the tests themselves."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FILES = sorted(TESTS.rglob("*.py"))
MOCKS = ("Mock", "MagicMock", "AsyncMock", "NonCallableMock", "create_autospec")


def calls(file: Path) -> list[ast.Call]:
    nodes = ast.walk(ast.parse(file.read_text()))
    return [node for node in nodes if isinstance(node, ast.Call)]


def names(file: Path) -> list[str]:
    """Dotted names of all that is called, decorates or is a context."""
    nodes = ast.walk(ast.parse(file.read_text()))
    return [ast.unparse(node) for node in nodes if isinstance(node, (ast.Name, ast.Attribute))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(TESTS)))
def test_nothing_is_patched_behind_its_back(file: Path) -> None:
    """A seam is an argument, or monkeypatch on a module's own attribute; never mock.patch."""
    assert not [name for name in names(file) if name.split(".")[0] in ("patch", "mocker")]
    assert not [name for name in names(file) if name.endswith("mock.patch")]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(TESTS)))
def test_a_mock_is_a_mock_of_something(file: Path) -> None:
    """Without a spec it has every attribute that anybody asks for, misspelt ones too."""
    made = [call for call in calls(file) if ast.unparse(call.func).rpartition(".")[2] in MOCKS]
    for call in made:
        given = {keyword.arg for keyword in call.keywords}
        assert given & {"spec", "spec_set"} or call.args, f"line {call.lineno}"
