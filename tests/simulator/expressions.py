"""The template language of Azure Resource Manager: texts of the form ``[concat('a', 'b')]``.

As much of it as a template of resources needs; any other function is refused, as ARM refuses one
that it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.simulator.refusal import Refusal

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+)|(?P<name>\w+)|(?P<mark>\S))")

Function = Callable[..., Any]


def invalid_template(reason: str) -> Refusal:
    message = f"Deployment template validation failed: '{reason}'."
    return Refusal(400, "InvalidTemplate", message)


def evaluated(value: Any, functions: Mapping[str, Function]) -> Any:
    """``value`` with every expression in it replaced by what it means.

    functions: names in lower case. ``[[`` at the beginning of a text stands for ``[``.
    """
    if isinstance(value, dict):
        return {_key(key, functions): evaluated(each, functions) for key, each in value.items()}
    if isinstance(value, list):
        return [evaluated(each, functions) for each in value]
    return _text(value, functions) if isinstance(value, str) else value


def escaped(value: Any) -> Any:
    """``value`` such that evaluating it gives it back."""
    if isinstance(value, dict):
        return {key: escaped(each) for key, each in value.items()}
    if isinstance(value, list):
        return [escaped(each) for each in value]
    return f"[{value}" if isinstance(value, str) and _is_bracketed(value) else value


def _key(key: str, functions: Mapping[str, Function]) -> str:
    return str(_text(key, functions))


def _text(text: str, functions: Mapping[str, Function]) -> Any:
    if not _is_bracketed(text):
        return text
    if text.startswith("[["):
        return text[1:]
    return _Reader(text, functions).whole()


def _is_bracketed(text: str) -> bool:
    return text.startswith("[") and text.endswith("]")


class _Reader:
    """Reads one expression from left to right, and evaluates while it reads."""

    def __init__(self, expression: str, functions: Mapping[str, Function]) -> None:
        self._expression, self._functions = expression, functions
        self._tokens = [
            (str(match.lastgroup), match[str(match.lastgroup)])
            for match in _TOKEN.finditer(expression[1:-1].rstrip())
        ]

    def whole(self) -> Any:
        value = self._value()
        if self._tokens:
            raise self._wrong()
        return value

    def _value(self) -> Any:
        kind, text = self._next()
        if kind == "text":
            value: Any = text[1:-1].replace("''", "'")
        elif kind == "number":
            value = int(text)
        elif kind == "name":
            value = self._call(text)
        else:
            raise self._wrong()
        return self._selected(value)

    def _call(self, name: str) -> Any:
        function = self._functions.get(name.lower())
        if function is None:
            raise invalid_template(f"The template function '{name}' is not valid.")
        arguments = self._arguments()
        try:
            return function(*arguments)
        except (KeyError, IndexError, TypeError) as error:
            raise invalid_template(f"'{self._expression}': {error!r}") from error

    def _arguments(self) -> list[Any]:
        self._expect("(")
        arguments: list[Any] = []
        while not self._at(")"):
            if arguments:
                self._expect(",")
            arguments.append(self._value())
        self._next()
        return arguments

    def _selected(self, value: Any) -> Any:
        """``.name`` and ``[index]`` behind a value."""
        while self._at(".") or self._at("["):
            dotted = self._next()[1] == "."
            key = self._next()[1] if dotted else self._value()
            if not dotted:
                self._expect("]")
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError) as error:
                raise invalid_template(f"'{self._expression}' has no '{key}'.") from error
        return value

    def _at(self, mark: str) -> bool:
        return bool(self._tokens) and self._tokens[0] == ("mark", mark)

    def _next(self) -> tuple[str, str]:
        if not self._tokens:
            raise self._wrong()
        return self._tokens.pop(0)

    def _expect(self, mark: str) -> None:
        if self._next() != ("mark", mark):
            raise self._wrong()

    def _wrong(self) -> Refusal:
        return invalid_template(f"The template language expression '{self._expression}' is wrong.")
